"""Writes tests/unit/weights/files: small files by NumPy and by the safetensors library, for library_files_test.cpp.

usage: python tests/oracle/weight_files.py   (NumPy 2.4, safetensors 0.8)
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

folder = pathlib.Path(__file__).resolve().parent.parent / "unit" / "weights" / "files"
np.save(folder / "fortran_big_endian.npy", np.asfortranarray(np.arange(24).reshape(2, 3, 4).astype(">f4")))
np.save(folder / "scalar.npy", np.array(-7, np.int64))
np.save(folder / "truth.npy", np.array([[True, False]]))
np.save(folder / "empty.npy", np.zeros((0, 3), np.float16))
np.save(folder / "half.npy", np.array([0.1, -65504, 6e-8, np.inf], np.float16))
with open(folder / "version_2.npy", "wb") as file:
    np.lib.format.write_array(file, np.arange(3, dtype=np.uint8), version=(2, 0))
save_file(
    {
        "fc.kernel": np.arange(6, dtype=np.float32).reshape(2, 3) / 7,
        "fc.bias": np.array([0.1, 0.2, 0.3], np.float16),
        "steps": np.arange(2),
    },
    folder / "dense.safetensors",
    metadata={"format": "np"},
)
