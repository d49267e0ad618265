"""Prints what Keras' objects give for the committed predictions of examples/digits: the numbers in tests/cli/evaluate_test.cpp.

Run from the root of the repository with a Python that has keras 3 and tensorflow:  python tests/oracle/evaluate.py
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

labels = np.load("examples/digits/labels.npy")
for name in ["mlp", "conv"]:
    probs = np.load(f"examples/digits/{name}_keras.npy")
    accuracy = keras.metrics.SparseCategoricalAccuracy()
    accuracy.update_state(labels, probs)
    print(name, len(labels), labels.dtype, f"{float(keras.losses.SparseCategoricalCrossentropy()(labels, probs)):.9g}",
          f"{float(accuracy.result()):.9g}")
