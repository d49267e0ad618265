#!/usr/bin/env python3
"""The digit classifiers, compiled by kdlc and run by its peers: one process, one thread, interleaved rounds.

Every contender gets the same weights and images through its fastest Python-reachable interface with buffers prepared
beforehand; outputs are compared first. A figure is the median over the rounds; the spread is the middle half of them.
"""

import ctypes
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"
BUILD = ROOT / "build" / "benchmark"
KDLC = ROOT / "build" / "release" / "bin" / "kdlc"
ROUNDS = int(os.environ.get("ROUNDS", "15"))
ROUND_SECONDS = 0.03


def build(model, kind, path):
    done = subprocess.run([KDLC, "build", DIGITS / f"{model}.kdl", "--emit", kind, "-o", path], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)


class Kdlc:
    """The object file, called from C."""

    name = "kdlc, object called from C"

    def __init__(self, model):
        object_path = BUILD / f"{model}.o"
        build(model, "obj", object_path)
        library = BUILD / f"{model}.so"
        prefix = f"digits{model}"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", f"-DMODEL={prefix}_model", f"-I{ROOT / 'runtime'}",
                        ROOT / "tests" / "benchmark" / "call_model.c", object_path, "-o", library], check=True)
        self.library = ctypes.CDLL(str(library))
        self.library.benchmark_time.restype = ctypes.c_double
        self.library.benchmark_time.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p]

    def prepare(self, images):
        self.images = np.ascontiguousarray(images)
        self.output = np.zeros((len(images), 10), np.float32)

    def seconds(self, calls):
        return self.library.benchmark_time(len(self.images), calls, self.images.ctypes.data, self.output.ctypes.data)

    def result(self):
        self.seconds(1)
        return self.output


class PythonPeer:
    """A peer that is called from a Python loop."""

    def seconds(self, calls):
        call = self.call
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        return time.perf_counter() - begin


class OnnxRuntime(PythonPeer):
    name = "ONNX Runtime (bound buffers)"

    def __init__(self, model):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.runtime = onnxruntime
        self.session = onnxruntime.InferenceSession(str(export_onnx(model)), options, providers=["CPUExecutionProvider"])

    def prepare(self, images):
        self.images = self.runtime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(images))
        self.output = self.runtime.OrtValue.ortvalue_from_numpy(np.zeros((len(images), 10), np.float32))
        binding = self.session.io_binding()
        binding.bind_ortvalue_input(self.session.get_inputs()[0].name, self.images)
        binding.bind_ortvalue_output(self.session.get_outputs()[0].name, self.output)
        options = self.runtime.RunOptions()
        run = self.session._sess.run_with_iobinding
        self.call = lambda: run(binding._iobinding, options)

    def result(self):
        self.call()
        return self.output.numpy()


class LiteRt(PythonPeer):
    name = "LiteRT with XNNPACK"

    def __init__(self, model):
        import tensorflow as tf
        converter = tf.lite.TFLiteConverter.from_keras_model(keras_model(model))
        self.content = converter.convert()

    def prepare(self, images):
        from ai_edge_litert.interpreter import Interpreter
        self.interpreter = Interpreter(model_content=self.content, num_threads=1)
        detail = self.interpreter.get_input_details()[0]
        self.interpreter.resize_tensor_input(detail["index"], images.shape)
        self.interpreter.allocate_tensors()
        self.interpreter.set_tensor(detail["index"], np.ascontiguousarray(images))
        self.call = self.interpreter._interpreter.Invoke

    def result(self):
        self.call()
        return self.interpreter.get_tensor(self.interpreter.get_output_details()[0]["index"])


class KerasFunction(PythonPeer):
    name = "Keras (tf.function)"

    def __init__(self, model):
        import tensorflow as tf
        keras = keras_model(model)
        self.tf = tf
        self.function = tf.function(lambda image: keras(image, training=False))

    def prepare(self, images):
        tensor = self.tf.constant(images)
        function = self.function
        self.call = lambda: function(tensor)

    def result(self):
        return self.call().numpy()


class KerasPredict(PythonPeer):
    name = "Keras predict"

    def __init__(self, model):
        self.model = keras_model(model)

    def prepare(self, images):
        self.call = lambda: self.model.predict(images, batch_size=len(images), verbose=0)

    def result(self):
        return self.call()


_models = {}


def keras_model(model):
    """The model of examples/digits/train.py with the committed weights."""
    if model not in _models:
        sys.path.insert(0, str(DIGITS))
        import train
        from safetensors.numpy import load_file
        built = train.build_mlp() if model == "mlp" else train.build_conv()
        tensors = load_file(DIGITS / f"{model}.safetensors")
        for variable in built.variables:
            key = variable.path.replace("/", ".")
            if key in tensors:
                variable.assign(tensors[key])
        built(np.zeros((1, 8, 8, 1), np.float32))
        _models[model] = built
    return _models[model]


def export_onnx(model):
    path = BUILD / f"{model}.onnx"
    keras_model(model).export(str(path), format="onnx", verbose=False)
    return path


def measure(contenders, images):
    reference = None
    for contender in contenders:
        contender.prepare(images)
        result = np.array(contender.result())
        reference = result if reference is None else reference
        worst = float(np.abs(result - reference).max())
        assert worst < 1e-5, f"{contender.name} differs by {worst}"
        once = max(contender.seconds(3) / 3, 1e-8)
        contender.calls = max(1, int(ROUND_SECONDS / once))
        contender.times = []
    for _ in range(ROUNDS):
        for contender in contenders:
            contender.times.append(contender.seconds(contender.calls) / contender.calls)


def table(model, batch, contenders):
    rows = []
    ours = statistics.median(contenders[0].times)
    for contender in contenders:
        quartiles = statistics.quantiles(contender.times, n=4)
        median = statistics.median(contender.times)
        rows.append(f"| {model} | {batch} | {contender.name} | {1e6 * median / batch:.3f} | "
                    f"{1e6 * quartiles[0] / batch:.3f} to {1e6 * quartiles[2] / batch:.3f} | {median / ours:.1f} |")
    return rows


def executable_row(model, batch, ours):
    """What the executable itself measures, right after the round of the others."""
    done = subprocess.run([BUILD / model, "--bench", "0.5", "--samples", str(batch)], capture_output=True, text=True, check=True)
    number, unit = done.stdout.split("median ")[1].split()[:2]
    microseconds = float(number) * {"ns": 1e-3, "us": 1.0, "ms": 1e3}[unit]
    return f"| {model} | {batch} | kdlc, executable (`--bench`) | {microseconds / batch:.3f} | | {microseconds / 1e6 / ours:.1f} |"


def compile_costs(model):
    rows = []
    for kind, name in (("obj", f"{model}.o"), ("exe", model)):
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            build(model, kind, BUILD / name)
            times.append(time.perf_counter() - begin)
        rows.append((kind, statistics.median(times), (BUILD / name).stat().st_size))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [f"| {model} | {kind} | {seconds:.2f} | {size / 1024:.0f} |" for kind, seconds, size in rows], peak


def describe_machine():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    name = next((line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")), "a processor")
    return f"On one core of an {name}{' with AVX-512' if ' avx512f ' in text else ''}."


def main():
    os.sched_setaffinity(0, {0})
    BUILD.mkdir(parents=True, exist_ok=True)
    # Before the peers are loaded: a child's peak memory counts what its parent held when it was made.
    costs = ["| model | artefact | seconds | KiB |", "| --- | --- | --- | --- |"]
    peak = 0.0
    for model in ("mlp", "conv"):
        rows, model_peak = compile_costs(model)
        costs += rows
        peak = max(peak, model_peak)

    import tensorflow
    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    images = np.load(DIGITS / "images.npy")
    lines = ["| model | batch | contender | µs per image | middle half | times kdlc |", "| --- | --- | --- | --- | --- | --- |"]
    for model in ("mlp", "conv"):
        contenders = [Kdlc(model), OnnxRuntime(model), LiteRt(model), KerasFunction(model), KerasPredict(model)]
        for batch in (1, 64):
            measure(contenders, images[:batch])
            rows = table(model, batch, contenders)
            rows.insert(1, executable_row(model, batch, statistics.median(contenders[0].times)))
            lines += rows
    runtime = sum(len(path.read_text().splitlines()) for path in (ROOT / "runtime").glob("*.[ch]") if path.name != "kdlc_abi.h")
    print(describe_machine(), "\n")
    print("\n".join(lines), "\n")
    print("\n".join(costs), "\n")
    print(f"A compile takes {peak:.0f} MiB of memory at most. The runtime of executables is {runtime} lines of C.")


if __name__ == "__main__":
    main()
