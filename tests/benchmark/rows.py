"""The rows of the table: a network, how kdlc is given it, and what is asked of it."""
import pathlib
from dataclasses import dataclass
from typing import Callable, Optional

import networks

ROOT = pathlib.Path(__file__).resolve().parents[2]
OWN = "tests/benchmark/models"


@dataclass(frozen=True)
class Row:
    name: str  # a word, for --rows and files
    title: str
    source: str  # the .kdl file, from the root of the repository
    network: Callable
    input_shape: tuple  # with the batch
    least: Optional[float] = None  # how many times as fast as the best peer kdlc is asked to be
    channels_first: bool = False  # whether frameworks that want channels first get the input so

    @property
    def batch(self):
        return self.input_shape[0]


ROWS = [
    Row("tiny_mlp", "4-16-16-3 MLP", "tests/golden/samples/01_mlp.kdl", networks.tiny_mlp, (1, 4), 10),
    Row("mlp", "MLP 784-512-512-10", f"{OWN}/mlp.kdl", networks.mlp, (1, 784), 1.05),
    Row("mlp_b32", "the same, batch 32", f"{OWN}/mlp.kdl", networks.mlp, (32, 784), 1.15),
    Row("mlp_b256", "the same, batch 256", f"{OWN}/mlp.kdl", networks.mlp, (256, 784), 1.08),
    Row("autoencoder", "autoencoder 640-128⁴-8-128⁴-640", f"{OWN}/autoencoder.kdl", networks.autoencoder, (1, 640), 1.3),
    Row("lenet5", "LeNet-5", "tests/golden/samples/02_lenet.kdl", networks.lenet5, (1, 28, 28, 1), 2.5, True),
    Row("ds_cnn", "DS-CNN keyword spotting", "examples/models/ds_cnn.kdl", networks.ds_cnn, (1, 49, 10, 1), 1.3, True),
    Row("resnet8", "ResNet-8 CIFAR", "examples/models/resnet8.kdl", networks.resnet8, (1, 32, 32, 3), 1.4, True),
    Row("lstm", "LSTM(128), 64 steps of 64", f"{OWN}/lstm.kdl", networks.lstm, (1, 64, 64), 1.4),
    Row("transformer", "Transformer encoder, 6 × 384, 128 tokens", f"{OWN}/transformer.kdl", networks.transformer, (1, 128, 384), 1.3),
    Row("mobilenetv2", "MobileNetV2 224", f"{OWN}/mobilenetv2.kdl", networks.mobilenetv2, (1, 224, 224, 3), 1.35, True),
    Row("resnet50", "ResNet-50 224", f"{OWN}/resnet50.kdl", networks.resnet50, (1, 224, 224, 3), 1.4, True),
    # Beside the named ones, so that no rule is made for one of them.
    Row("gru", "GRU(64) twice, 168 steps of 3", f"{OWN}/gru.kdl", networks.gru, (1, 168, 3)),
    Row("wavenet", "WaveNet, 128 steps", "examples/models/wavenet.kdl", networks.wavenet, (1, 128, 1), None, True),
    Row("unet", "U-Net 16 wide, 128 × 128", f"{OWN}/unet.kdl", networks.unet, (1, 128, 128, 1), None, True),
    Row("convnext", "ConvNeXt blocks, 64 × 64", f"{OWN}/convnext.kdl", networks.convnext, (1, 64, 64, 3), None, True),
    Row("efficientnet", "EfficientNet-B0 224", f"{OWN}/efficientnet_b0.kdl", networks.efficientnet_b0, (1, 224, 224, 3), None, True),
]


def choose_rows(text):
    """The rows of `a,b`; all without a text."""
    known = {row.name: row for row in ROWS}
    names = text.split(",") if text else list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"no row {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in names]
