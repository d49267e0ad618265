"""Writes tests/golden/mistakes/weights/*.safetensors: small weight files, most of them wrong, for mistakes_golden_test.cpp.

usage: python tests/oracle/mistaken_weights.py   (NumPy 2.4, safetensors 0.8)
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

folder = pathlib.Path(__file__).resolve().parent.parent / "golden" / "mistakes" / "weights"
generator = np.random.default_rng(5)


def tensor(*shape):
    return generator.uniform(-1, 1, shape).astype(np.float32)


def dense(name, inputs, units):
    return {f"{name}.kernel": tensor(inputs, units), f"{name}.bias": tensor(units)}


def write(name, tensors):
    save_file(tensors, folder / f"{name}.safetensors")


net = dense("fc1", 4, 3) | dense("fc2", 3, 2)
write("net", net)
write("fc1_only", dense("fc1", 4, 3))
write("three_layers", net | dense("fc3", 2, 2))
write("wider", dense("fc1", 4, 5) | dense("fc2", 5, 2))
spoilt = net["fc1.kernel"].copy()
spoilt[0, 0] = np.nan
write("nan", net | {"fc1.kernel": spoilt})
write("infinite", {"dense.kernel": np.array([[np.inf], [1]], np.float32), "dense.bias": np.zeros(1, np.float32)})
one = np.ones(1, np.float32)
write("negative_variance", {"bn.gamma": one, "bn.beta": 0 * one, "bn.moving_mean": 0 * one, "bn.moving_variance": -one})
write("gru_reset_after", {"g.kernel": tensor(3, 12), "g.recurrent_kernel": tensor(4, 12), "g.bias": tensor(2, 12)})
write("wide_numbers", {key: value.astype(np.float64) + 1e-9 for key, value in net.items()})
write("transposed", {"fc.kernel": tensor(5, 3), "fc.bias": tensor(5)})
write("square_kernel", {"conv.kernel": tensor(3, 3, 3, 3), "conv.bias": tensor(3)})
write("with_optimizer", net | {f"optimizer.{key}.momentum": value * 0 for key, value in net.items()})
write("dense_4_3", dense("fc", 4, 3))
write("two_squares", dense("fc1", 4, 4) | dense("fc2", 4, 4) | dense("head", 4, 3))
write("head_only", dense("head", 2, 1))
