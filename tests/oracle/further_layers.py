"""Writes the cases of products, masks, vocabularies and random changes of images: see layers.py, with which it shares its words.

Run from the root of the repository with a Python that has keras 3 and tensorflow:  python tests/oracle/further_layers.py
"""
import keras
import numpy as np
from keras import layers as kl

from layers import F32, case, numbers, random_of, with_weights, write


def dots():
    r = random_of("dot")
    for about, a, b, axes, normalize in [
        ("two rows", (3, 5), (3, 5), 1, False),
        ("the cosine of two rows", (3, 5), (3, 5), 1, True),
        ("a row and steps", (2, 4), (2, 3, 4), [1, 2], False),
        ("steps and steps", (2, 5, 4), (2, 3, 4), 2, False),
        ("axes of both", (2, 4, 5), (2, 3, 4), [1, 2], True),
        ("axes from the end", (2, 4, 5), (2, 5, 3), [-1, 1], False),
        ("maps", (2, 3, 4, 5), (2, 6, 5), [3, 2], False),
    ]:
        x, y = numbers(r, *a), numbers(r, *b)
        settings = {"axes": axes, **({"normalize": True} if normalize else {})}
        case("dot", about, [x, y], [kl.Dot(axes=axes if isinstance(axes, int) else tuple(axes), normalize=normalize)([x, y])], settings)


def looking():
    r = random_of("dot_attention")
    names = ["q", "k", "v"]
    for about, settings, keras_settings, mask in [
        ("plain", {}, {}, False),
        ("scaled", {"scale": True}, {"use_scale": True}, False),
        ("added", {"score": "concat"}, {"score_mode": "concat"}, False),
        ("added and scaled", {"score": "concat", "scale": True}, {"score_mode": "concat", "use_scale": True}, False),
        ("a mask", {}, {}, True),
    ]:
        q, k, v = numbers(r, 2, 4, 3), numbers(r, 2, 5, 3), numbers(r, 2, 5, 2)
        flags = r.integers(0, 2, (2, 5)).astype(bool)
        flags[:, 0] = True
        layer = kl.Attention(**keras_settings)
        layer.build([q.shape, v.shape, k.shape])
        weights = [numbers(r) + F32(1) for _ in layer.weights]
        layer.set_weights(weights)
        inputs = [q, k, v] + ([flags] if mask else [])
        y = layer([q, v, k], mask=[None, keras.ops.convert_to_tensor(flags)] if mask else None)
        case("dot_attention", about, inputs, [y], settings, weights, names=names + (["mask"] if mask else []))
    q, v = numbers(r, 2, 4, 3), numbers(r, 2, 4, 3)
    y, parts = kl.Attention()([q, v], use_causal_mask=True, return_attention_scores=True)
    case("dot_attention", "causal, with scores", [q, v, v], [y, parts], {"causal": True, "scores": True}, names=names)
    case("dot_attention", "steps known only at run time", [q, v, v], [kl.Attention()([q, v])], {}, names=names,
         symbols={0: {1: "T"}, 1: {1: "T"}, 2: {1: "T"}})


def masks():
    r = random_of("masking")
    x = numbers(r, 3, 4, 2)
    x[0, 1] = 0
    x[1, 3] = 0
    x[2, 0] = [0, 1]
    x[2, 1] = np.nan
    layer = kl.Masking()
    case("masking", "zeros, with the mask", [x], [layer(x), layer.compute_mask(x)], {"mask": True}, kind="elementwise")
    x[0, 2] = -1.5
    case("masking", "another value", [x], [kl.Masking(-1.5)(x)], {"value": -1.5}, kind="elementwise")


def vocabularies():
    r = random_of("integer_lookup")
    words = [12, 36, 1138, 42, -7]
    ids = np.array([[12, 1138, 42], [42, 7, 36], [-7, 0, 12]])
    for about, dtype, settings, keras_settings in [
        ("unknown ones are 0", np.int32, {}, {}),
        ("wide numbers", np.int64, {}, {}),
        ("a number for nothing", np.int32, {"mask": 0}, {"mask_token": 0}),
    ]:
        layer = kl.IntegerLookup(vocabulary=words, **keras_settings)
        case("integer_lookup", about, [ids.astype(dtype)], [np.asarray(layer(ids)).astype(np.int32)], {"vocabulary": words, **settings})
    r = random_of("discretization")
    bounds = [-1.0, 0.1, 0.5, 2.0]
    edges = np.array([[-1, 0.1, 0.5, 2], [-1.0000001, 0.09999999, 0.49999997, 1.9999999], [-5, 5, np.inf, -np.inf], [np.nan, -0.0, 0, 1]], F32)
    layer = kl.Discretization(bin_boundaries=bounds)
    case("discretization", "on and beside the boundaries", [edges], [np.asarray(layer(edges)).astype(np.int32)], {"boundaries": bounds})
    x = numbers(r, 3, 4, 2)
    case("discretization", "further axes", [x], [np.asarray(layer(x)).astype(np.int32)], {"boundaries": bounds})
    whole = r.integers(-3, 4, (3, 5)).astype(np.int32)
    layer = kl.Discretization(bin_boundaries=[0.0, 1.5, 2.0], dtype="int32")
    case("discretization", "whole numbers", [whole], [np.asarray(layer(whole)).astype(np.int32)], {"boundaries": [0, 1.5, 2]})


def products():
    r = random_of("einsum_dense")
    for about, shape, equation, output_shape, bias_axes, pattern, settings in [
        ("a dense layer", (3, 4), "ab,bc->ac", 5, "c", "n i, i o -> n o", {"o": 5, "bias": "o"}),
        ("heads", (2, 3, 4), "abc,cde->abde", (None, 2, 5), "de", "n t i, i h d -> n t h d", {"h": 2, "d": 5, "bias": "h d"}),
        ("a bias in the middle", (2, 3, 4), "abc,cde->abde", (None, 2, 5), "d", "n t i, i h d -> n t h d", {"h": 2, "d": 5, "bias": "h"}),
        ("no bias, an activation", (2, 3, 4), "abc,cd->abd", (None, 6), None, "n t i, i o -> n t o", {"o": 6, "activation": "tanh"}),
        ("steps mixed", (2, 3, 4), "abc,bd->adc", (5, 4), None, "n t i, t s -> n s i", {"s": 5}),
    ]:
        x = numbers(r, *shape)
        layer = kl.EinsumDense(equation, output_shape, bias_axes=bias_axes, activation=settings.get("activation"))
        weights, y = with_weights(layer, x, r)
        case("einsum_dense", about, [x], [y], {"pattern": pattern, **settings}, weights)


RANDOM_LAYERS = {
    "random_flip": (kl.RandomFlip, (), {}), "random_rotation": (kl.RandomRotation, (0.25,), {"factor": 0.25}),
    "random_zoom": (kl.RandomZoom, (0.5,), {"height_factor": 0.5}),
    "random_translation": (kl.RandomTranslation, (0.5, 0.5), {"height_factor": 0.5, "width_factor": 0.5}),
    "random_shear": (kl.RandomShear, (0.5, 0.5), {"x_factor": 0.5, "y_factor": 0.5}),
    "random_perspective": (kl.RandomPerspective, (), {}), "random_elastic_transform": (kl.RandomElasticTransform, (), {}),
    "random_erasing": (kl.RandomErasing, (), {}), "random_brightness": (kl.RandomBrightness, (0.5,), {"factor": 0.5}),
    "random_contrast": (kl.RandomContrast, (0.5,), {"factor": 0.5}), "random_hue": (kl.RandomHue, (0.5,), {"factor": 0.5}),
    "random_saturation": (kl.RandomSaturation, (0.5,), {"factor": 0.5}), "random_sharpness": (kl.RandomSharpness, (0.5,), {"factor": 0.5}),
    "random_color_jitter": (kl.RandomColorJitter, (), {}),
    "random_color_degeneration": (kl.RandomColorDegeneration, (0.5,), {"factor": 0.5}),
    "random_gaussian_blur": (kl.RandomGaussianBlur, (), {}), "random_grayscale": (kl.RandomGrayscale, (), {}),
    "random_invert": (kl.RandomInvert, (), {}), "random_posterization": (kl.RandomPosterization, (4,), {"factor": 4}),
    "rand_augment": (kl.RandAugment, (), {}), "aug_mix": (kl.AugMix, (), {}), "cut_mix": (kl.CutMix, (), {}), "mix_up": (kl.MixUp, (), {}),
}


def random_changes():
    image = random_of("random_flip").integers(0, 256, (2, 4, 5, 3)).astype(F32)
    for entry, (make, arguments, settings) in RANDOM_LAYERS.items():
        case(entry, "the forward pass", [image], [np.asarray(make(*arguments)(image, training=False))], settings, kind="elementwise")


if __name__ == "__main__":
    write(dots, looking, masks, vocabularies, products, random_changes)
