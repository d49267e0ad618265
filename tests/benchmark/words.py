"""The words in which networks.py describes a network once, for every framework.

`Words` keeps the weights under the paths that kdlc gives them, folds batch norms into the convolution before them (every peer would
do that itself) and counts what each layer computes and reads. What a word makes of tensors is left to words_onnx.py,
words_torch.py and words_tensorflow.py. Shapes are those of kdlc, channels last, with the batch.
"""
import math
import zlib

import numpy as np


class Weights:
    """Random weights by path: of He's size, so that signals keep theirs through any depth and outputs depend on inputs."""

    def __init__(self):
        self.tensors = {}

    def get(self, path, shape, kind, fan_in=None):
        if path not in self.tensors:
            generator = np.random.default_rng(zlib.crc32(path.encode()))
            if kind == "kernel":
                values = generator.uniform(-1, 1, shape) * math.sqrt(3 / (fan_in or math.prod(shape[:-1])))
            elif kind == "offset":
                values = generator.uniform(-0.1, 0.1, shape)
            else:
                assert kind == "factor"
                values = generator.uniform(0.8, 1.2, shape)
            self.tensors[path] = values.astype(np.float32)
        return self.tensors[path]


class Value:
    """A tensor of some framework beside its shape, channels last."""

    def __init__(self, tensor, shape):
        self.tensor = tensor
        self.shape = tuple(shape)


def pads_of(padding, size, kernel, stride, dilation=1):
    """(before, after) cells of one axis for `same`, `valid`, `causal` or a number."""
    reach = (kernel - 1) * dilation
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return reach, 0
    if padding == "same":
        total = max(0, (-(-size // stride) - 1) * stride + reach + 1 - size)
        return total // 2, total - total // 2
    return padding, padding


class Words:
    """Subclasses give `_conv`, `_dense` and so on, which take and give their own tensors."""

    def __init__(self, weights):
        self.weights = weights
        self.layers = []  # (path, FLOPs, bytes of weights read, bytes of activations read and written)

    def count(self, path, flops, weight_count, *shapes):
        self.layers.append((path, flops, 4 * weight_count, 4 * sum(math.prod(shape) for shape in shapes)))

    def _norm(self, path, kernel, bias, channels, eps, shape):
        """Kernel and bias with the batch norm of `path` behind them folded in."""
        get = lambda name, kind: self.weights.get(f"{path}.{name}", (channels,), kind)
        factor = get("gamma", "factor") / np.sqrt(get("moving_variance", "factor") + np.float32(eps))
        return kernel * factor.reshape(shape), (bias - get("moving_mean", "offset")) * factor + get("beta", "offset")

    def conv(self, x, path, filters, kernel, act=None, stride=1, padding="valid", bias=True, norm=None, eps=1e-3, dilation=1):
        """A convolution over the axes between batch and channels, one or two."""
        sizes = (kernel,) * (len(x.shape) - 2) if isinstance(kernel, int) else tuple(kernel)
        channels = x.shape[-1]
        weights = self.weights.get(f"{path}.kernel", (*sizes, channels, filters), "kernel")
        offsets = self.weights.get(f"{path}.bias", (filters,), "offset") if bias else np.zeros(filters, np.float32)
        if norm:
            weights, offsets = self._norm(norm, weights, offsets, filters, eps, (filters,))
        pads = [pads_of(padding, size, k, stride, dilation) for size, k in zip(x.shape[1:-1], sizes)]
        shape = self._window_shape(x.shape, sizes, stride, pads, filters, dilation)
        self.count(path, 2 * math.prod(shape) * math.prod(sizes) * channels, weights.size, x.shape, shape)
        return self._act(self._conv(x, weights, offsets, stride, pads, dilation, shape), act)

    def depthwise(self, x, path, kernel, act=None, stride=1, padding="same", bias=True, norm=None, eps=1e-3):
        channels = x.shape[-1]
        weights = self.weights.get(f"{path}.kernel", (kernel, kernel, channels, 1), "kernel", kernel * kernel)
        offsets = self.weights.get(f"{path}.bias", (channels,), "offset") if bias else np.zeros(channels, np.float32)
        if norm:
            weights, offsets = self._norm(norm, weights, offsets, channels, eps, (channels, 1))
        pads = [pads_of(padding, size, kernel, stride) for size in x.shape[1:-1]]
        shape = self._window_shape(x.shape, (kernel, kernel), stride, pads, channels)
        self.count(path, 2 * math.prod(shape) * kernel * kernel, weights.size, x.shape, shape)
        return self._act(self._depthwise(x, weights, offsets, stride, pads, shape), act)

    def conv_transpose(self, x, path, filters, size):
        """A transposed convolution whose window is its stride."""
        weights = self.weights.get(f"{path}.kernel", (size, size, filters, x.shape[-1]), "kernel", x.shape[-1])
        offsets = self.weights.get(f"{path}.bias", (filters,), "offset")
        shape = (x.shape[0], x.shape[1] * size, x.shape[2] * size, filters)
        self.count(path, 2 * math.prod(shape) * x.shape[-1], weights.size, x.shape, shape)
        return self._conv_transpose(x, weights, offsets, size, shape)

    def dense(self, x, path, units, act=None, norm=None, eps=1e-3):
        weights = self.weights.get(f"{path}.kernel", (x.shape[-1], units), "kernel")
        offsets = self.weights.get(f"{path}.bias", (units,), "offset")
        if norm:
            weights, offsets = self._norm(norm, weights, offsets, units, eps, (units,))
        shape = (*x.shape[:-1], units)
        self.count(path, 2 * math.prod(shape) * x.shape[-1], weights.size, x.shape, shape)
        return self._act(self._dense(x, weights, offsets, shape), act)

    def _recurrent(self, x, path, units, gates, bias_shape):
        batch, steps, features = x.shape
        weights = [self.weights.get(f"{path}.kernel", (features, gates * units), "kernel"),
                   self.weights.get(f"{path}.recurrent_kernel", (units, gates * units), "kernel"),
                   self.weights.get(f"{path}.bias", bias_shape, "offset")]
        self.count(f"{path} (inputs)", 2 * batch * steps * features * gates * units, weights[0].size, x.shape)
        # Each step needs the one before, and reads all recurrent weights again.
        self.count(f"{path} (steps)", 2 * batch * steps * units * gates * units, steps * weights[1].size, (batch, steps, units))
        return weights

    def lstm(self, x, path, units, sequences=False):
        weights = self._recurrent(x, path, units, 4, (4 * units,))
        return self._lstm(x, *weights, sequences, (x.shape[0], x.shape[1], units) if sequences else (x.shape[0], units))

    def gru(self, x, path, units, sequences=False):
        weights = self._recurrent(x, path, units, 3, (2, 3 * units))
        return self._gru(x, *weights, sequences, (x.shape[0], x.shape[1], units) if sequences else (x.shape[0], units))

    def attention(self, x, path, heads, size):
        """Self-attention; the projections are dense layers with weights [features, heads, size]."""
        width = x.shape[-1]
        projected = []
        for name in ("query", "key", "value"):
            weights = self.weights.get(f"{path}.{name}.kernel", (width, heads, size), "kernel", width)
            offsets = self.weights.get(f"{path}.{name}.bias", (heads, size), "offset")
            projected.append((weights.reshape(width, heads * size), offsets.reshape(-1)))
        weights = self.weights.get(f"{path}.attention_output.kernel", (heads, size, width), "kernel")
        offsets = self.weights.get(f"{path}.attention_output.bias", (width,), "offset")
        projected.append((weights.reshape(heads * size, width), offsets))
        batch, steps = x.shape[:2]
        inner = (batch, steps, heads * size)
        self.count(f"{path} (projections)", 8 * math.prod(inner) * width, 4 * width * heads * size, x.shape, inner)
        self.count(f"{path} (scores)", 4 * batch * heads * steps * steps * size, 0, inner, inner, inner)
        return self._attention(x, projected, heads, size)

    def layernorm(self, x, path, eps=1e-3):
        gamma = self.weights.get(f"{path}.gamma", x.shape[-1:], "factor")
        beta = self.weights.get(f"{path}.beta", x.shape[-1:], "offset")
        return self._layernorm(x, gamma, beta, eps)

    def _act(self, x, act):
        return x if act is None else self.act(x, act)

    @staticmethod
    def _window_shape(shape, sizes, stride, pads, channels, dilation=1):
        cells = [(size + sum(pad) - (k - 1) * dilation - 1) // stride + 1 for size, k, pad in zip(shape[1:-1], sizes, pads)]
        return shape[0], *cells, channels
