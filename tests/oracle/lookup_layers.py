"""Writes the cases of layers that look up, choose, resize and prepare: see layers.py, with which it shares its words.

Run from the root of the repository with a Python that has keras 3 and tensorflow:  python tests/oracle/lookup_layers.py
"""
import keras
import numpy as np
from keras import layers as kl
from keras import ops

from layers import F32, case, numbers, random_of, with_weights, write


def lookups():
    r = random_of("lookups")
    for about, shape, dtype, symbols in [("ids of two axes", (3, 5), np.int32, None), ("one id a sample", (4,), np.int64, None),
                                         ("small ids", (2, 3, 2), np.uint8, None), ("steps known only at run time", (2, 6), np.int32, {0: {1: "T"}})]:
        ids = r.integers(0, 7, size=shape).astype(dtype)
        layer = kl.Embedding(7, 5)
        layer.build(None)
        table = numbers(r, 7, 5)
        layer.set_weights([table])
        case("embedding", about, [ids], [layer(ids)], {"vocabulary": 7, "size": 5}, [table], symbols=symbols, kind="elementwise")
    table = numbers(r, 6, 3)
    ids = r.integers(0, 6, size=(2, 4)).astype(np.int32)
    case("take", "rows of a table", [table, ids], [ops.take(table, ids, axis=0)], shared=(0,), kind="elementwise")
    case("take", "rows of a table of whole numbers", [(table * 64).astype(np.int32), ids.astype(np.int8)],
         [np.take((table * 64).astype(np.int32), ids, axis=0)], shared=(0,), kind="elementwise")
    case("take", "numbers of a list", [table[:, 0], ids], [ops.take(table[:, 0], ids, axis=0)], shared=(0,), kind="elementwise")
    x = numbers(r, 2, 5, 3)
    fixed = np.array([4, 0, 0, 2], np.int32)
    case("take", "the same steps of every sample", [x, fixed], [ops.take(x, fixed, axis=1)], shared=(1,), kind="elementwise")
    case("take", "the same features of every sample", [x, fixed[1:]], [ops.take(x, fixed[1:], axis=-1)], {"axis": -1}, shared=(1,), kind="elementwise")
    case("take", "one step of every sample", [x, fixed[0]], [ops.take(x, fixed[0], axis=1)], {"axis": 1}, shared=(1,), kind="elementwise")
    own = r.integers(0, 5, size=(2, 2)).astype(np.int32)
    case("take", "steps of each sample's own", [x, own], [np.stack([np.take(a, i, axis=0) for a, i in zip(x, own)])], kind="elementwise")
    own = r.integers(0, 3, size=(2, 4)).astype(np.int32)
    case("take", "features of each sample's own", [x, own], [np.stack([np.take(a, i, axis=1) for a, i in zip(x, own)])], {"axis": 2}, kind="elementwise")
    x_steps, own = numbers(r, 2, 5, 3), r.integers(0, 5, size=(2,)).astype(np.int32)
    case("take", "one step of each sample's own, steps known only at run time", [x_steps, own],
         [np.stack([a[i] for a, i in zip(x_steps, own)])], symbols={0: {1: "T"}}, kind="elementwise")


def choices():
    r = random_of("choices")
    ids = np.array([[0, 3, 1], [2, -1, 4]], np.int32)
    case("onehot", "ids of two axes, two of them no class", [ids], [ops.one_hot(ids, 4)], {"classes": 4}, kind="elementwise")
    small = np.array([3, 255, 0], np.uint8)
    case("onehot", "more classes than the ids can name", [small], [ops.one_hot(small.astype(np.int32), 300)], {"classes": 300}, kind="elementwise")
    case("onehot", "as bool", [small], [np.arange(5) == small[:, None]], {"classes": 5, "dtype": "bool"}, kind="elementwise")
    x = np.round(numbers(r, 3, 4, 9) * 2) / 2  # with equals
    odd = x.copy()
    odd[0, 0, [3, 5]] = np.nan
    odd[1, 1] = -np.inf
    odd[2, 2] = np.inf
    whole = (x * 2).astype(np.int32)
    for entry, function in [("argmax", np.argmax), ("argmin", np.argmin)]:
        def result(value, axis, keep=False):
            return function(value, axis=axis, keepdims=keep).astype(np.int32)
        case(entry, "the last axis", [x], [result(x, -1)], kind="elementwise")
        case(entry, "an axis in the middle, kept", [x], [result(x, 1, True)], {"axis": 1, "keep": True}, kind="elementwise")
        case(entry, "NaN and infinity", [odd], [result(odd, -1)], kind="elementwise")
        case(entry, "whole numbers", [whole], [result(whole, 2)], {"axis": 2}, kind="elementwise")
        case(entry, "steps known only at run time", [x], [result(x, 1)], {"axis": 1}, symbols={0: {1: "T"}}, kind="elementwise")


def groups():
    r = random_of("groups")
    for about, shape, settings, keras_settings in [
        ("an image", (2, 3, 4, 6), {"groups": 3}, {"groups": 3}),
        ("features, no gamma", (3, 8), {"groups": 2, "scale": False}, {"groups": 2, "scale": False}),
        ("a group for each channel, no beta", (2, 5, 3), {"groups": -1, "center": False}, {"groups": -1, "center": False}),
        ("one group, another eps", (2, 5, 4), {"groups": 1, "eps": 0.25}, {"groups": 1, "epsilon": 0.25}),
        ("another axis", (2, 4, 5, 3), {"groups": 2, "axis": 1}, {"groups": 2, "axis": 1}),
    ]:
        x = numbers(r, *shape)
        weights, y = with_weights(kl.GroupNormalization(**keras_settings), x, r)
        case("groupnorm", about, [x], [y], settings, weights)
    x = numbers(r, 2, 7, 4)
    weights, y = with_weights(kl.GroupNormalization(2), x, r)
    case("groupnorm", "steps known only at run time", [x], [y], {"groups": 2}, weights, symbols={0: {1: "T"}})


def preparing():
    r = random_of("preparing")
    x = numbers(r, 2, 3, 4)
    case("rescaling", "a factor", [x], [kl.Rescaling(1 / 255)(x)], {"scale": 1 / 255}, kind="elementwise")
    case("rescaling", "a factor and an offset", [x], [kl.Rescaling(2.5, -1)(x)], {"scale": 2.5, "offset": -1}, kind="elementwise")
    for about, settings, axis, size in [("features", {}, -1, 4), ("another axis", {"axis": 1}, 1, 3), ("the other way round", {"invert": True}, -1, 4)]:
        mean, variance = numbers(r, size), np.abs(numbers(r, size))
        variance[0] = 0  # the divisor is at least 1e-7
        layer = kl.Normalization(axis=axis, mean=mean, variance=variance, invert=settings.get("invert", False))
        case("normalization", about, [x], [layer(x)], settings, [mean, variance], kind="elementwise")
    case("identity", "the identity", [x], [kl.Identity()(x)], kind="elementwise")
    case("stop_gradient", "the identity", [x], [keras.ops.stop_gradient(x)], kind="elementwise")
    case("activation", "a function", [x], [kl.Activation("tanh")(x)], {"activation": "tanh"}, kind="elementwise")
    for about, settings, keras_settings in [("a slope for each place", {}, {}), ("one slope for all steps", {"shared_axes": 1}, {"shared_axes": [1]})]:
        odd = x.copy()
        odd[0, 0, :3] = [np.nan, np.inf, -np.inf]
        weights, y = with_weights(kl.PReLU(**keras_settings), odd, r)
        case("prelu", about, [odd], [y], settings, weights, kind="elementwise")


def sizes():
    r = random_of("sizes")
    image = numbers(r, 2, 4, 5, 3)
    for about, size, interpolation in [("larger", (7, 9), "bilinear"), ("smaller", (3, 2), "bilinear"), ("one axis only", (4, 10), "bilinear"),
                                       ("larger", (7, 9), "nearest"), ("smaller", (3, 2), "nearest"), ("to one cell", (1, 1), "bilinear")]:
        y = kl.Resizing(*size, interpolation=interpolation)(image)
        settings = {"size": list(size)} if interpolation == "bilinear" else {"size": list(size), "interpolation": interpolation}
        case("resize", f"{about}, {interpolation}", [image], [y], settings)
    steps = image[:, :, 0]
    case("resize", "a sequence", [steps], [np.asarray(kl.Resizing(9, 1)(steps[:, :, None]))[:, :, 0]], {"size": 9})
    case("resize", "a volume", [image[:, None]], [np.asarray(kl.Resizing(3, 4)(image))[:, None]], {"size": [1, 3, 4]})


def shared_heads():
    r = random_of("shared heads")
    x, k, v = numbers(r, 2, 5, 6), numbers(r, 2, 4, 3), numbers(r, 2, 4, 7)
    def one(about, q, k, v, settings, keras_settings=None, mask=None, symbols=None, **call):
        layer = kl.GroupQueryAttention(settings["dim"], settings["heads"], settings["kv_heads"], **(keras_settings or {}))
        layer.build(q.shape, v.shape, k.shape)
        weights = [numbers(r, *w.shape, low=-1, high=1) for w in layer.weights]
        layer.set_weights(weights)
        y = layer(q, v, k, attention_mask=mask, **call)
        case("group_query_attention", about, [q, k, v] + ([] if mask is None else [mask]), [y], settings, weights, symbols=symbols)
    one("to itself", x, x, x, {"heads": 4, "kv_heads": 2, "dim": 3})
    one("to another sequence, no bias", x, k, v, {"heads": 6, "kv_heads": 2, "dim": 2, "bias": False}, {"use_bias": False})
    one("one head for all, causal", x, x, x, {"heads": 3, "kv_heads": 1, "dim": 2, "causal": True}, use_causal_mask=True)
    mask = r.random((2, 5, 4)) > 0.4
    mask[..., 0] = True
    one("a mask of pairs", x, k, v, {"heads": 4, "kv_heads": 2, "dim": 3}, mask=mask)
    one("steps known only at run time", x, x, x, {"heads": 4, "kv_heads": 2, "dim": 3}, symbols={0: {1: "T"}, 1: {1: "T"}, 2: {1: "T"}})


def categories():
    r = random_of("categories")
    ids = r.integers(0, 6, size=(3, 4)).astype(np.int32)
    ids[0, 1] = ids[0, 0]
    case("category_encoding", "which", [ids], [kl.CategoryEncoding(6, output_mode="multi_hot")(ids)], {"classes": 6}, kind="elementwise")
    case("category_encoding", "how often", [ids], [kl.CategoryEncoding(6, output_mode="count")(ids)], {"classes": 6, "mode": "count"}, kind="elementwise")
    case("category_encoding", "steps known only at run time", [ids], [kl.CategoryEncoding(6, output_mode="count")(ids)],
         {"classes": 6, "mode": "count"}, symbols={0: {1: "T"}}, kind="elementwise")
    image = numbers(r, 2, 5, 6, 2)
    case("center_crop", "an image", [image], [kl.CenterCrop(2, 3)(image)], {"size": [2, 3]}, kind="elementwise")
    case("center_crop", "one axis whole", [image], [kl.CenterCrop(5, 2)(image)], {"size": [5, 2]}, kind="elementwise")


if __name__ == "__main__":
    write(lookups, choices, groups, preparing, sizes, shared_heads, categories)
