"""Writes tests/numbers/samples/data/<sample>.json: what Keras makes of the samples of the language and of examples/models, with the weights of `--weights random:1`.

Run from the root of the repository with a Python that has keras 3 and tensorflow:  python tests/oracle/samples.py [sample …]
Weights and inputs come from one generator that both sides have (random_weights.py), so only outputs are kept, and of large ones a part.
Each layer has the name that the sample gives it, so that its Keras path is its kdl path with `/` for `.`.
"""
import json
import os
import pathlib
import re
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import keras
import numpy as np
from keras import layers as kl
from keras import ops

from random_weights import Generator, weight

DATA = pathlib.Path(__file__).resolve().parent.parent / "numbers" / "samples" / "data"
KEPT = 48  # numbers kept of an output, spread over it

INITIALIZERS = {
    "kernel": "glorot_uniform", "bias": "zeros", "beta": "zeros", "moving_mean": "zeros", "gamma": "ones",
    "gain": "ones", "moving_variance": "ones", "embeddings": "uniform", "recurrent_kernel": "orthogonal", "positions": ("normal", 0.02),
    "table": ("normal", 0.02), "place.table": "glorot_uniform",
}


def kdl_path(keras_path):
    path = re.sub(r"(forward|backward)_\w+/\w+_cell", r"\1", keras_path)
    path = re.sub(r"/(lstm|gru|simple_rnn)_cell/", "/", path)
    return path.replace("//", "/").replace("/", ".").removeprefix("holder.")


def initializer(path, limits):
    for ending, limit in limits.items():
        if path.endswith(ending):
            return "uniform", limit
    return INITIALIZERS.get(path) or INITIALIZERS[path.split(".")[-1]]


def fill(model, seed, limits):
    for variable in model.weights:
        path = kdl_path(variable.path)
        variable.assign(weight(path, variable.shape, initializer(path, limits), seed))


class Weights(kl.Layer):
    """A layer of nothing but weights: name → shape. Its own name begins with `holder`, which is no part of a path."""

    def __init__(self, shapes, **settings):
        super().__init__(**settings)
        self.held = [self.add_weight(shape=shape, name=name) for name, shape in shapes.items()]

    def call(self, x):
        return [ops.convert_to_tensor(held) for held in self.held]


def chain(x, *stages):
    for stage in stages:
        x = stage(x)
    return x


def conv(filters, kernel, name, activation=None, **settings):
    return kl.Conv2D(filters, kernel, activation=activation, name=name, **settings)


# ---- the samples, in the order and words of the language ----------------------------------------------------------------

def mlp():
    x = keras.Input((4,), name="features")
    probs = chain(x, kl.Dense(16, "relu", name="hidden1"), kl.Dense(16, "relu", name="hidden2"), kl.Dense(3, "softmax", name="scores"))
    return keras.Model(x, {"probs": probs})


def lenet():
    x = keras.Input((28, 28, 1), name="image")
    probs = chain(
        x, conv(6, 5, "conv1", "tanh", padding="same"), kl.AveragePooling2D(2), conv(16, 5, "conv2", "tanh"), kl.AveragePooling2D(2),
        kl.Flatten(), kl.Dense(120, "tanh", name="fc1"), kl.Dense(84, "tanh", name="fc2"), kl.Dense(10, "softmax", name="fc3"))
    return keras.Model(x, {"probs": probs})


def resnet50():
    eps = 1.001e-5

    def bottleneck(x, path, filters, stride, project):
        def normed(x, filters, kernel, number, **settings):
            x = conv(filters, kernel, f"{path}.conv{number}", **settings)(x)
            return kl.BatchNormalization(epsilon=eps, name=f"{path}.bn{number}")(x)

        shortcut = normed(x, 4 * filters, 1, 0, strides=stride) if project else x
        y = ops.relu(normed(x, filters, 1, 1, strides=stride))
        y = ops.relu(normed(y, filters, 3, 2, padding="same"))
        return ops.relu(shortcut + normed(y, 4 * filters, 1, 3))

    image = keras.Input((224, 224, 3), name="image")
    x = chain(image, kl.ZeroPadding2D(3), conv(64, 7, "conv1", strides=2), kl.BatchNormalization(epsilon=eps, name="bn1"), kl.ReLU(),
              kl.ZeroPadding2D(1), kl.MaxPooling2D(3, strides=2))
    for stage, filters, count, stride in [(2, 64, 3, 1), (3, 128, 4, 2), (4, 256, 6, 2), (5, 512, 3, 2)]:
        for i in range(count):
            x = bottleneck(x, f"stage{stage}.unit.{i}", filters, stride if i == 0 else 1, i == 0)
    probs = chain(x, kl.GlobalAveragePooling2D(), kl.Dense(1000, "softmax", name="predictions"))
    return keras.Model(image, {"probs": probs})


def conv_bn(x, path, filters, kernel, activation=None, stride=1):
    x = conv(filters, kernel, f"{path}.conv", strides=stride, padding="same", use_bias=False)(x)
    x = kl.BatchNormalization(name=f"{path}.bn")(x)
    return activation(x) if activation else x


def mobilenetv2():
    image = keras.Input((224, 224, 3), name="image")
    x = conv_bn(image, "stem", 32, 3, ops.relu6, 2)
    groups = [(16, 1, 1, 1), (24, 2, 2, 6), (32, 3, 2, 6), (64, 4, 2, 6), (96, 3, 1, 6), (160, 3, 2, 6), (320, 1, 1, 6)]
    for number, (filters, count, first_stride, expand) in enumerate(groups, 1):
        for i in range(count):
            path, stride, channels = f"g{number}.unit.{i}", first_stride if i == 0 else 1, x.shape[-1]
            y = x if expand == 1 else conv_bn(x, f"{path}.expand", expand * channels, 1, ops.relu6)
            y = kl.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=f"{path}.depthwise")(y)
            y = ops.relu6(kl.BatchNormalization(name=f"{path}.depthwise_bn")(y))
            y = conv_bn(y, f"{path}.project", filters, 1)
            x = x + y if stride == 1 and channels == filters else y
    x = conv_bn(x, "head", 1280, 1, ops.relu6)
    probs = chain(x, kl.GlobalAveragePooling2D(), kl.Dense(1000, "softmax", name="predictions"))
    return keras.Model(image, {"probs": probs})


def unet():
    def double_conv(x, path, filters):
        return chain(x, conv(filters, 3, f"{path}.conv1", "relu", padding="same"), conv(filters, 3, f"{path}.conv2", "relu", padding="same"))

    image = keras.Input((256, 256, 1), name="slice")
    x, skips = image, []
    for level in range(1, 5):
        x = double_conv(x, f"down{level}", 64 << (level - 1))
        skips.append(x)
        x = kl.MaxPooling2D(2)(x)
    x = double_conv(x, "bottom", 1024)
    for level in range(4, 0, -1):
        filters = 64 << (level - 1)
        x = kl.Conv2DTranspose(filters, 2, strides=2, name=f"up{level}.grow")(x)
        x = double_conv(ops.concatenate([x, skips[level - 1]], axis=-1), f"up{level}.conv", filters)
    return keras.Model(image, {"mask": conv(1, 1, "pixels", "sigmoid")(x)})


def autoencoder():
    image = keras.Input((28, 28, 1), name="image")
    latent = chain(image, conv(16, 3, "enc1", "relu", strides=2, padding="same"), conv(32, 3, "enc2", "relu", strides=2, padding="same"),
                   kl.Flatten(), kl.Dense(32, name="to_code"))
    restored = chain(latent, kl.Dense(7 * 7 * 32, "relu", name="from_code"), kl.Reshape((7, 7, 32)),
                     kl.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu", name="dec1"),
                     kl.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid", name="dec2"))
    return keras.Model(image, {"latent": latent, "restored": restored})


def bilstm_text():
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    known = ops.not_equal(tokens, 0)
    x = kl.Embedding(20000, 128, name="words")(tokens)
    x = kl.Bidirectional(kl.LSTM(64, return_sequences=True, name="lstm"), name="reader1")(x, mask=known)
    x = kl.Bidirectional(kl.LSTM(64, name="lstm"), name="reader2")(x, mask=known)
    return keras.Model(tokens, {"friendly": kl.Dense(1, "sigmoid", name="verdict")(x)})


def gru_forecast():
    mean, scale = np.float32([412.5, 11.3, 0.29]), np.float32([96.1, 7.9, 0.45])
    history = keras.Input((168, 3), name="history")
    scaled = (history - mean) / scale
    change = chain(scaled, kl.GRU(64, return_sequences=True, name="memory1"), kl.GRU(64, name="memory2"), kl.Dense(24, name="readout"))
    return keras.Model(history, {"load": (scaled[:, -1, 0:1] + change) * scale[0] + mean[0]})


def transformer():
    width, heads = 256, 8
    tokens = keras.Input((13,), dtype="int32", name="tokens")
    known = ops.not_equal(tokens, 0)
    positions = Weights({"positions": (512, width)}, name="holder")(tokens)[0]
    x = kl.Embedding(30000, width, name="words")(tokens) + ops.split(positions, [13], axis=0)[0]
    for turn in range(4):
        path = f"encoder.{turn}"
        look = kl.MultiHeadAttention(heads, width // heads, name=f"{path}.attention")(x, x, x, attention_mask=known[:, None, :])
        a = kl.LayerNormalization(name=f"{path}.norm1")(x + look)
        wide = kl.Dense(4 * width, lambda x: ops.gelu(x, approximate=False), name=f"{path}.wide")(a)
        x = kl.LayerNormalization(name=f"{path}.norm2")(a + kl.Dense(width, name=f"{path}.narrow")(wide))
    return keras.Model(tokens, {"probs": kl.Dense(20, "softmax", name="topic")(x[:, 0])})


def siamese():
    left, right = keras.Input((105, 105, 1), name="left"), keras.Input((105, 105, 1), name="right")
    stages = [conv(32, 7, "encoder.conv1", "relu"), kl.MaxPooling2D(2), conv(64, 5, "encoder.conv2", "relu"), kl.MaxPooling2D(2), kl.Flatten(),
              kl.Dense(128, name="encoder.embed"), kl.UnitNormalization()]
    a, b = chain(left, *stages), chain(right, *stages)
    return keras.Model([left, right], {"distance": ops.sqrt(ops.sum(ops.square(a - b), axis=-1) + 1e-9)})


def multitask():
    photo, speed = keras.Input((96, 96, 3), name="photo"), keras.Input((1,), name="speed")
    trunk = kl.MaxPooling2D(2)(conv_bn(photo, "conv1", 32, 3, ops.relu))
    trunk = kl.MaxPooling2D(2)(conv_bn(trunk, "conv2", 64, 3, ops.relu))
    trunk = kl.GlobalAveragePooling2D()(conv_bn(trunk, "conv3", 128, 3, ops.relu, 2))
    motion = kl.Dense(16, "relu", name="motion")(speed / 130)
    joined = kl.Dense(128, "relu", name="joint")(ops.concatenate([trunk, motion], axis=-1))
    return keras.Model([photo, speed], {
        "kind": kl.Dense(43, "softmax", name="kind_head")(joined),
        "box": kl.Dense(4, "sigmoid", name="box_head")(joined),
        "sure": kl.Dense(1, "sigmoid", name="sure_head")(joined),
    })


def custom():
    def mish(x):
        return x * ops.tanh(ops.log(1 + ops.exp(x)))

    def squeeze_excite(x, path, ratio):
        channels = x.shape[-1]
        gate = chain(x, kl.GlobalAveragePooling2D(), kl.Dense(channels // ratio, mish, name=f"{path}.down"),
                     kl.Dense(channels, "sigmoid", name=f"{path}.up"))
        return x * ops.reshape(gate, (-1, 1, 1, channels))

    photo, place = keras.Input((32, 32, 3), name="photo"), keras.Input((2,), name="place")
    grey = photo @ np.float32([[0.299], [0.587], [0.114]])
    seen = squeeze_excite(conv(16, 3, "conv1", mish, padding="same")(ops.concatenate([photo, grey], axis=-1)), "se1", 4)
    seen = squeeze_excite(conv(32, 3, "conv2", mish, strides=2)(seen), "se2", 8)
    seen = kl.GlobalAveragePooling2D()(seen)
    table, gain = Weights({"table": (2, 16), "gain": (16,)}, name="holder.place")(place)
    angle = 6.283185307 * (place @ table) * gain
    joined = ops.concatenate([seen, ops.sin(angle), ops.cos(angle)], axis=-1)
    quality = chain(joined, kl.Dense(32, mish, name="mix"), kl.Dense(1, name="score"))
    return keras.Model([photo, place], {"quality": quality[:, 0]})


# ---- examples/models ---------------------------------------------------------------------------------------------------------

def normed_conv(x, layer, norm):
    return ops.relu(kl.BatchNormalization(name=norm)(layer(x)))


def ds_cnn():
    sound = keras.Input((49, 10, 1), name="sound")
    x = normed_conv(sound, conv(64, (10, 4), "stem", strides=2, padding="same"), "stem_bn")
    for i in range(4):
        x = normed_conv(x, kl.DepthwiseConv2D(3, padding="same", name=f"unit.{i}.depthwise"), f"unit.{i}.bn1")
        x = normed_conv(x, conv(64, 1, f"unit.{i}.pointwise"), f"unit.{i}.bn2")
    probs = chain(x, kl.AveragePooling2D((25, 5)), kl.Flatten(), kl.Dense(12, "softmax", name="scores"))
    return keras.Model(sound, {"probs": probs})


def resnet8():
    image = keras.Input((32, 32, 3), name="image")
    x = normed_conv(image, conv(16, 3, "stem", padding="same"), "stem_bn")
    for i in range(3):
        filters, stride, path = 16 << i, 1 if i == 0 else 2, f"stack.{i}"
        y = normed_conv(x, conv(filters, 3, f"{path}.conv1", strides=stride, padding="same"), f"{path}.bn1")
        y = kl.BatchNormalization(name=f"{path}.bn2")(conv(filters, 3, f"{path}.conv2", padding="same")(y))
        x = ops.relu(y + (x if i == 0 else conv(filters, 1, f"{path}.project", strides=stride, padding="same")(x)))
    probs = chain(x, kl.AveragePooling2D(8), kl.Flatten(), kl.Dense(10, "softmax", name="scores"))
    return keras.Model(image, {"probs": probs})


def anomaly():
    frames = keras.Input((640,), name="frames")
    x = frames
    for path, units in [*((f"encode.{i}", 128) for i in range(4)), ("code", 8), *((f"decode.{i}", 128) for i in range(4))]:
        x = normed_conv(x, kl.Dense(units, name=f"{path}.dense"), f"{path}.bn")
    told = kl.Dense(640, name="told")(x)
    return keras.Model(frames, {"score": ops.mean(ops.square(frames - told), axis=-1), "retold": told})


def gpt():
    words = keras.Input((32,), dtype="int32", name="words")
    table, positions = Weights({"table": (1000, 64), "positions": (32, 64)}, name="holder")(words)
    x = ops.take(table, words, axis=0) + positions
    for i in range(3):
        path = f"decoder.{i}"
        before = kl.LayerNormalization(epsilon=1e-5, name=f"{path}.norm1")(x)
        a = x + kl.MultiHeadAttention(4, 16, name=f"{path}.attention")(before, before, before, use_causal_mask=True)
        wide = kl.Dense(256, lambda x: ops.gelu(x, approximate=False), name=f"{path}.wide")(kl.LayerNormalization(epsilon=1e-5, name=f"{path}.norm2")(a))
        x = a + kl.Dense(64, name=f"{path}.narrow")(wide)
    seen = kl.LayerNormalization(epsilon=1e-5, name="norm")(x)
    return keras.Model(words, {"logits": ops.matmul(seen, ops.transpose(table))})


def wavenet():
    def conv1d(x, filters, name, kernel=1, activation=None, dilation=1):
        return kl.Conv1D(filters, kernel, activation=activation, padding="causal", dilation_rate=dilation, name=name)(x)

    wave = keras.Input((128, 1), name="wave")
    x = conv1d(wave, 16, "start", 2)
    heard = 0
    for level, step in enumerate([1, 2, 4, 8, 16]):
        path = f"level.{level}"
        y = conv1d(x, 16, f"{path}.signal", 2, "tanh", step) * conv1d(x, 16, f"{path}.gate", 2, "sigmoid", step)
        x, heard = x + conv1d(y, 16, f"{path}.residual"), heard + conv1d(y, 16, f"{path}.skip")
    # What the last level would hand on goes nowhere, but it has weights.
    return keras.Model(wave, {"next": conv1d(conv1d(ops.relu(heard), 16, "head1", activation="relu"), 256, "head2", activation="softmax")})


def vae():
    image = keras.Input((28, 28, 1), name="image")
    seen = chain(image, conv(16, 3, "enc1", "relu", strides=2, padding="same"), conv(32, 3, "enc2", "relu", strides=2, padding="same"),
                 kl.Flatten(), kl.Dense(32, "relu", name="enc3"))
    middle, log_variance = kl.Dense(8, name="middle")(seen), kl.Dense(8, name="log_variance")(seen)
    painted = chain(middle, kl.Dense(7 * 7 * 32, "relu", name="dec1"), kl.Reshape((7, 7, 32)),
                    kl.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu", name="dec2"),
                    kl.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu", name="dec3"),
                    kl.Conv2DTranspose(1, 3, padding="same", activation="sigmoid", name="dec4"))
    return keras.Model(image, {"middle": middle, "log_variance": log_variance, "painted": painted})


# ---- inputs -------------------------------------------------------------------------------------------------------------

def real(*shape, limit=1.0, shift=0.0):
    return {"dtype": "f32", "shape": list(shape), "limit": limit, "shift": shift}


def words(samples, steps, below, lengths):
    return {"dtype": "i32", "shape": [samples, steps], "limit": float(below), "shift": 0.0, "lengths": lengths}


def numbers(name, about):
    """The input `name`: uniform within ±limit, in sample k times k + 1, plus shift; ids are whole numbers 1 … limit - 1, and 0 behind each
    sample's length."""
    shape = about["shape"]
    drawn = Generator("input." + name, 2).uniform(-about["limit"], about["limit"], int(np.prod(shape))).astype(np.float32).reshape(shape)
    if about["dtype"] == "f32":
        turns = np.arange(1, shape[0] + 1, dtype=np.float32).reshape(-1, *[1] * (len(shape) - 1))
        return drawn * turns + np.float32(about["shift"])
    ids = np.maximum(np.floor(np.abs(drawn)), 1).astype(np.int32)
    for sample, length in enumerate(about["lengths"]):
        ids[sample, length:] = 0
    return ids


# Each: the model, its inputs, and what `random:1` would leave so small that the output hardly depends on the input: the ends of paths of weights
# that are uniform within ±limit instead. Such a sample gets its weights in a file.
SAMPLES = {
    "01_mlp": (mlp, {"features": real(5, 4, limit=3.0)}, {}),
    "02_lenet": (lenet, {"image": real(3, 28, 28, 1, limit=3.0)}, {}),
    "03_resnet50": (resnet50, {"image": real(2, 224, 224, 3, limit=15.0)}, {}),
    "04_mobilenetv2": (mobilenetv2, {"image": real(2, 224, 224, 3)}, {"depthwise.kernel": 1.0}),
    "05_unet": (unet, {"slice": real(2, 256, 256, 1, limit=30.0)}, {}),
    "06_autoencoder": (autoencoder, {"image": real(3, 28, 28, 1, limit=100.0)}, {}),
    "07_bilstm_text": (bilstm_text, {"tokens": words(3, 11, 20000, [11, 4, 1])}, {"embeddings": 1.0, "verdict.kernel": 1.0}),
    "08_gru_forecast": (gru_forecast, {"history": real(3, 168, 3, limit=100.0, shift=50.0)}, {}),
    "09_transformer": (transformer, {"tokens": words(3, 13, 30000, [13, 5, 1])}, {"embeddings": 1.0}),
    "10_siamese": (siamese, {"left": real(2, 105, 105, 1), "right": real(2, 105, 105, 1)}, {}),
    "11_multitask": (multitask, {"photo": real(3, 96, 96, 3, limit=30.0), "speed": real(3, 1, limit=60.0, shift=70.0)}, {}),
    "12_custom": (custom, {"photo": real(3, 32, 32, 3), "place": real(3, 2)}, {}),
    "ds_cnn": (ds_cnn, {"sound": real(3, 49, 10, 1, limit=10.0)}, {"depthwise.kernel": 1.0}),
    "resnet8": (resnet8, {"image": real(3, 32, 32, 3, limit=5.0)}, {}),
    "anomaly": (anomaly, {"frames": real(3, 640, limit=3.0)}, {}),
    "gpt": (gpt, {"words": words(3, 32, 1000, [32, 20, 5])}, {}),
    "wavenet": (wavenet, {"wave": real(3, 128, 1, limit=3.0)}, {}),
    "vae": (vae, {"image": real(3, 28, 28, 1, limit=30.0)}, {}),
}


def kept(name, value):
    flat = value.reshape(-1).astype(np.float64)
    step = max(1, flat.size // KEPT) | 1
    places = list(range(0, flat.size, step))
    return {"name": name, "shape": list(value.shape), "step": step,
            "values": [float(f"{flat[place]:.9g}") for place in places]}


def dependence(value):
    """How much an output changes from sample to sample, against its largest value: a model that ignores its input shows nothing."""
    return float(np.abs(value - value[:1]).max() / np.abs(value).max())


def write(name):
    make, inputs, limits = SAMPLES[name]
    keras.backend.clear_session()
    model = make()
    fill(model, 1, limits)
    arrays = {input_name: numbers(input_name, about) for input_name, about in inputs.items()}
    outputs = {key: np.asarray(value) for key, value in model(list(arrays.values()) if len(arrays) > 1 else next(iter(arrays.values())), training=False).items()}
    document = {"weights": int(sum(np.prod(w.shape) for w in model.weights)), "limits": limits, "inputs": inputs,
                "outputs": [kept(key, value) for key, value in outputs.items()]}
    (DATA / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    print(name, document["weights"], {key: (value.shape, float(np.abs(value).max()), round(dependence(value), 4)) for key, value in outputs.items()},
          flush=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or SAMPLES:
        write(name)
