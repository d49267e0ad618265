"""The first random numbers of a weight, from the definitions of FNV-1a and SplitMix64: for random_weights_test.cpp."""
MASK = (1 << 64) - 1


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


class SplitMix64:
    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)


def generator(path, seed):
    mixed = SplitMix64(SplitMix64(fnv1a(path)).next() ^ seed).next()
    return SplitMix64(mixed)


g = generator("w", 1)
for _ in range(3):
    print((-1 + 2 * ((g.next() >> 11) / (1 << 53))).hex())
