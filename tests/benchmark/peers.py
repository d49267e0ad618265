"""The contenders: how each is prepared, started and fed, and what it weighs."""
import importlib.util
import json
import pathlib
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from typing import Optional

from rows import ROOT

HERE = pathlib.Path(__file__).resolve().parent
BUILD = ROOT / "build" / "benchmark"
SITE = pathlib.Path(sysconfig.get_path("purelib"))


@dataclass(frozen=True)
class Peer:
    name: str  # a word, for --peers
    title: str
    package: str  # that Python finds when the peer is installed
    frameworks: tuple  # of prepare.py, in order
    model: str  # what it loads, in the row's folder
    caller: Optional[str] = None  # a C or C++ source of callers/; else worker.py
    is_onnx: bool = False  # shapes and layout are those of the ONNX model
    runtime: tuple = field(default=())  # files beside the model without which it does not run, under site-packages


PEERS = [
    Peer("onnxruntime", "ONNX Runtime", "onnxruntime", ("onnx",), "model.onnx", "call_onnxruntime.c", True,
         ("onnxruntime/capi/libonnxruntime.so*",)),
    Peer("openvino", "OpenVINO", "openvino", ("onnx",), "model.onnx", "call_openvino.c", True,
         ("openvino/libs/libopenvino.so*", "openvino/libs/libopenvino_c.so*", "openvino/libs/libopenvino_intel_cpu_plugin.so",
          "openvino/libs/libopenvino_onnx_frontend.so*", "openvino/libs/libtbb.so*")),
    Peer("litert", "LiteRT/XNNPACK", "ai_edge_litert", ("litert",), "model.tflite", runtime=("ai_edge_litert/_pywrap_tensorflow*.so",
                                                                                              "ai_edge_litert/lib*common.so")),
    Peer("torch", "PyTorch, eager", "torch", ("torch",), "module.pt", runtime=("torch/lib",)),
    Peer("torch_compile", "PyTorch, compile", "torch", ("torch",), "module.pt", runtime=("torch/lib",)),
    Peer("aoti", "AOTInductor", "torch", ("torch", "aoti"), "package-{threads}.pt2", "call_aoti.cpp", runtime=("torch/lib",)),
    Peer("tensorflow", "TensorFlow", "tensorflow", ("saved",), "saved", runtime=("tensorflow",)),
    Peer("xla", "TensorFlow/XLA", "tensorflow", ("saved",), "saved", runtime=("tensorflow",)),
    Peer("iree", "IREE", "iree.runtime", ("onnx", "iree"), "model.vmfb", is_onnx=True, runtime=("iree/_runtime_libs/_runtime*.so",)),
]


def choose_peers(text):
    """The peers of `a,b`, all without a text; then those that are not installed, which the table names."""
    known = {peer.name: peer for peer in PEERS}
    names = text.split(",") if text else list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"no peer {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in names]
    missing = [peer for peer in chosen if importlib.util.find_spec(peer.package.split(".")[0]) is None]
    return [peer for peer in chosen if peer not in missing], missing


class PeerFails(Exception):
    """A peer that cannot be prepared, built or run; the table says so."""


def run(command, title, timeout=900):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise PeerFails(f"{title}: more than {timeout} s") from None
    if done.returncode != 0:
        raise PeerFails(f"{title}: {reason_in(done.stderr or done.stdout)}")


def reason_in(text):
    """The line of a program's messages that tells most: the last one with the word error, else the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "no message")[:200]


def row_folder(row):
    folder = BUILD / row.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def prepare(framework, row, threads):
    """Runs prepare.py unless its result is there."""
    results = {"weights": "layers.json", "onnx": "onnx.json", "litert": "model.tflite", "saved": "saved/saved_model.pb",
               "torch": "module.pt", "aoti": f"package-{threads}.pt2", "iree": "model.vmfb"}
    if not (row_folder(row) / results[framework]).exists():
        run([sys.executable, HERE / "prepare.py", framework, row.name, row_folder(row), threads], f"{framework} model")


def shapes_of(row, is_onnx):
    """(input shape, output shape, input file, whether channels come first in the output)."""
    folder = row_folder(row)
    if is_onnx:
        layout = json.loads((folder / "onnx.json").read_text())
        return layout["input_shape"], layout["output_shape"], folder / "input_first.bin", layout["output_first"]
    return list(row.input_shape), json.loads((folder / "layers.json").read_text())["output_shape"], folder / "input.bin", False


def word_of(shape):
    return "x".join(map(str, shape))


def build_caller(source, extra, name):
    program = BUILD / name
    if not program.exists() or program.stat().st_mtime < (HERE / "callers" / source).stat().st_mtime:
        common = BUILD / "caller.o"
        run(["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-c", HERE / "callers" / "caller.c", "-o", common], "caller.c")
        compiler = ["c++", "-std=c++20"] if source.endswith(".cpp") else ["cc", "-std=gnu11", "-Wall", "-Wextra"]
        run([*compiler, "-O2", HERE / "callers" / source, common, *extra, "-o", program], source)
    return program


def linked_library(pattern, name):
    """A library of the wheel under the name by which the loader looks for it, which the wheel does not have."""
    found = sorted(SITE.glob(pattern))
    if not found:
        raise PeerFails(f"no {pattern} in the wheel")
    link = BUILD / name
    link.unlink(missing_ok=True)
    link.symlink_to(found[-1])
    return link


def peer_caller(peer):
    """The program of a peer's C or C++ caller."""
    if peer.name == "onnxruntime":
        extra = [linked_library("onnxruntime/capi/libonnxruntime.so*", "libonnxruntime.so.1"), f"-Wl,-rpath,{BUILD}"]
    elif peer.name == "openvino":
        libraries = sorted((SITE / "openvino" / "libs").glob("libopenvino_c.so*"))
        extra = [f"-I{SITE / 'openvino' / 'include'}", *libraries, f"-Wl,-rpath,{SITE / 'openvino' / 'libs'}",
                 "-Wl,--allow-shlib-undefined"]
    else:
        torch = SITE / "torch"
        extra = [f"-I{torch / 'include'}", f"-I{torch / 'include/torch/csrc/api/include'}", f"-L{torch / 'lib'}", "-ltorch",
                 "-ltorch_cpu", "-lc10", f"-Wl,-rpath,{torch / 'lib'}"]
    return build_caller(peer.caller, extra, f"call_{peer.name}")


def command_of(peer, row, threads):
    """What starts a peer, without the place of its result: (words before, words behind, model file)."""
    for framework in peer.frameworks:
        prepare(framework, row, threads)
    model = row_folder(row) / peer.model.format(threads=threads)
    input_shape, output_shape, input_path, _ = shapes_of(row, peer.is_onnx)
    program = [peer_caller(peer)] if peer.caller else [sys.executable, HERE / "worker.py", peer.name]
    return [*program, model, input_path], [word_of(input_shape), word_of(output_shape), threads], model


def size_of(path):
    """Bytes of a file, or of all files of a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def runtime_bytes(peer):
    files = {file.resolve() for pattern in peer.runtime for file in SITE.glob(pattern)}
    return sum(size_of(file) for file in files)
