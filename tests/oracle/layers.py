"""Writes tests/numbers/layers/data/<entry>.json: inputs, weights and results of every layer and activation, computed by Keras
(einsum and rearrange: by NumPy).

Run from the root of the repository with a Python that has keras 3 and tensorflow:  python tests/oracle/layers.py
Inputs and weights are multiples of 1/64, which are exact in float32 and short as text; results are float32 in nine digits.
"""
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import keras
import numpy as np
from keras import layers as kl
from keras import ops

DATA = pathlib.Path(__file__).resolve().parent.parent / "numbers" / "layers" / "data"
F32 = np.float32
cases = {}


def random_of(entry):
    return np.random.default_rng(sum(ord(letter) * (index + 1) for index, letter in enumerate(entry)))


def numbers(random, *shape, low=-2.0, high=2.0):
    return (random.integers(int(low * 64), int(high * 64) + 1, size=shape) / 64).astype(F32)


DTYPES = {"float32": "f32", "int32": "i32", "bool": "bool", "float64": "f64", "uint8": "u8", "int64": "i64", "int8": "i8"}


def as_json(array):
    array = np.asarray(array)

    def one(value):
        if array.dtype.kind in "iub":
            return int(value)
        if np.isnan(value):
            return "nan"
        if np.isinf(value):
            return "inf" if value > 0 else "-inf"
        short = float(f"{value:.9g}")
        return int(short) if short == int(short) and abs(short) < 1e6 and not np.signbit(value) else short

    return {"dtype": DTYPES[str(array.dtype)], "shape": list(array.shape), "values": [one(v) for v in array.reshape(-1)]}


def case(entry, about, inputs, outputs, settings=None, weights=None, shared=(), symbols=None, kind="sum", names=None):
    """`names`: which input of the entry each tensor is given to; in order when left out. `shared`: indices of inputs without N. `symbols`: {input index: {axis: name}}, sizes known only at run time.
    `kind`: sum or elementwise, which sets the tolerance (tests/numbers/layers/layer_case.hpp)."""
    written = []
    sizes = {}
    for index, value in enumerate(inputs):
        item = as_json(value)
        symbol_of = {} if index in shared else {0: "N"}
        symbol_of.update((symbols or {}).get(index, {}))
        item["axes"] = [symbol_of.get(axis, size) for axis, size in enumerate(item["shape"])]
        for axis, name in symbol_of.items():
            sizes[name] = item["shape"][axis]
        if names is not None:
            item["name"] = names[index]
        written.append(item)
    cases.setdefault(entry, []).append({
        "about": about,
        "kind": kind,
        "settings": settings or {},
        "sizes": sizes,
        "inputs": written,
        "weights": [as_json(w) for w in (weights or [])],
        "outputs": [as_json(np.asarray(o)) for o in outputs],
    })


def with_weights(layer, x, random, positive_last=False):
    """The layer built for x, its weights replaced by random ones; returns (weights, result)."""
    layer.build(x.shape)
    weights = [numbers(random, *w.shape, low=-1, high=1) for w in layer.weights]
    if positive_last:
        weights[-1] = np.abs(weights[-1]) + F32(0.125)
    layer.set_weights(weights)
    return weights, np.asarray(layer(x, training=False) if "training" in layer.call.__code__.co_varnames else layer(x))


# ---- layers with weights --------------------------------------------------------------------------------------------

def dense():
    r = random_of("dense")
    for about, shape, units, extra, keras_extra in [
        ("one sample", (1, 5), 3, {}, {}),
        ("three samples, no bias", (3, 4), 7, {"bias": False}, {"use_bias": False}),
        ("further axes", (2, 3, 4), 5, {"activation": "tanh"}, {"activation": "tanh"}),
        ("softmax", (3, 6), 10, {"activation": "softmax"}, {"activation": "softmax"}),
        ("one unit", (2, 17), 1, {"activation": "sigmoid"}, {"activation": "sigmoid"}),
        ("wider than a block", (2, 33), 35, {"activation": "relu"}, {"activation": "relu"}),
    ]:
        x = numbers(r, *shape)
        weights, y = with_weights(kl.Dense(units, **keras_extra), x, r)
        case("dense", about, [x], [y], {"units": units, **extra}, weights)
    x = numbers(r, 2, 5, 4)
    weights, y = with_weights(kl.Dense(3), x, r)
    case("dense", "steps known only at run time", [x], [y], {"units": 3}, weights, symbols={0: {1: "T"}})


def convolution(entry, make, x_shape, **settings):
    """One case through Keras; explicit borders are zeros put around the input, as Keras has no setting for them."""
    r = random_of(entry + str(sorted(settings.items())) + str(x_shape))
    x = numbers(r, *x_shape)
    symbols = settings.pop("symbols", None)
    names = {"filters": "filters", "kernel": "kernel_size", "stride": "strides", "dilation": "dilation_rate", "groups": "groups",
             "bias": "use_bias", "activation": "activation", "padding": "padding", "multiplier": "depth_multiplier", "output_padding": "output_padding"}
    keras_settings = {names[key]: value for key, value in settings.items()}
    padded = x
    if not isinstance(settings.get("padding", "valid"), str):
        pairs = [(p, p) if isinstance(p, int) else tuple(p) for p in
                 (settings["padding"] if isinstance(settings["padding"], list) else [settings["padding"]] * (x.ndim - 2))]
        padded = np.pad(x, [(0, 0), *pairs, (0, 0)])
        keras_settings["padding"] = "valid"
    weights, y = with_weights(make(**keras_settings), padded, r)
    about = ", ".join(f"{key} {value}" for key, value in settings.items()) + f" on {x_shape}"
    case(entry, about, [x], [y], settings, weights, symbols=symbols)


def convolutions():
    for settings in [
        dict(x_shape=(1, 5, 5, 2), filters=3, kernel=3),
        dict(x_shape=(3, 6, 5, 1), filters=4, kernel=[2, 3], padding="same", activation="relu"),
        dict(x_shape=(2, 7, 8, 3), filters=5, kernel=3, stride=2, padding="same"),
        dict(x_shape=(2, 8, 7, 3), filters=2, kernel=3, stride=[2, 3], bias=False),
        dict(x_shape=(1, 9, 9, 2), filters=3, kernel=3, dilation=2, activation="tanh"),
        dict(x_shape=(1, 8, 9, 2), filters=3, kernel=3, dilation=[1, 3], padding="same"),
        dict(x_shape=(2, 5, 5, 4), filters=6, kernel=3, groups=2, padding="same"),
        dict(x_shape=(2, 5, 5, 3), filters=6, kernel=3, groups=3),
        dict(x_shape=(2, 4, 5, 8), filters=17, kernel=1),
        dict(x_shape=(2, 4, 4, 5), filters=3, kernel=1, stride=2),
        dict(x_shape=(1, 4, 4, 2), filters=3, kernel=4),
        dict(x_shape=(1, 3, 4, 2), filters=3, kernel=5, padding="same"),
        dict(x_shape=(2, 5, 6, 2), filters=3, kernel=3, padding=1),
        dict(x_shape=(1, 5, 6, 2), filters=3, kernel=3, padding=[2, 0], stride=2),
        dict(x_shape=(1, 5, 6, 2), filters=3, kernel=[3, 4], padding=[[1, 0], [2, 3]]),
    ]:
        convolution("conv2d", kl.Conv2D, **settings)
    # Further samples between N and the layer's own axes.
    r = random_of("conv2d frames")
    x = numbers(r, 2, 3, 4, 5, 2)
    layer = kl.Conv2D(3, 2)
    weights, y = with_weights(layer, x.reshape(6, 4, 5, 2), r)
    case("conv2d", "frames as further samples", [x], [y.reshape(2, 3, *y.shape[1:])], {"filters": 3, "kernel": 2}, weights)
    for settings in [
        dict(x_shape=(1, 7, 3), filters=4, kernel=3),
        dict(x_shape=(3, 8, 2), filters=3, kernel=4, padding="same", stride=3),
        dict(x_shape=(2, 9, 2), filters=3, kernel=3, padding="causal", dilation=2),
        dict(x_shape=(2, 9, 2), filters=3, kernel=2, padding="causal", stride=2, activation="relu"),
        dict(x_shape=(2, 6, 4), filters=4, kernel=3, groups=2),
        dict(x_shape=(2, 6, 4), filters=3, kernel=3, padding="same", symbols={0: {1: "T"}}),
        dict(x_shape=(2, 7, 4), filters=3, kernel=3, stride=2, symbols={0: {1: "T"}}),
    ]:
        convolution("conv1d", kl.Conv1D, **settings)
    for settings in [
        dict(x_shape=(1, 4, 3, 5, 2), filters=3, kernel=2),
        dict(x_shape=(2, 3, 4, 3, 2), filters=2, kernel=[1, 3, 2], padding="same", stride=2, activation="relu"),
    ]:
        convolution("conv3d", kl.Conv3D, **settings)
    for settings in [
        dict(x_shape=(1, 5, 5, 3), kernel=3),
        dict(x_shape=(2, 6, 7, 2), kernel=[3, 2], padding="same", stride=2, activation="relu6"),
        dict(x_shape=(2, 5, 5, 2), kernel=3, multiplier=3),
        dict(x_shape=(1, 7, 7, 2), kernel=3, dilation=2, bias=False),
        dict(x_shape=(1, 5, 6, 17), kernel=3, padding=1),
    ]:
        convolution("depthwise_conv2d", kl.DepthwiseConv2D, **settings)
    for settings in [
        dict(x_shape=(2, 7, 3), kernel=3),
        dict(x_shape=(1, 8, 2), kernel=4, padding="same", stride=2, multiplier=2),
    ]:
        convolution("depthwise_conv1d", kl.DepthwiseConv1D, **settings)

    for settings in [
        dict(x_shape=(1, 3, 3, 2), filters=3, kernel=3),
        dict(x_shape=(2, 3, 4, 3), filters=2, kernel=2, stride=2, activation="relu"),
        dict(x_shape=(2, 4, 3, 2), filters=3, kernel=3, stride=2, padding="same"),
        dict(x_shape=(1, 3, 3, 2), filters=2, kernel=2, stride=3, bias=False),
        dict(x_shape=(1, 3, 4, 2), filters=2, kernel=[5, 2], stride=[2, 1], padding="same"),
        dict(x_shape=(1, 3, 4, 2), filters=2, kernel=3, stride=2, output_padding=1),
        dict(x_shape=(1, 3, 4, 2), filters=2, kernel=3, stride=2, padding="same", output_padding=1),
    ]:
        convolution("conv2d_transpose", kl.Conv2DTranspose, **settings)
    for settings in [
        dict(x_shape=(2, 4, 3), filters=2, kernel=3, stride=2),
        dict(x_shape=(2, 4, 3), filters=2, kernel=4, stride=2, padding="same", symbols={0: {1: "T"}}),
    ]:
        convolution("conv1d_transpose", kl.Conv1DTranspose, **settings)
    for settings in [
        dict(x_shape=(2, 5, 6, 3), filters=4, kernel=3, padding="same", activation="relu"),
        dict(x_shape=(1, 6, 6, 2), filters=3, kernel=2, stride=2, multiplier=2, bias=False),
    ]:
        convolution("separable_conv2d", kl.SeparableConv2D, **settings)
    convolution("separable_conv1d", kl.SeparableConv1D, x_shape=(2, 7, 3), filters=2, kernel=3)
    # TensorFlow has no dilated one for this processor: the same kernel with zeros between its cells.
    r = random_of("conv2d_transpose dilation")
    x, kernel, bias = numbers(r, 1, 3, 4, 2), numbers(r, 3, 3, 2, 2), numbers(r, 2)
    wide = np.zeros((5, 5, 2, 2), F32)
    wide[::2, ::2] = kernel
    case("conv2d_transpose", "dilation 2", [x], [ops.conv_transpose(x, wide) + bias], {"filters": 2, "kernel": 3, "dilation": 2}, [kernel, bias])
    convolution("conv3d_transpose", kl.Conv3DTranspose, x_shape=(1, 2, 3, 2, 2), filters=2, kernel=3, stride=2, padding="same")


def normalisations():
    r = random_of("normalisations")
    for about, shape, settings, keras_settings in [
        ("channels", (2, 3, 4, 5), {}, {}),
        ("features, another eps", (3, 7), {"eps": 1e-5}, {"epsilon": 1e-5}),
        ("no gamma", (2, 4), {"scale": False}, {"scale": False}),
        ("no beta", (2, 4), {"center": False}, {"center": False}),
        ("neither", (1, 4), {"center": False, "scale": False}, {"center": False, "scale": False}),
        ("another axis", (2, 3, 4), {"axis": 1}, {"axis": 1}),
    ]:
        x = numbers(r, *shape)
        weights, y = with_weights(kl.BatchNormalization(**keras_settings), x, r, positive_last=True)
        case("batchnorm", about, [x], [y], settings, weights)
    for about, shape, settings, keras_settings in [
        ("last axis", (2, 3, 5), {}, {}),
        ("one sample, another eps", (1, 9), {"eps": 1e-6}, {"epsilon": 1e-6}),
        ("no gamma", (2, 4), {"scale": False}, {"scale": False}),
        ("no beta", (2, 4), {"center": False}, {"center": False}),
        ("two axes", (2, 3, 4, 2), {"axis": [2, 3]}, {"axis": [2, 3]}),
        ("an axis in the middle", (2, 3, 4), {"axis": 1}, {"axis": 1}),
    ]:
        x = numbers(r, *shape)
        weights, y = with_weights(kl.LayerNormalization(**keras_settings), x, r)
        case("layernorm", about, [x], [y], settings, weights)
    far = numbers(r, 2, 8) + F32(1000)
    weights, y = with_weights(kl.LayerNormalization(), far, r)
    wide = far.astype(np.float64)
    exact = (wide - wide.mean(-1, keepdims=True)) / np.sqrt(wide.var(-1, keepdims=True) + 1e-3) * weights[0] + weights[1]
    # Keras' own float32 result is off by 1e-3 here, so this one is its formula in float64.
    case("layernorm", "far from zero", [far], [exact.astype(F32)], {}, weights)
    for about, shape, settings, keras_settings in [("last axis", (2, 3, 5), {}, {}), ("eps", (1, 6), {"eps": 0.5}, {"epsilon": 0.5})]:
        x = numbers(r, *shape)
        weights, y = with_weights(kl.RMSNormalization(**keras_settings), x, r)
        case("rmsnorm", about, [x], [y], settings, weights)
    for about, shape, settings, keras_settings in [
        ("last axis", (3, 5), {}, {}), ("an axis in the middle", (2, 3, 4), {"axis": 1}, {"axis": 1}),
        ("two axes", (2, 3, 4), {"axis": [1, 2]}, {"axis": [1, 2]})]:
        x = numbers(r, *shape)
        x[0] = 0  # a length of zero
        case("l2_normalize", about, [x], [kl.UnitNormalization(**keras_settings)(x)], settings)


def attention():
    r = random_of("attention")
    def one(about, q, k, v, settings, keras_settings=None, mask=None, symbols=None, **call):
        layer = kl.MultiHeadAttention(settings["heads"], settings["dim"], **(keras_settings or {}))
        layer.build(q.shape, v.shape, k.shape)
        weights = [numbers(r, *w.shape, low=-1, high=1) for w in layer.weights]
        layer.set_weights(weights)
        inputs = [q, k, v] + ([] if mask is None else [mask])
        y = layer(q, v, k, attention_mask=mask if mask is None or mask.ndim > 2 else mask[:, None, :], **call)
        case("attention", about, inputs, y if isinstance(y, tuple) else [y], settings, weights, symbols=symbols)
    x = numbers(r, 2, 5, 6)
    k, v = numbers(r, 2, 4, 3), numbers(r, 2, 4, 7)
    one("to itself", x, x, x, {"heads": 2, "dim": 3})
    one("to another sequence", x, k, v, {"heads": 3, "dim": 2, "value_dim": 4}, {"value_dim": 4})
    one("no bias, one sample", x[:1], x[:1], x[:1], {"heads": 2, "dim": 3, "bias": False}, {"use_bias": False})
    mask = np.array([[True, True, False, True], [True, False, False, False]])
    one("a mask of keys", x, k, v, {"heads": 2, "dim": 3}, mask=mask)
    one("a mask of pairs", x, k, v, {"heads": 2, "dim": 3}, mask=r.random((2, 5, 4)) > 0.4)
    one("a mask for each head", x, k, v, {"heads": 2, "dim": 3}, mask=r.random((2, 2, 5, 4)) > 0.4)
    one("nothing to look at", x, k, v, {"heads": 2, "dim": 3}, mask=np.array([[False] * 4, [True] * 4]))
    one("causal", x, x, x, {"heads": 2, "dim": 3, "causal": True}, use_causal_mask=True)
    one("scores", x, k, v, {"heads": 2, "dim": 3, "scores": True}, return_attention_scores=True)
    steps = {0: {1: "T"}, 1: {1: "T"}, 2: {1: "T"}}
    one("steps known only at run time", x, x, x, {"heads": 2, "dim": 3}, symbols=steps)
    one("causal, steps known only at run time", x, x, x, {"heads": 2, "dim": 3, "causal": True}, symbols=steps, use_causal_mask=True)
    one("causal, more keys than queries", x, np.concatenate([x, x], 1), np.concatenate([x, x], 1), {"heads": 2, "dim": 3, "causal": True},
        use_causal_mask=True)
    one("causal, with a mask", x, x, x, {"heads": 2, "dim": 3, "causal": True}, mask=r.random((2, 5, 5)) > 0.3, use_causal_mask=True)
    one("a mask of keys, steps known only at run time", x, x, x, {"heads": 2, "dim": 3}, mask=np.array([[True] * 5, [True, True, False, False, True]]),
        symbols={**steps, 3: {1: "T"}})
    mask = r.random((2, 2, 5, 4)) > 0.4
    mask[..., 0] = True  # asked for scores, Keras gives zeros for a row with nothing to look at, unlike without
    one("scores with a mask", x, k, v, {"heads": 2, "dim": 3, "scores": True}, mask=mask, return_attention_scores=True)
    # Frames are further samples; Keras would attend over them too, so it is given them as samples.
    layer = kl.MultiHeadAttention(2, 3)
    layer.build((6, 5, 6), (6, 5, 6))
    weights = [numbers(r, *w.shape, low=-1, high=1) for w in layer.weights]
    layer.set_weights(weights)
    frames = numbers(r, 2, 3, 5, 6)
    mask = r.random((2, 3, 5)) > 0.3
    flat = frames.reshape(6, 5, 6)
    y = np.asarray(layer(flat, flat, attention_mask=mask.reshape(6, 1, 5)))
    case("attention", "frames as further samples, with a mask of keys", [frames] * 3 + [mask], [y.reshape(2, 3, 5, 6)], {"heads": 2, "dim": 3}, weights)
    wide = x.astype(np.float64)
    layer = kl.MultiHeadAttention(2, 3, dtype="float64")
    layer.build(x.shape, x.shape)
    weights = [numbers(r, *w.shape, low=-1, high=1).astype(np.float64) for w in layer.weights]
    layer.set_weights(weights)
    case("attention", "in double precision", [wide] * 3, [layer(wide, wide)], {"heads": 2, "dim": 3}, weights)


RECURRENT_SETTINGS = {"activation": "activation", "recurrent_activation": "recurrent_activation", "bias": "use_bias",
                      "sequences": "return_sequences", "states": "return_state", "reset_after": "reset_after"}


def recurrent():
    kinds = {"lstm": kl.LSTM, "gru": kl.GRU, "rnn": kl.SimpleRNN}

    def one(entry, about, x, settings, mask=None, initial=(), symbols=None):
        """Runs Keras' layer, inside Bidirectional for direction both."""
        r = random_of(entry + about)
        direction = settings.get("direction", "forward")
        layer = kinds[entry](settings["units"], go_backwards=direction == "backward",
                             **{RECURRENT_SETTINGS[k]: v for k, v in settings.items() if k in RECURRENT_SETTINGS})
        if direction == "both":
            layer = kl.Bidirectional(layer, merge_mode=settings.get("merge", "concat"))
        layer.build(x.shape)
        weights = [numbers(r, *w.shape, low=-1, high=1) for w in layer.weights]
        layer.set_weights(weights)
        call = {}
        if mask is not None:
            call["mask"] = mask
        if initial:
            call["initial_state"] = list(initial)
        y = layer(x, **call)
        inputs = [x] + ([] if mask is None else [mask]) + list(initial)
        names = ["x"] + ([] if mask is None else ["mask"]) + ["initial"] * len(initial)
        if symbols:
            symbols = {index: {1: "T"} for index in range(1 if mask is None else 2)}
        case(entry, about, inputs, y if isinstance(y, (list, tuple)) else [y], settings, weights, symbols=symbols, names=names)

    r = random_of("recurrent")
    x = numbers(r, 3, 5, 4)
    long = numbers(r, 2, 9, 17)
    mask = np.array([[True, True, False, True, False], [False, True, True, False, False], [False] * 5])
    for entry in kinds:
        states = 2 if entry == "lstm" else 1
        start = [numbers(r, 3, 4, low=-1, high=1) for _ in range(2 * states)]
        one(entry, "the last step", x, {"units": 4})
        one(entry, "one sample", x[:1], {"units": 4, "sequences": True})
        one(entry, "wider than a vector", long, {"units": 19, "sequences": True})
        one(entry, "every step, and states", x, {"units": 4, "sequences": True, "states": True})
        one(entry, "backward", x, {"units": 4, "sequences": True, "states": True, "direction": "backward"})
        one(entry, "both", x, {"units": 4, "direction": "both", "states": True})
        one(entry, "both, every step", x, {"units": 4, "direction": "both", "sequences": True, "states": True})
        for merge in ("sum", "mul", "ave", "concat"):
            one(entry, f"merged by {merge}", x, {"units": 3, "direction": "both", "merge": merge, "sequences": True})
        one(entry, "a mask", x, {"units": 4, "states": True}, mask=mask)
        one(entry, "a mask, every step", x, {"units": 4, "sequences": True, "states": True}, mask=mask)
        one(entry, "a mask, backward", x, {"units": 4, "sequences": True, "states": True, "direction": "backward"}, mask=mask)
        one(entry, "a mask, both", x, {"units": 4, "states": True, "direction": "both"}, mask=mask)
        one(entry, "a mask, both, every step", x, {"units": 4, "sequences": True, "states": True, "direction": "both"}, mask=mask)
        one(entry, "initial states", x, {"units": 4, "states": True}, initial=start[:states])
        one(entry, "initial states and a mask", x, {"units": 4, "sequences": True, "states": True}, mask=mask, initial=start[:states])
        one(entry, "initial states and a mask, the last step", x, {"units": 4, "states": True}, mask=mask, initial=start[:states])
        one(entry, "initial states, both", x, {"units": 4, "direction": "both", "states": True, "sequences": True}, initial=start)
        one(entry, "no bias", x, {"units": 4, "bias": False})
        one(entry, "another activation", x, {"units": 4, "activation": "relu"})
        one(entry, "softmax of the state", x, {"units": 4, "activation": "softmax"})
        one(entry, "steps known only at run time", x, {"units": 4, "sequences": True, "states": True}, mask=mask, symbols=True)
        if entry != "rnn":
            one(entry, "other gates", x, {"units": 4, "recurrent_activation": "hard_sigmoid", "activation": "elu"})
    one("gru", "reset before", x, {"units": 4, "reset_after": False, "sequences": True})
    one("gru", "reset before, wider than a vector", long, {"units": 19, "reset_after": False})
    one("gru", "reset before, no bias, both, a mask", x,
        {"units": 4, "reset_after": False, "bias": False, "direction": "both", "states": True}, mask=mask)


# ---- layers without weights -----------------------------------------------------------------------------------------

def pools():
    r = random_of("pools")
    for entry, kinds in [("maxpool", (kl.MaxPooling1D, kl.MaxPooling2D, kl.MaxPooling3D)),
                         ("avgpool", (kl.AveragePooling1D, kl.AveragePooling2D, kl.AveragePooling3D))]:
        for shape, settings in [
            ((1, 4, 4, 3), {}),
            ((2, 5, 7, 2), {"window": 3, "stride": 2}),
            ((2, 5, 7, 2), {"window": 3, "stride": 2, "padding": "same"}),
            ((3, 6, 5, 1), {"window": [2, 3], "padding": "same"}),
            ((1, 5, 5, 17), {"window": 3, "stride": 1, "padding": "same"}),
            ((2, 7, 3), {"window": 3}),
            ((2, 7, 3), {"window": 2, "stride": 3, "padding": "same"}),
            ((1, 4, 5, 4, 2), {"window": 2}),
        ]:
            x = numbers(r, *shape)
            names = {"window": "pool_size", "stride": "strides", "padding": "padding"}
            keras_settings = {"pool_size": 2, **{names[key]: value for key, value in settings.items()}}
            case(entry, f"{settings} on {shape}", [x], [kinds[len(shape) - 3](**keras_settings)(x)], settings)
        x = numbers(r, 2, 3, 4, 4, 2)
        y = np.asarray(kinds[1](2)(x.reshape(6, 4, 4, 2))).reshape(2, 3, 2, 2, 2)
        case(entry, "frames as further samples", [x], [y], {"window": [2, 2]})
    x = numbers(r, 1, 4, 4, 1)
    x[0, 1, 1, 0] = np.nan
    x[0, 3, 3, 0] = -np.inf
    case("avgpool", "NaN and infinity", [x], [kl.AveragePooling2D(2)(x)], {})
    # TensorFlow's maximum drops NaN in some windows and keeps it in others, so NumPy's, which keeps it, decides.
    case("maxpool", "NaN and infinity", [x], [x.reshape(1, 2, 2, 2, 2, 1).max(axis=(2, 4))], {})
    for entry, kinds in [("global_maxpool", (kl.GlobalMaxPooling1D, kl.GlobalMaxPooling2D, kl.GlobalMaxPooling3D)),
                         ("global_avgpool", (kl.GlobalAveragePooling1D, kl.GlobalAveragePooling2D, kl.GlobalAveragePooling3D))]:
        for shape in [(2, 5, 3), (3, 4, 3, 5), (1, 2, 3, 2, 4)]:
            for keep in [False, True]:
                x = numbers(r, *shape)
                case(entry, f"keep {keep} on {shape}", [x], [kinds[len(shape) - 3](keepdims=keep)(x)], {"keep": keep})


def shapes():
    r = random_of("shapes")
    x = numbers(r, 2, 3, 4, 2)
    case("flatten", "an image", [x], [kl.Flatten()(x)], kind="elementwise")
    case("flatten", "numbers", [x[:, 0, 0, 0]], [kl.Flatten()(x[:, 0, 0, 0])], kind="elementwise")
    case("reshape", "two axes", [x], [kl.Reshape((6, 4))(x)], {"dims": [6, 4]}, kind="elementwise")
    case("reshape", "a computed axis", [x], [kl.Reshape((-1, 3))(x)], {"dims": [-1, 3]}, kind="elementwise")
    case("reshape", "one number", [x[:, :1, 0, 0]], [x[:, 0, 0, 0]], {"dims": []}, kind="elementwise")
    case("pad", "on all sides", [x], [kl.ZeroPadding2D(1)(x)], {}, kind="elementwise")
    case("pad", "by axis", [x], [kl.ZeroPadding2D((1, 2))(x)], {"padding": [1, 2]}, kind="elementwise")
    case("pad", "by side", [x], [kl.ZeroPadding2D(((1, 0), (0, 3)))(x)], {"padding": [[1, 0], [0, 3]]}, kind="elementwise")
    case("pad", "steps", [x[:, 0]], [kl.ZeroPadding1D((2, 1))(x[:, 0])], {"padding": [[2, 1]]}, kind="elementwise")
    case("pad", "with a value", [x], [np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-1.5)], {"value": -1.5}, kind="elementwise")
    case("crop", "on all sides", [x], [kl.Cropping2D((1, 1))(x)], {}, kind="elementwise")
    case("crop", "by side", [x], [kl.Cropping2D(((1, 0), (0, 2)))(x)], {"cropping": [[1, 0], [0, 2]]}, kind="elementwise")
    case("upsample", "an image", [x], [kl.UpSampling2D(2)(x)], {}, kind="elementwise")
    case("upsample", "means by distance", [x], [kl.UpSampling2D((2, 3), interpolation="bilinear")(x)], {"size": [2, 3], "interpolation": "bilinear"})
    case("upsample", "by axis", [x], [kl.UpSampling2D((3, 1))(x)], {"size": [3, 1]}, kind="elementwise")
    case("upsample", "steps known only at run time", [x[:, 0]], [kl.UpSampling1D(2)(x[:, 0])], {}, kind="elementwise", symbols={0: {1: "T"}})
    case("repeat_vector", "features", [x[:, 0, 0]], [kl.RepeatVector(3)(x[:, 0, 0])], {"count": 3}, kind="elementwise")
    case("transpose", "turned round", [x], [kl.Permute((3, 2, 1))(x)], {}, kind="elementwise")
    case("transpose", "without N", [x], [kl.Permute((2, 3, 1))(x)], {"axes": [2, 3, 1]}, kind="elementwise")
    case("transpose", "with N", [x], [kl.Permute((2, 1, 3))(x)], {"axes": [0, 2, 1, 3]}, kind="elementwise")
    for name, layer, settings in [("dropout", kl.Dropout(0.5), {"rate": 0.5}), ("spatial_dropout", kl.SpatialDropout2D(0.5), {"rate": 0.5}),
                                  ("gaussian_dropout", kl.GaussianDropout(0.5), {"rate": 0.5}), ("alpha_dropout", kl.AlphaDropout(0.5), {"rate": 0.5}),
                                  ("gaussian_noise", kl.GaussianNoise(0.5), {"stddev": 0.5})]:
        case(name, "the identity", [x], [layer(x, training=False)], settings, kind="elementwise")
    case("tap", "the identity", [x], [x], {"label": "here"}, kind="elementwise")
    parts = np.split(x, 2, axis=2)
    case("split", "an axis in the middle", [x], parts, {"parts": 2, "axis": 2}, kind="elementwise")
    case("split", "the last axis", [x], np.split(x, 2, axis=-1), {"parts": 2}, kind="elementwise")


def joins():
    r = random_of("joins")
    a, b, c = (numbers(r, 2, 3, 4) for _ in range(3))
    small = numbers(r, 2, 4)
    table = numbers(r, 3, 4)
    for name, layer in [("add", kl.Add), ("multiply", kl.Multiply), ("average", kl.Average), ("maximum", kl.Maximum), ("minimum", kl.Minimum)]:
        case(name, "two", [a, b], [layer()([a, b])], kind="elementwise")
        case(name, "three", [a, b, c], [layer()([a, b, c])], kind="elementwise")
        case(name, "axes inserted after N", [a, small], [layer()([a, small])], kind="elementwise")
        case(name, "the smaller first", [small, a], [layer()([small, a])], kind="elementwise")
        case(name, "one without N", [a, table], [layer()([a, np.broadcast_to(table, a.shape)])], shared=(1,), kind="elementwise")
    case("subtract", "two", [a, b], [kl.Subtract()([a, b])], kind="elementwise")
    case("subtract", "axes inserted after N", [small, a], [kl.Subtract()([small, a])], kind="elementwise")
    odd = a.copy()
    odd[0, 0] = [np.nan, np.inf, -np.inf, 0]
    for name, layer in [("maximum", kl.Maximum), ("minimum", kl.Minimum), ("add", kl.Add)]:
        case(name, "NaN and infinity", [odd, b], [layer()([odd, b])], kind="elementwise")
    wide = numbers(r, 2, 3, 2)
    case("concat", "the last axis", [a, wide, b], [kl.Concatenate()([a, wide, b])], kind="elementwise")
    case("concat", "another axis", [a, b], [kl.Concatenate(axis=1)([a, b])], {"axis": 1}, kind="elementwise")
    case("concat", "one without N", [a, table], [np.concatenate([a, np.broadcast_to(table, a.shape)], -1)], shared=(1,), kind="elementwise")
    case("stack", "a new last axis", [a, b], [ops.stack([a, b], axis=-1)], kind="elementwise")
    case("stack", "a new axis after N", [a, b, c], [ops.stack([a, b, c], axis=1)], {"axis": 1}, kind="elementwise")
    mask = a > 0
    case("where", "a mask", [mask, a, b], [ops.where(mask, a, b)], kind="elementwise")
    case("where", "broadcast", [mask[:, :, :1], a, table], [ops.where(mask[:, :, :1], a, table)], shared=(2,), kind="elementwise")


def reductions():
    r = random_of("reductions")
    x = numbers(r, 2, 3, 5, 4)
    for name, function in [("sum", ops.sum), ("mean", ops.mean), ("max", ops.max), ("min", ops.min), ("prod", ops.prod)]:
        case(name, "all axes", [x], [function(x, axis=(1, 2, 3))])
        case(name, "the last axis", [x], [function(x, axis=-1)], {"axis": -1})
        case(name, "kept", [x], [function(x, axis=(1, 3), keepdims=True)], {"axis": [3, 1], "keep": True})
        case(name, "steps known only at run time", [x], [function(x, axis=2)], {"axis": 2}, symbols={0: {2: "T"}})
    whole = np.round(x).astype(np.int32)
    case("sum", "whole numbers", [whole], [ops.sum(whole, axis=1)], {"axis": 1})
    odd = x[:, 0].copy()
    odd[0, 0, 0] = np.nan
    odd[1, 2, 1] = np.inf
    for name, function in [("sum", np.sum), ("max", np.max), ("min", np.min)]:
        case(name, "NaN and infinity", [odd], [function(odd, axis=1)], {"axis": 1})
    row = numbers(r, 4)
    for name, function in [("max", ops.maximum), ("min", ops.minimum)]:
        case(name, "two", [x, row], [function(x, row)], shared=(1,), kind="elementwise")
    case("clip", "both bounds", [odd], [ops.clip(odd, -0.5, 1.25)], {"low": -0.5, "high": 1.25}, kind="elementwise")
    case("clip", "whole numbers", [whole], [np.clip(whole, -1, 1)], {"low": -1, "high": 1}, kind="elementwise")
    case("cast", "to whole numbers", [x], [x.astype(np.int32)], {"dtype": "i32"}, kind="elementwise")
    case("cast", "to floats", [whole], [whole.astype(F32)], {"dtype": "f32"}, kind="elementwise")
    case("cast", "to bool", [whole], [whole.astype(bool)], {"dtype": "bool"}, kind="elementwise")


# ---- activations ----------------------------------------------------------------------------------------------------

EXTREME = np.array([[0.0, -0.0, 1e-8, -1e-8, 1e-3, -1e-3, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 20.0, -20.0, 90.0, -90.0],
                    [1e4, -1e4, 1e30, -1e30, np.inf, -np.inf, np.nan, 2.5, -2.5, 6.0, -6.0, 0.25, -0.25, 100.0, -100.0, 1.5]], F32)


def activations():
    r = random_of("activations")
    act = keras.activations
    plain = [("linear", act.linear), ("relu", act.relu), ("relu6", act.relu6), ("leaky_relu", act.leaky_relu), ("sigmoid", act.sigmoid),
             ("tanh", act.tanh), ("gelu", act.gelu), ("silu", act.silu), ("hard_sigmoid", act.hard_sigmoid), ("hard_silu", act.hard_silu),
             ("elu", act.elu), ("selu", act.selu), ("celu", act.celu), ("softplus", act.softplus), ("softsign", act.softsign),
             ("exponential", act.exponential), ("mish", act.mish), ("log_sigmoid", act.log_sigmoid), ("hard_tanh", act.hard_tanh),
             ("hard_shrink", act.hard_shrink), ("soft_shrink", act.soft_shrink), ("tanh_shrink", act.tanh_shrink),
             ("squareplus", act.squareplus), ("sparse_plus", act.sparse_plus), ("sparse_sigmoid", act.sparse_sigmoid),
             ("exp", ops.exp), ("expm1", ops.expm1), ("log", ops.log), ("log1p", ops.log1p), ("sqrt", ops.sqrt), ("rsqrt", ops.rsqrt),
             ("abs", ops.abs), ("sign", ops.sign), ("sin", ops.sin), ("cos", ops.cos), ("erf", ops.erf), ("floor", ops.floor),
             ("ceil", ops.ceil), ("round", ops.round)]
    for name, function in plain:
        x = numbers(r, 3, 12, low=-6, high=6)
        case(name, "usual numbers", [x], [function(ops.convert_to_tensor(x))], kind="elementwise")
        extreme = EXTREME
        if name in ("sin", "cos"):
            extreme = np.clip(EXTREME, -1e4, 1e4)  # beyond that TensorFlow's own reduction of the angle is poor
        y = np.asarray(function(ops.convert_to_tensor(extreme)))
        if name == "squareplus":  # below 0 Keras cancels: there its formula without cancellation, in float64
            wide = extreme.astype(np.float64)
            y = np.where(wide < 0, 2 / (np.abs(wide) + np.sqrt(wide * wide + 4)), y).astype(F32)
        for index, row in enumerate(extreme):
            case(name, f"extreme numbers {index}", [row[None]], [y[index][None]], kind="elementwise")
    x = numbers(r, 2, 16, low=-3, high=3)
    for name, settings, function in [
        ("relu", {"negative_slope": 0.25}, lambda v: act.relu(v, negative_slope=0.25)),
        ("relu", {"max_value": 1.5}, lambda v: act.relu(v, max_value=1.5)),
        ("relu", {"threshold": 0.5}, lambda v: act.relu(v, threshold=0.5)),
        ("relu", {"negative_slope": 0.25, "max_value": 2.0, "threshold": 1.0}, lambda v: act.relu(v, negative_slope=0.25, max_value=2.0, threshold=1.0)),
        ("leaky_relu", {"negative_slope": 0.0625}, lambda v: act.leaky_relu(v, negative_slope=0.0625)),
        ("gelu", {"approximate": True}, lambda v: act.gelu(v, approximate=True)),
        ("elu", {"alpha": 0.5}, lambda v: act.elu(v, alpha=0.5)),
        ("celu", {"alpha": 2.0}, lambda v: act.celu(v, alpha=2.0)),
        ("hard_shrink", {"threshold": 1.0}, lambda v: act.hard_shrink(v, threshold=1.0)),
        ("soft_shrink", {"threshold": 1.0}, lambda v: act.soft_shrink(v, threshold=1.0)),
        ("threshold", {"threshold": 0.5, "default_value": -3.0}, lambda v: act.threshold(v, 0.5, -3.0)),
        ("squareplus", {"b": 1.0}, lambda v: act.squareplus(v, b=1.0)),
        ("glu", {}, act.glu),
    ]:
        case(name, f"{settings}", [x], [function(ops.convert_to_tensor(x))], settings, kind="elementwise")
    case("threshold", "extreme numbers", [EXTREME], [act.threshold(ops.convert_to_tensor(EXTREME), 0.5, -3.0)],
         {"threshold": 0.5, "default_value": -3.0}, kind="elementwise")
    image = numbers(r, 2, 3, 4, 5)
    case("glu", "an axis in the middle", [image], [act.glu(ops.convert_to_tensor(image), axis=2)], {"axis": 2}, kind="elementwise")
    for name, function in [("softmax", act.softmax), ("log_softmax", act.log_softmax)]:
        case(name, "the last axis", [image], [function(ops.convert_to_tensor(image))])
        case(name, "an axis in the middle", [image], [function(ops.convert_to_tensor(image), axis=1)], {"axis": 1})
        case(name, "large and small", [EXTREME[:1] * 10], [function(ops.convert_to_tensor(EXTREME[:1] * 10))])
        case(name, "NaN in one sample", [EXTREME], [function(ops.convert_to_tensor(EXTREME))])
        one = numbers(r, 3, 1)
        case(name, "one number", [one], [function(ops.convert_to_tensor(one))])
    for about, x, axis in [
        ("the last axis", image, -1),
        ("an axis in the middle", image, 1),
        ("all equal", np.ones((1, 7), F32), -1),
        ("far apart", numbers(r, 2, 9, low=-200, high=200), -1),
        ("all above zero", numbers(r, 2, 40) / 64, -1),
        ("a long tail", -np.array([2.0 ** -k for k in range(60)], F32)[None], -1),
    ]:
        case("sparsemax", about, [x], [sparsemax(x, axis)], {} if axis == -1 else {"axis": axis})
    x = numbers(r, 2, 6, 3) / 2
    case("sparsemax", "steps known only at run time", [x], [sparsemax(x, 1)], {"axis": 1}, symbols={0: {1: "T"}})


def sparsemax(x, axis):
    """By sorting, as in the paper, in float64; Keras 3.15.1 sums its running sums and is wrong."""
    z = np.moveaxis(x.astype(np.float64), axis, -1)
    falling = -np.sort(-z, -1)
    running = np.cumsum(falling, -1)
    support = (1 + np.arange(1, z.shape[-1] + 1) * falling > running).sum(-1, keepdims=True)
    threshold = (np.take_along_axis(running, support - 1, -1) - 1) / support
    return np.moveaxis(np.maximum(z - threshold, 0), -1, axis).astype(F32)


# ---- patterns -------------------------------------------------------------------------------------------------------

def letters_of(pattern):
    """The pattern with a letter for each word, as np.einsum reads it."""
    letters = {}
    return "".join(letters.setdefault(part, chr(ord("a") + len(letters))) if part not in (",", "->") else part
                   for part in pattern.replace(",", " , ").split())


def patterns():
    r = random_of("einsum")
    for about, pattern, shapes, shared, symbols in [
        ("attention's scores", "n h q d, n h k d -> n h q k", [(3, 2, 4, 5), (3, 2, 3, 5)], (), {}),
        ("attention's values", "n h q k, n h k d -> n q h d", [(2, 2, 4, 3), (2, 2, 3, 5)], (), {}),
        ("a table", "n k, k s -> n s", [(5, 3), (3, 4)], (1,), {}),
        ("the table first, result turned", "s t k, n k -> n t s", [(4, 2, 3), (3, 3)], (0,), {}),
        ("nothing is summed", "n i, n j -> n j i", [(3, 4), (3, 5)], (), {}),
        ("number by number", "n i j, n j i -> n i j", [(3, 4, 5), (3, 5, 4)], (), {}),
        ("one number a sample", "n i j, n i j -> n", [(4, 3, 5), (4, 3, 5)], (), {}),
        ("axes of one tensor alone", "n i j, k m i -> n k", [(3, 4, 2), (5, 2, 4)], (1,), {}),
        ("two tables", "i k, k j -> i j", [(3, 4), (4, 5)], (0, 1), {}),
        ("a vector and every sample", "i, n j -> n i j", [(3,), (4, 2)], (0,), {}),
        ("one tensor summed and turned", "n i j k -> n k i", [(3, 4, 2, 5)], (), {}),
        ("one tensor turned", "n i j -> n j i", [(3, 4, 2)], (), {}),
        ("one tensor as it is", "n i -> n i", [(3, 4)], (), {}),
        ("three tensors", "n i, i j, n j -> n", [(3, 4), (4, 5), (3, 5)], (1,), {}),
        ("three tensors, samples in the last", "i j, j k, n k -> n i", [(4, 5), (5, 2), (3, 2)], (0, 1), {}),
        ("four tensors with axes of their own", "n a, b c, n c d, e -> n d b", [(3, 2), (4, 5), (3, 5, 2), (3,)], (1, 3), {}),
        ("steps known only at run time", "n t d, n s d -> n t s", [(2, 3, 4), (2, 5, 4)], (), {0: {1: "T"}, 1: {1: "S"}}),
    ]:
        values = [numbers(r, *shape) for shape in shapes]
        y = np.einsum(letters_of(pattern), *[value.astype(np.float64) for value in values]).astype(F32)
        case("einsum", about, values, [y], {"pattern": pattern}, shared=shared, symbols=symbols)
    a, b = r.integers(-9, 10, size=(3, 4)).astype(np.int32), r.integers(-9, 10, size=(4, 5)).astype(np.int32)
    case("einsum", "whole numbers", [a, b], [np.einsum("nk,kj->nj", a, b)], {"pattern": "n k, k j -> n j"}, shared=(1,))

    r = random_of("rearrange")
    x = numbers(r, 3, 12, 5)
    case("rearrange", "an axis split", [x], [x.reshape(3, 4, 3, 5)], {"pattern": "n (h w) c -> n h w c", "h": 4}, kind="elementwise")
    case("rearrange", "split, turned and merged", [x], [x.reshape(3, 4, 3, 5).transpose(0, 2, 3, 1).reshape(3, 3, 20)],
         {"pattern": "n (h w) c -> n w (c h)", "w": 3}, kind="elementwise")
    case("rearrange", "axes turned", [x], [x.transpose(0, 2, 1)], {"pattern": "n a b -> n b a"}, kind="elementwise")
    case("rearrange", "axes of one element", [x], [x.reshape(3, 12, 1, 1, 5)], {"pattern": "n a b -> n a 1 () b"}, kind="elementwise")
    image = numbers(r, 2, 4, 6, 3)
    patches = image.reshape(2, 2, 2, 2, 3, 3).transpose(0, 1, 3, 2, 4, 5).reshape(2, 4, 18)
    case("rearrange", "patches of an image", [image], [patches],
         {"pattern": "n (h a) (w b) c -> n (h w) (a b c)", "a": 2, "b": 3}, kind="elementwise")
    shuffled = image.reshape(2, 4, 6, 1, 3).transpose(0, 1, 2, 4, 3).reshape(2, 4, 6, 3)
    case("rearrange", "a group of one", [image], [shuffled], {"pattern": "n h w (g c) -> n h w (c g)", "g": 1}, kind="elementwise")
    case("rearrange", "all in one axis, turned", [image], [image.transpose(0, 3, 2, 1).reshape(2, 72)],
         {"pattern": "n h w c -> n (c w h)"}, kind="elementwise")
    table = r.integers(0, 100, size=(6, 4)).astype(np.int32)
    case("rearrange", "whole numbers without samples", [table], [table.reshape(2, 3, 4).transpose(2, 0, 1)],
         {"pattern": "(a b) c -> c a b", "a": 2}, shared=(0,), kind="elementwise")
    case("rearrange", "steps known only at run time", [x], [x.transpose(0, 2, 1)], {"pattern": "n t c -> n c t"},
         symbols={0: {1: "T"}}, kind="elementwise")


def write(*makers):
    """Runs the functions that make cases, and writes a file for each entry that they gave cases to."""
    DATA.mkdir(parents=True, exist_ok=True)
    for make in makers:
        make()
    total = 0
    for entry, entry_cases in sorted(cases.items()):
        text = json.dumps({"entry": entry, "cases": entry_cases}, separators=(",", ":")).replace('{"about"', '\n{"about"') + "\n"
        total += len(text)
        (DATA / f"{entry}.json").write_text(text)
    print(f"{len(cases)} entries, {sum(len(c) for c in cases.values())} cases, {total} bytes")


if __name__ == "__main__":
    write(dense, convolutions, normalisations, attention, recurrent, pools, shapes, joins, reductions, activations, patterns)
