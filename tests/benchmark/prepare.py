"""Writes what a peer loads: `prepare.py FRAMEWORK ROW FOLDER THREADS`, one process for each, since frameworks do not mix well.

weights  weights.safetensors for kdlc, input.bin (channels last), layers.json: what each layer computes and reads
onnx     model.onnx, onnx.json (shapes), input_first.bin where channels come first in it
litert   model.tflite
saved    a SavedModel
torch    module.pt
aoti     package-THREADS.pt2
iree     model.vmfb
"""
import json
import os
import pathlib
import sys

import numpy as np

from rows import choose_rows
from words import Value, Weights, Words


class CountingWords(Words):
    """Only shapes: for the weights and the counts."""

    def _same(self, x, *rest):
        return Value(None, x.shape)

    def _last(self, *arguments):
        return Value(None, arguments[-1])

    act = add = multiply = _same
    _layernorm = _attention = _same
    _conv = _depthwise = _conv_transpose = _dense = _lstm = _gru = _last

    def concat(self, values):
        return Value(None, (*values[0].shape[:-1], sum(value.shape[-1] for value in values)))

    def avgpool(self, x, size):
        return Value(None, (x.shape[0], x.shape[1] // size, x.shape[2] // size, x.shape[3]))

    def maxpool(self, x, size, stride, pad=0):
        return Value(None, self._window_shape(x.shape, (size, size), stride, [(pad, pad)] * 2, x.shape[-1]))

    def global_avgpool(self, x, keep=False):
        return Value(None, (x.shape[0], 1, 1, x.shape[-1]) if keep else (x.shape[0], x.shape[-1]))

    def flatten(self, x):
        return Value(None, (x.shape[0], int(np.prod(x.shape[1:]))))


def input_of(row):
    return np.random.default_rng(1).uniform(-1, 1, row.input_shape).astype(np.float32)


def prepare_weights(row, folder, threads):
    words = CountingWords(Weights())
    result = row.network(words, Value(None, row.input_shape))
    write_safetensors(words.weights.tensors, folder / "weights.safetensors")
    input_of(row).tofile(folder / "input.bin")
    (folder / "layers.json").write_text(json.dumps({"output_shape": result.shape, "layers": words.layers}))


def write_safetensors(tensors, path):
    """The format: the length of the table, the table as JSON, the tensors one behind the other."""
    table, end = {}, 0
    for name, tensor in tensors.items():
        table[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [end, end + tensor.nbytes]}
        end += tensor.nbytes
    header = json.dumps(table).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor).tobytes())


def prepare_onnx(row, folder, threads):
    from words_onnx import to_channels_first, write_onnx
    layout = write_onnx(row.network, Weights(), row.input_shape, row.channels_first, folder / "model.onnx")
    (folder / "onnx.json").write_text(json.dumps(layout))
    x = input_of(row)
    if layout["input_first"]:
        x = x.transpose(to_channels_first(x.ndim))
    np.ascontiguousarray(x).tofile(folder / "input_first.bin")


def prepare_litert(row, folder, threads):
    import tensorflow as tf
    from words_tensorflow import tensorflow_function
    function = tensorflow_function(row.network, Weights(), row.input_shape).get_concrete_function()
    (folder / "model.tflite").write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([function]).convert())


def prepare_saved(row, folder, threads):
    import tensorflow as tf
    from words_tensorflow import tensorflow_function
    module = tf.Module()
    module.call = tensorflow_function(row.network, Weights(), row.input_shape)
    tf.saved_model.save(module, str(folder / "saved"))


def prepare_torch(row, folder, threads):
    import torch
    from words_torch import torch_module
    torch.save(torch_module(row.network, Weights(), row.input_shape), folder / "module.pt")


def prepare_aoti(row, folder, threads):
    import torch
    import torch._inductor.config
    torch._inductor.config.freezing = True
    torch._inductor.config.cpp.threads = threads
    torch.set_num_threads(threads)
    module = torch.load(folder / "module.pt", weights_only=False)
    with torch.no_grad():
        program = torch.export.export(module, (torch.from_numpy(input_of(row)),))
        torch._inductor.aoti_compile_and_package(program, package_path=str(folder / f"package-{threads}.pt2"))


def prepare_iree(row, folder, threads):
    import subprocess
    import iree.compiler.tools
    tools = pathlib.Path(sys.executable).parent
    subprocess.run([tools / "iree-import-onnx", folder / "model.onnx", "-o", folder / "model.mlir"], check=True)
    channels_last = "builtin.module(util.func(iree-preprocessing-convert-conv-to-channels-last))"
    iree.compiler.tools.compile_file(
        str(folder / "model.mlir"), input_type="onnx", target_backends=["llvm-cpu"], output_file=str(folder / "model.vmfb"),
        extra_args=["--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3", f"--iree-preprocessing-pass-pipeline={channels_last}"])
    (folder / "model.mlir").unlink()


def main():
    framework, name, folder, threads = sys.argv[1:]
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
    globals()[f"prepare_{framework}"](choose_rows(name)[0], pathlib.Path(folder), int(threads))


if __name__ == "__main__":
    main()
