"""kdlc's own part: an object file of the row's model, linked with callers/call_kdlc.c."""
import os
import re
import subprocess
import time

from peers import BUILD, HERE, build_caller, row_folder, run, shapes_of, word_of
from rows import ROOT

COMPILER = os.environ.get("KDLC", str(ROOT / "build" / "release" / "bin" / "kdlc"))


class Kdlc:
    name, title, is_onnx = "kdlc", "kdlc", False
    options = ()  # of `kdlc build`, beside what is needed

    @staticmethod
    def threads_options(threads):
        """How this kdlc is asked for threads; an old one cannot, and computes with one."""
        usage = subprocess.run([COMPILER, "build", "--help"], capture_output=True, text=True).stdout
        return ["--threads", str(threads)] if threads > 1 and re.search(r"^\s+--threads\b", usage, re.MULTILINE) else []

    @classmethod
    def build(cls, row, threads):
        """The object file; the seconds of the compile, the best of two."""
        folder = row_folder(row)
        result = folder / f"kdlc-{threads}.o"
        command = [COMPILER, "build", ROOT / row.source, "--emit", "obj", "--name", "model", "--weights", folder / "weights.safetensors",
                   *cls.threads_options(threads), *cls.options, "-o", result]
        times = []
        for _ in range(2):
            begin = time.perf_counter()
            run(command, "kdlc build")
            times.append(time.perf_counter() - begin)
        return result, min(times)

    @classmethod
    def command(cls, row, threads):
        """(words before the place of the result, words behind, object, seconds of the compile)."""
        result, seconds = cls.build(row, threads)
        program = f"{row.name}/call_kdlc-{threads}"
        (BUILD / program).unlink(missing_ok=True)
        header = result.with_suffix(".h")
        runtime = ROOT / "runtime"
        build_caller("call_kdlc.c", [f'-DMODEL_HEADER="{header}"', "-I", HERE / "callers", "-I", runtime, runtime / "pool.c",
                                     result, "-pthread"], program)
        input_shape, output_shape, input_path, _ = shapes_of(row, False)
        return [BUILD / program, "-", input_path], [word_of(input_shape), word_of(output_shape), threads], result, seconds

