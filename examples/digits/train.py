#!/usr/bin/env python3
"""Trains the two digit classifiers in Keras and writes everything that the example needs.

    python3 -m venv venv && venv/bin/pip install keras tensorflow-cpu scikit-learn safetensors
    venv/bin/python examples/digits/train.py

Data: scikit-learn's 8 x 8 digits, every fifth image held out. Writes beside this file
  mlp.safetensors, conv.safetensors   weights, named as the .kdl files name them
  images.npy, labels.npy              the held-out images f32[360, 8, 8, 1] (grey 0 to 16) and their classes
  mlp_keras.npy, conv_keras.npy       Keras' probabilities for them: what the compiled model must equal
"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers
from safetensors.numpy import save_file
from sklearn.datasets import load_digits

FOLDER = pathlib.Path(__file__).parent


def split_digits():
    digits = load_digits()
    images = digits.images.astype("float32")[..., None]
    held_out = np.arange(len(images)) % 5 == 0
    return images[~held_out], digits.target[~held_out], images[held_out], digits.target[held_out]


def build_mlp():
    image = keras.Input((8, 8, 1))
    x = layers.Rescaling(1 / 16)(image)
    x = layers.Flatten()(x)
    x = layers.Dense(64, activation="relu", name="hidden1")(x)
    x = layers.Dense(32, activation="relu", name="hidden2")(x)
    return keras.Model(image, layers.Dense(10, activation="softmax", name="scores")(x))


def build_conv():
    image = keras.Input((8, 8, 1))
    x = layers.Rescaling(1 / 16)(image)
    x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="conv1")(x)
    x = layers.BatchNormalization(name="norm1")(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(32, 3, padding="same", use_bias=False, name="conv2")(x)
    x = layers.BatchNormalization(name="norm2")(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.3)(x)
    return keras.Model(image, layers.Dense(10, activation="softmax", name="scores")(x))


def main():
    keras.utils.set_random_seed(20)
    train_images, train_labels, images, labels = split_digits()
    np.save(FOLDER / "images.npy", images)
    np.save(FOLDER / "labels.npy", labels.astype("int32"))
    for name, model, epochs in (("mlp", build_mlp(), 40), ("conv", build_conv(), 30)):
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(train_images, train_labels, batch_size=32, epochs=epochs, verbose=0)
        tensors = {v.path.replace("/", "."): v.numpy() for v in model.variables if "seed_generator" not in v.path}
        save_file(tensors, FOLDER / f"{name}.safetensors")
        probabilities = model.predict(images, verbose=0)
        np.save(FOLDER / f"{name}_keras.npy", probabilities.astype("float32"))
        accuracy = float((probabilities.argmax(1) == labels).mean())
        print(f"{name}: {model.count_params()} numbers, accuracy {accuracy:.4f} on {len(labels)} held-out images")
        for path, tensor in sorted(tensors.items()):
            print(f"  {path} {list(tensor.shape)}")


if __name__ == "__main__":
    main()
