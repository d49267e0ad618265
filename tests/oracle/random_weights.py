"""The numbers of `--weights random:SEED` in Python (DECISIONS 11), so that Keras and kdlc compute with the same weights without a file."""
import math

import numpy as np

GAMMA = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def _finish(z):
    """The output function of SplitMix64, on an array of states."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


class Generator:
    """SplitMix64, seeded by FNV-1a of a path mixed with the seed."""

    def __init__(self, path, seed):
        state = 0xCBF29CE484222325
        for byte in path.encode():
            state = ((state ^ byte) * 0x100000001B3) & MASK
        state = self._step(state) ^ seed
        self.state = self._step(state)

    @staticmethod
    def _step(state):
        return int(_finish(np.array([(state + GAMMA) & MASK], np.uint64))[0])

    def units(self, count):
        """The next `count` numbers in [0, 1), in double."""
        with np.errstate(over="ignore"):
            states = np.uint64(self.state) + np.uint64(GAMMA) * np.arange(1, count + 1, dtype=np.uint64)
            numbers = _finish(states)
        self.state = (self.state + GAMMA * count) & MASK
        return (numbers >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def uniform(self, low, high, count):
        return low + (high - low) * self.units(count)

    def normals(self, count):
        """Marsaglia's polar method, one pair after another."""
        values = []
        while len(values) < count:
            u, v = self.uniform(-1, 1, 2)
            square = u * u + v * v
            if 0 < square < 1:
                factor = math.sqrt(-2 * math.log(square) / square)
                values += [u * factor, v * factor]
        return np.array(values[:count])


def _fans(shape):
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


def _orthogonal(generator, shape):
    """Gram-Schmidt in two rounds, as compiler/weights/random_weights.cpp does it."""
    rows, columns = math.prod(shape[:-1]), shape[-1]
    length, count = max(rows, columns), min(rows, columns)
    normals = generator.normals(count * length).reshape(count, length)
    vectors = []
    for vector in normals:
        for other in vectors + vectors:
            vector = vector - (vector @ other) * other
        vectors.append(vector / np.linalg.norm(vector))
    matrix = np.array(vectors)
    return matrix.T if rows >= columns else matrix



def weight(path, shape, initializer, seed):
    """The tensor of `path`. `initializer`: glorot_uniform, zeros, ones, uniform, ("normal", deviation), orthogonal, unit_forget_bias."""
    generator = Generator(path, seed)
    shape = tuple(shape)
    count = math.prod(shape)
    kind, value = initializer if isinstance(initializer, tuple) else (initializer, None)
    if kind == "glorot_uniform":
        fan_in, fan_out = _fans(shape)
        limit = math.sqrt(3 / max(1.0, (fan_in + fan_out) / 2))
        numbers = generator.uniform(-limit, limit, count)
    elif kind == "zeros":
        numbers = generator.uniform(-0.1, 0.1, count)
    elif kind == "ones":
        numbers = generator.uniform(0.5, 1.5, count)
    elif kind == "uniform":
        limit = value or 0.05
        numbers = generator.uniform(-limit, limit, count)
    elif kind == "normal":
        numbers = (value or 0.05) * generator.normals(count)
    elif kind == "orthogonal":
        numbers = _orthogonal(generator, shape)
    elif kind == "unit_forget_bias":
        numbers = (np.arange(count) // (shape[-1] // 4) == 1).astype(np.float64)
    else:
        raise ValueError(kind)
    return numbers.astype(np.float32).reshape(shape)
