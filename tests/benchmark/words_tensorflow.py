"""The words of words.py in TensorFlow, channels last: for XLA, and for LiteRT through its converter."""
import math

import numpy as np
import tensorflow as tf

from words import Value, Words


class TensorFlowWords(Words):
    def _padded(self, x, pads, sizes, strides, dilation=1):
        """`x` and a padding that TensorFlow knows by name; other paddings are written out."""
        cells = x.shape[1:-1]
        if not any(map(any, pads)):
            return x.tensor, "VALID"
        totals = [max(0, (-(-c // s) - 1) * s + (k - 1) * dilation + 1 - c) for c, k, s in zip(cells, sizes, strides)]
        if [tuple(pad) for pad in pads] == [(total // 2, total - total // 2) for total in totals]:
            return x.tensor, "SAME"
        return tf.pad(x.tensor, [(0, 0), *pads, (0, 0)]), "VALID"

    def _conv(self, x, weights, offsets, stride, pads, dilation, shape):
        space = len(pads)
        tensor, padding = self._padded(x, pads, weights.shape[:space], [stride] * space, dilation)
        function = tf.nn.conv2d if space == 2 else tf.nn.conv1d
        return Value(function(tensor, weights, stride, padding, dilations=dilation) + offsets, shape)

    def _depthwise(self, x, weights, offsets, stride, pads, shape):
        tensor, padding = self._padded(x, pads, weights.shape[:2], [stride] * 2)
        return Value(tf.nn.depthwise_conv2d(tensor, weights, [1, stride, stride, 1], padding) + offsets, shape)

    def _conv_transpose(self, x, weights, offsets, size, shape):
        return Value(tf.nn.conv2d_transpose(x.tensor, weights, shape, size, "VALID") + offsets, shape)

    def _dense(self, x, weights, offsets, shape):
        flat = tf.reshape(x.tensor, (-1, x.shape[-1])) if len(x.shape) > 2 else x.tensor
        result = tf.matmul(flat, weights) + offsets
        return Value(tf.reshape(result, shape) if len(x.shape) > 2 else result, shape)

    def act(self, x, name):
        functions = {"relu": tf.nn.relu, "relu6": tf.nn.relu6, "silu": tf.nn.silu, "tanh": tf.tanh, "sigmoid": tf.sigmoid,
                     "softmax": tf.nn.softmax, "gelu": lambda t: tf.nn.gelu(t, approximate=False)}
        return Value(functions[name](x.tensor), x.shape)

    def add(self, x, y):
        return Value(x.tensor + y.tensor, x.shape)

    def multiply(self, x, y):
        return Value(x.tensor * y.tensor, x.shape)

    def concat(self, values):
        shape = (*values[0].shape[:-1], sum(value.shape[-1] for value in values))
        return Value(tf.concat([value.tensor for value in values], -1), shape)

    def avgpool(self, x, size):
        shape = (x.shape[0], x.shape[1] // size, x.shape[2] // size, x.shape[3])
        return Value(tf.nn.avg_pool2d(x.tensor, size, size, "VALID"), shape)

    def maxpool(self, x, size, stride, pad=0):
        shape = self._window_shape(x.shape, (size, size), stride, [(pad, pad)] * 2, x.shape[-1])
        tensor = tf.pad(x.tensor, [(0, 0), (pad, pad), (pad, pad), (0, 0)], constant_values=-math.inf) if pad else x.tensor
        return Value(tf.nn.max_pool2d(tensor, size, stride, "VALID"), shape)

    def global_avgpool(self, x, keep=False):
        shape = (x.shape[0], 1, 1, x.shape[-1]) if keep else (x.shape[0], x.shape[-1])
        return Value(tf.reduce_mean(x.tensor, [1, 2], keepdims=keep), shape)

    def flatten(self, x):
        shape = (x.shape[0], math.prod(x.shape[1:]))
        return Value(tf.reshape(x.tensor, shape), shape)

    def _layernorm(self, x, gamma, beta, eps):
        centred = x.tensor - tf.reduce_mean(x.tensor, -1, keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), -1, keepdims=True)
        return Value(centred * tf.math.rsqrt(variance + eps) * gamma + beta, x.shape)

    def _attention(self, x, projections, heads, size):
        batch, steps, width = x.shape

        def part(index):
            value = self._dense(x, *projections[index], (batch, steps, heads * size)).tensor
            return tf.transpose(tf.reshape(value, (batch, steps, heads, size)), (0, 2, 1, 3))

        scores = tf.nn.softmax(tf.matmul(part(0), part(1), transpose_b=True) * np.float32(1 / math.sqrt(size)))
        seen = tf.reshape(tf.transpose(tf.matmul(scores, part(2)), (0, 2, 1, 3)), (batch, steps, heads * size))
        return self._dense(Value(seen, (batch, steps, heads * size)), *projections[3], (batch, steps, width))

    def _loop(self, x, weights, offsets, step, states, sequences, shape):
        """The inputs of all steps in one product, then a loop in the graph; `step` makes new states, of which the first is seen."""
        batch, steps, _ = x.shape
        products = tf.transpose(self._dense(x, weights, offsets, (batch, steps, weights.shape[-1])).tensor, (1, 0, 2))
        seen = tf.TensorArray(tf.float32, steps, element_shape=(batch, states[0].shape[-1])) if sequences else tf.zeros(())

        def body(turn, states, seen):
            states = step(tf.gather(products, turn), *states)
            return turn + 1, states, seen.write(turn, states[0]) if sequences else seen

        _, states, seen = tf.while_loop(lambda turn, *_: turn < steps, body, (tf.constant(0), states, seen), maximum_iterations=steps)
        return Value(tf.transpose(seen.stack(), (1, 0, 2)) if sequences else states[0], shape)

    def _lstm(self, x, weights, recurrent, bias, sequences, shape):
        def step(product, h, c):
            i, f, g, o = tf.split(product + tf.matmul(h, recurrent), 4, -1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            return tf.sigmoid(o) * tf.tanh(c), c

        zeros = tf.zeros((x.shape[0], recurrent.shape[0]))
        return self._loop(x, weights, bias, step, (zeros, zeros), sequences, shape)

    def _gru(self, x, weights, recurrent, bias, sequences, shape):
        def step(product, h):
            input_z, input_r, input_h = tf.split(product, 3, -1)
            state_z, state_r, state_h = tf.split(tf.matmul(h, recurrent) + bias[1], 3, -1)
            z = tf.sigmoid(input_z + state_z)
            return (z * h + (1 - z) * tf.tanh(input_h + tf.sigmoid(input_r + state_r) * state_h),)

        return self._loop(x, weights, bias[0], step, (tf.zeros((x.shape[0], recurrent.shape[0])),), sequences, shape)


def tensorflow_function(network, weights, input_shape):
    """A function of one tensor of `input_shape`."""

    @tf.function(input_signature=[tf.TensorSpec(input_shape, tf.float32)], autograph=False)
    def function(x):
        return network(TensorFlowWords(weights), Value(x, input_shape)).tensor

    return function
