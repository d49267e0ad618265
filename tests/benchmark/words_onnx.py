"""The words of words.py as an ONNX graph with channels first, as its convolutions want them; the input is channels first too."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from words import Value, Words


def to_channels_first(axes):
    return [0, axes - 1, *range(1, axes - 1)]


class OnnxWords(Words):
    """A value of rank 3 or 4 between convolutions has its channels at axis 1; `is_first` says which."""

    def __init__(self, weights):
        super().__init__(weights)
        self.nodes, self.constants = [], []

    def _node(self, op, inputs, shape, outputs=1, is_first=False, **attributes):
        names = [f"v{len(self.nodes)}_{index}" for index in range(outputs)]
        inputs = [i.tensor if isinstance(i, Value) else i for i in inputs]
        self.nodes.append(helper.make_node(op, inputs, names, **attributes))
        value = Value(names[0], shape)
        value.is_first = is_first
        value.names = names
        return value

    def _constant(self, array, dtype=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype), name))
        return name

    def _permuted(self, x, wants_first):
        if x.is_first == wants_first or len(x.shape) < 3:
            return x
        axes = len(x.shape)
        order = to_channels_first(axes) if wants_first else [0, *range(2, axes), 1]
        return self._node("Transpose", [x], x.shape, is_first=wants_first, perm=order)

    def input(self, shape, is_first):
        value = Value("input", shape)
        value.is_first = is_first
        return value

    def _conv(self, x, weights, offsets, stride, pads, dilation, shape):
        space = len(pads)
        kernel = np.moveaxis(weights, [-1, -2], [0, 1])
        return self._node("Conv", [self._permuted(x, True), self._constant(kernel), self._constant(offsets)], shape, is_first=True,
                          kernel_shape=kernel.shape[2:], strides=[stride] * space, dilations=[dilation] * space,
                          pads=[p[0] for p in pads] + [p[1] for p in pads])

    def _depthwise(self, x, weights, offsets, stride, pads, shape):
        kernel = np.transpose(weights, (2, 3, 0, 1))
        return self._node("Conv", [self._permuted(x, True), self._constant(kernel), self._constant(offsets)], shape, is_first=True,
                          kernel_shape=kernel.shape[2:], strides=[stride] * 2, group=kernel.shape[0],
                          pads=[p[0] for p in pads] + [p[1] for p in pads])

    def _conv_transpose(self, x, weights, offsets, size, shape):
        kernel = np.transpose(weights, (3, 2, 0, 1))
        return self._node("ConvTranspose", [self._permuted(x, True), self._constant(kernel), self._constant(offsets)], shape,
                          is_first=True, kernel_shape=[size, size], strides=[size, size])

    def _dense(self, x, weights, offsets, shape):
        if len(x.shape) == 2:
            return self._node("Gemm", [x, self._constant(weights), self._constant(offsets)], shape)
        product = self._node("MatMul", [self._permuted(x, False), self._constant(weights)], shape)
        return self._node("Add", [product, self._constant(offsets)], shape)

    def act(self, x, name):
        if name == "relu6":
            return self._node("Clip", [x, self._constant(0), self._constant(6)], x.shape, is_first=x.is_first)
        if name == "silu":
            return self.multiply(x, self.act(x, "sigmoid"))
        if name == "softmax":
            return self._node("Softmax", [x], x.shape, is_first=x.is_first, axis=1 if x.is_first else -1)
        words = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid", "gelu": "Gelu"}
        return self._node(words[name], [x], x.shape, is_first=x.is_first)

    def _pair(self, op, x, y):
        y = self._permuted(y, x.is_first)
        return self._node(op, [x, y], x.shape, is_first=x.is_first)

    def add(self, x, y):
        return self._pair("Add", x, y)

    def multiply(self, x, y):
        return self._pair("Mul", x, y)

    def concat(self, values):
        shape = (*values[0].shape[:-1], sum(value.shape[-1] for value in values))
        return self._node("Concat", [self._permuted(value, True) for value in values], shape, is_first=True, axis=1)

    def avgpool(self, x, size):
        shape = (x.shape[0], x.shape[1] // size, x.shape[2] // size, x.shape[3])
        return self._node("AveragePool", [self._permuted(x, True)], shape, is_first=True, kernel_shape=[size] * 2, strides=[size] * 2)

    def maxpool(self, x, size, stride, pad=0):
        shape = self._window_shape(x.shape, (size, size), stride, [(pad, pad)] * 2, x.shape[-1])
        return self._node("MaxPool", [self._permuted(x, True)], shape, is_first=True, kernel_shape=[size] * 2, strides=[stride] * 2,
                          pads=[pad] * 4)

    def global_avgpool(self, x, keep=False):
        shape = (x.shape[0], 1, 1, x.shape[-1])
        mean = self._node("GlobalAveragePool", [self._permuted(x, True)], shape, is_first=True)
        return mean if keep else self._node("Flatten", [mean], (x.shape[0], x.shape[-1]))

    def flatten(self, x):
        return self._node("Flatten", [self._permuted(x, False)], (x.shape[0], int(np.prod(x.shape[1:]))))

    def layernorm(self, x, path, eps=1e-3):
        return super().layernorm(self._permuted(x, False), path, eps)

    def _layernorm(self, x, gamma, beta, eps):
        return self._node("LayerNormalization", [x, self._constant(gamma), self._constant(beta)], x.shape, epsilon=eps, axis=-1)

    def _attention(self, x, projections, heads, size):
        batch, steps, width = x.shape
        split_shape, split = self._constant([batch, steps, heads, size], np.int64), (batch, heads, steps, size)

        def part(index, order):
            value = self._dense(x, *projections[index], (batch, steps, heads * size))
            value = self._node("Reshape", [value, split_shape], split)
            return self._node("Transpose", [value], split, perm=order)

        scores = self._node("MatMul", [part(0, [0, 2, 1, 3]), part(1, [0, 2, 3, 1])], (batch, heads, steps, steps))
        scores = self._node("Div", [scores, self._constant(np.sqrt(size))], scores.shape)
        seen = self._node("MatMul", [self._node("Softmax", [scores], scores.shape, axis=-1), part(2, [0, 2, 1, 3])], split)
        seen = self._node("Transpose", [seen], split, perm=[0, 2, 1, 3])
        seen = self._node("Reshape", [seen, self._constant([batch, steps, heads * size], np.int64)], (batch, steps, heads * size))
        return self._dense(seen, *projections[3], (batch, steps, width))

    def _gates(self, weights, order):
        """[features, gates × units] → [1, gates × units, features], the gates in another order."""
        parts = np.split(weights, len(order), axis=-1)
        return np.concatenate([parts[index] for index in order], axis=-1).T[None]

    def _sequence(self, op, x, weights, recurrent, bias, order, sequences, shape, **attributes):
        batch, steps, _ = x.shape
        units = recurrent.shape[0]
        y = self._node("Transpose", [x], x.shape, perm=[1, 0, 2])
        y = self._node(op, [y, self._constant(self._gates(weights, order)), self._constant(self._gates(recurrent, order)),
                            self._constant(bias)], shape, outputs=2, hidden_size=units, **attributes)
        if not sequences:
            last = Value(y.names[1], (1, batch, units))
            return self._node("Reshape", [last, self._constant([batch, units], np.int64)], shape)
        y = self._node("Transpose", [y], shape, perm=[2, 0, 1, 3])
        return self._node("Reshape", [y, self._constant([batch, steps, units], np.int64)], shape)

    def _lstm(self, x, weights, recurrent, bias, sequences, shape):
        order = [0, 3, 1, 2]  # i f c o → i o f c
        offsets = np.concatenate([self._gates(bias[None], order)[0, :, 0], np.zeros_like(bias)])[None]
        return self._sequence("LSTM", x, weights, recurrent, offsets, order, sequences, shape)

    def _gru(self, x, weights, recurrent, bias, sequences, shape):
        return self._sequence("GRU", x, weights, recurrent, bias.reshape(1, -1), [0, 1, 2], sequences, shape, linear_before_reset=1)


def write_onnx(network, weights, input_shape, is_first, path):
    """Writes the model; returns the shapes of its input and output as it wants them, and whether channels come first in them."""
    words = OnnxWords(weights)
    result = network(words, words.input(input_shape, is_first))
    assert words.nodes[-1].output[0] == result.tensor
    words.nodes[-1].output[0] = "output"
    shapes = [[shape[axis] for axis in to_channels_first(len(shape))] if first else list(shape)
              for shape, first in ((input_shape, is_first), (result.shape, result.is_first))]
    graph = helper.make_graph(words.nodes, "network", [helper.make_tensor_value_info("input", TensorProto.FLOAT, shapes[0])],
                              [helper.make_tensor_value_info("output", TensorProto.FLOAT, shapes[1])], words.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return {"input_shape": shapes[0], "output_shape": shapes[1], "input_first": is_first, "output_first": result.is_first}
