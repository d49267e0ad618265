"""The words of words.py as a graph module of PyTorch: convolutions with channels-last memory, which its CPU kernels like best."""
import operator

import numpy as np
import torch
import torch.nn.functional as F

from words import Value, Words


class TorchWords(Words):
    """Tensors are [N, …, C]; around a convolution they are seen as [N, C, …], which moves nothing in memory."""

    def __init__(self, weights):
        super().__init__(weights)
        self.graph = torch.fx.Graph()
        self.root = torch.nn.Module()
        self.held = 0

    def _call(self, function, *arguments, shape=(), **settings):
        unwrap = lambda a: a.tensor if isinstance(a, Value) else a
        node = self.graph.call_function(function, tuple(unwrap(a) for a in arguments), {k: unwrap(v) for k, v in settings.items()})
        return Value(node, shape)

    def _method(self, name, x, *arguments, shape=None):
        return Value(self.graph.call_method(name, (x.tensor, *arguments)), shape or x.shape)

    def _constant(self, array, channels_last=False):
        tensor = torch.from_numpy(np.ascontiguousarray(array, np.float32))
        tensor = tensor.contiguous(memory_format=torch.channels_last) if channels_last else tensor
        self.held += 1
        self.root.register_buffer(f"held{self.held}", tensor)
        return self.graph.get_attr(f"held{self.held}")

    def _module(self, module):
        self.held += 1
        self.root.add_module(f"held{self.held}", module)
        return f"held{self.held}"

    def input(self, shape):
        return Value(self.graph.placeholder("x"), shape)

    def _first(self, x):
        axes = len(x.shape)
        return self._method("permute", x, 0, axes - 1, *range(1, axes - 1))

    def _last(self, x, shape):
        axes = len(shape)
        return self._method("permute", x, 0, *range(2, axes), 1, shape=shape)

    def _padded(self, x, pads):
        """`x` and the padding that is left for the convolution: it takes the same on both sides only."""
        if all(before == after for before, after in pads):
            return x, [before for before, _ in pads]
        return self._call(F.pad, x, [cells for pair in reversed(pads) for cells in pair], shape=x.shape), [0] * len(pads)

    def _conv(self, x, weights, offsets, stride, pads, dilation, shape):
        function = F.conv2d if len(pads) == 2 else F.conv1d
        x, padding = self._padded(self._first(x), pads)
        kernel = self._constant(np.moveaxis(weights, [-1, -2], [0, 1]), len(pads) == 2)
        return self._last(self._call(function, x, kernel, self._constant(offsets), stride, padding, dilation), shape)

    def _depthwise(self, x, weights, offsets, stride, pads, shape):
        x, padding = self._padded(self._first(x), pads)
        kernel = self._constant(np.transpose(weights, (2, 3, 0, 1)), True)
        return self._last(self._call(F.conv2d, x, kernel, self._constant(offsets), stride, padding, 1, shape[-1]), shape)

    def _conv_transpose(self, x, weights, offsets, size, shape):
        kernel = self._constant(np.transpose(weights, (3, 2, 0, 1)), True)
        return self._last(self._call(F.conv_transpose2d, self._first(x), kernel, self._constant(offsets), size), shape)

    def _dense(self, x, weights, offsets, shape):
        return self._call(F.linear, x, self._constant(weights.T), self._constant(offsets), shape=shape)

    def act(self, x, name):
        if name == "softmax":
            return self._call(F.softmax, x, dim=-1, shape=x.shape)
        functions = {"relu": F.relu, "relu6": F.relu6, "silu": F.silu, "gelu": F.gelu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
        return self._call(functions[name], x, shape=x.shape)

    def add(self, x, y):
        return self._call(torch.add, x, y, shape=x.shape)

    def multiply(self, x, y):
        return self._call(torch.mul, x, y, shape=x.shape)

    def concat(self, values):
        shape = (*values[0].shape[:-1], sum(value.shape[-1] for value in values))
        return self._call(torch.cat, [value.tensor for value in values], -1, shape=shape)

    def avgpool(self, x, size):
        shape = (x.shape[0], x.shape[1] // size, x.shape[2] // size, x.shape[3])
        return self._last(self._call(F.avg_pool2d, self._first(x), size), shape)

    def maxpool(self, x, size, stride, pad=0):
        shape = self._window_shape(x.shape, (size, size), stride, [(pad, pad)] * 2, x.shape[-1])
        return self._last(self._call(F.max_pool2d, self._first(x), size, stride, pad), shape)

    def global_avgpool(self, x, keep=False):
        shape = (x.shape[0], 1, 1, x.shape[-1]) if keep else (x.shape[0], x.shape[-1])
        return self._call(torch.mean, x, [1, 2], keep, shape=shape)

    def flatten(self, x):
        return self._method("flatten", x, 1, shape=(x.shape[0], int(np.prod(x.shape[1:]))))

    def _layernorm(self, x, gamma, beta, eps):
        return self._call(F.layer_norm, x, [x.shape[-1]], self._constant(gamma), self._constant(beta), eps, shape=x.shape)

    def _attention(self, x, projections, heads, size):
        batch, steps, width = x.shape

        def part(index):
            value = self._dense(x, *projections[index], (batch, steps, heads * size))
            return self._method("transpose", self._method("view", value, batch, steps, heads, size), 1, 2)

        seen = self._call(F.scaled_dot_product_attention, part(0), part(1), part(2), shape=(batch, heads, steps, size))
        seen = self._method("reshape", self._method("transpose", seen, 1, 2), batch, steps, heads * size)
        return self._dense(seen, *projections[3], (batch, steps, width))

    def _recur(self, module, x, tensors, sequences, shape):
        with torch.no_grad():
            for name, array in tensors.items():
                getattr(module, name).copy_(torch.from_numpy(np.ascontiguousarray(array)))
        node = self.graph.call_module(self._module(module), (x.tensor,))
        result = self.graph.call_function(operator.getitem, (node, 0))
        if not sequences:
            result = self.graph.call_method("select", (result, 1, -1))
        return Value(result, shape)

    def _lstm(self, x, weights, recurrent, bias, sequences, shape):
        module = torch.nn.LSTM(x.shape[-1], recurrent.shape[0], batch_first=True)
        tensors = {"weight_ih_l0": weights.T, "weight_hh_l0": recurrent.T, "bias_ih_l0": bias, "bias_hh_l0": 0 * bias}
        return self._recur(module, x, tensors, sequences, shape)

    def _gru(self, x, weights, recurrent, bias, sequences, shape):
        module = torch.nn.GRU(x.shape[-1], recurrent.shape[0], batch_first=True)
        swap = lambda array: np.concatenate([np.split(array, 3, -1)[gate] for gate in (1, 0, 2)], -1)  # z r h → r z n
        tensors = {"weight_ih_l0": swap(weights).T, "weight_hh_l0": swap(recurrent).T, "bias_ih_l0": swap(bias[0]),
                   "bias_hh_l0": swap(bias[1])}
        return self._recur(module, x, tensors, sequences, shape)


def torch_module(network, weights, input_shape):
    words = TorchWords(weights)
    result = network(words, words.input(input_shape))
    words.graph.output(result.tensor)
    return torch.fx.GraphModule(words.root, words.graph).eval()
