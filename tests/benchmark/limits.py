"""What the hardware allows: its peak and its reading rates, measured, and from them the floor of a network."""
import json
import math
import os
import subprocess

from measure import go_first
from peers import BUILD, HERE, row_folder, run


class Limits:
    """Of `threads` cores together."""

    def __init__(self, threads, cores):
        program = BUILD / "probe"
        run(["cc", "-std=gnu11", "-O3", "-march=native", "-mprefer-vector-width=512", "-Wall", "-Wextra",
             HERE / "callers" / "probe.c", "-o", program], "probe.c")
        probes = [subprocess.Popen([program], stdout=subprocess.PIPE, text=True, preexec_fn=lambda c=core: os.sched_setaffinity(0, {c}))
                  for core in cores[:threads]]
        if threads == 1:
            go_first(probes[0].pid)
        told = [json.loads(probe.communicate()[0]) for probe in probes]
        self.threads = threads
        self.vector_bits = told[0]["vector_bits"]
        self.flops = sum(one["flops"] for one in told)
        self.reading = [(sizes[0][0], sum(rate for _, rate in sizes)) for sizes in zip(*(one["reading"] for one in told))]

    def rate(self, size):
        """Bytes a second of reading `size` bytes again and again, a part of them for each core; between two measured sizes the rate
        goes from one to the other with the logarithm of the size."""
        size /= self.threads
        if size <= self.reading[0][0]:
            return self.reading[0][1]
        for (small, fast), (large, slow) in zip(self.reading, self.reading[1:]):
            if size <= large:
                return fast + (slow - fast) * math.log(size / small) / math.log(large / small)
        return self.reading[-1][1]

    def describe(self):
        rates = ", ".join(f"{size >> 10} KiB {rate / 1e9:.0f}" for size, rate in self.reading)
        return f"{self.flops / 1e9:.0f} GFLOP/s ({self.vector_bits}-bit); reading in GB/s: {rates}"


def floor_of(row, limits):
    """(FLOPs, seconds): over the layers, the larger of arithmetic at the peak and of reading each layer's weights once, from the
    level that all weights fit in. For the direct algorithm; activations are free, as fused layers need not store them."""
    layers = json.loads((row_folder(row) / "layers.json").read_text())["layers"]
    # A recurrent layer reads its weights at each step: they are counted as often, but they lie in memory once.
    stored = (row_folder(row) / "weights.safetensors").stat().st_size
    seconds = sum(max(flops / limits.flops, weights / limits.rate(stored)) for _, flops, weights, _ in layers)
    return sum(flops for _, flops, _, _ in layers), seconds
