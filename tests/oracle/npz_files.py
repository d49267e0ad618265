"""Writes the .npz files of tests/cli/npz with NumPy: what numpy.savez makes, and hostile ones made of it."""
import io
import pathlib
import zipfile

import numpy as np

folder = pathlib.Path(__file__).parent.parent / "cli" / "npz"
x = np.array([[1, 2], [0.25, -4], [0, 3]], dtype="float32")
np.savez(folder / "plain.npz", x=x, label=np.array([0, 1, 2]))
np.savez_compressed(folder / "compressed.npz", x=np.asfortranarray(x.astype(">f4")))
np.savez(folder / "weights.npz", **{
    "head.kernel": np.arange(12, dtype="float32").reshape(4, 3) / 8,
    "head.bias": np.array([1, -1, 0.5], dtype="float32"),
})


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def archive(name, entries):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as file:
        for key, data in entries:
            info = zipfile.ZipInfo(key)
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, data)


archive("no_array.npz", [("readme.txt", b"hello")])
archive("twice.npz", [("x.npy", npy(x)), ("x.npy", npy(x + 1))])
archive("pickle.npz", [("x.npy", npy(np.array([{}], dtype=object)))])
archive("short.npz", [("x.npy", npy(x)[:-4])])
plain = bytearray((folder / "plain.npz").read_bytes())
place = plain.index(x.tobytes())
plain[place] ^= 255  # the sum of the entry no longer fits
(folder / "sum.npz").write_bytes(plain)
(folder / "cut.npz").write_bytes((folder / "plain.npz").read_bytes()[:-30])
# An entry that says it is far longer than what is there: both headers of the zip format hold the size.
entry = npy(np.zeros(16, dtype="float32"))
archive("bomb.npz", [("x.npy", entry)])
bomb = (folder / "bomb.npz").read_bytes()
(folder / "bomb.npz").write_bytes(bomb.replace(len(entry).to_bytes(4, "little"), (1 << 31).to_bytes(4, "little")))
