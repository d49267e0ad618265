"""The networks of the benchmark, each written once in the words of words.py: functions of the words and the input."""


def tiny_mlp(w, x):
    x = w.dense(w.dense(x, "hidden1", 16, "relu"), "hidden2", 16, "relu")
    return w.dense(x, "scores", 3, "softmax")


def mlp(w, x):
    x = w.dense(w.dense(x, "hidden1", 512, "relu"), "hidden2", 512, "relu")
    return w.dense(x, "scores", 10, "softmax")


def autoencoder(w, x):
    for path, units in [*((f"encode.{i}", 128) for i in range(4)), ("code", 8), *((f"decode.{i}", 128) for i in range(4))]:
        x = w.dense(x, f"{path}.dense", units, "relu", norm=f"{path}.bn")
    return w.dense(x, "told", 640)


def lenet5(w, x):
    x = w.avgpool(w.conv(x, "conv1", 6, 5, "tanh", padding="same"), 2)
    x = w.flatten(w.avgpool(w.conv(x, "conv2", 16, 5, "tanh"), 2))
    x = w.dense(w.dense(x, "fc1", 120, "tanh"), "fc2", 84, "tanh")
    return w.dense(x, "fc3", 10, "softmax")


def ds_cnn(w, x):
    x = w.conv(x, "stem", 64, (10, 4), "relu", stride=2, padding="same", norm="stem_bn")
    for i in range(4):
        x = w.depthwise(x, f"unit.{i}.depthwise", 3, "relu", norm=f"unit.{i}.bn1")
        x = w.conv(x, f"unit.{i}.pointwise", 64, 1, "relu", norm=f"unit.{i}.bn2")
    return w.dense(w.global_avgpool(x), "scores", 12, "softmax")


def resnet8(w, x):
    x = w.conv(x, "stem", 16, 3, "relu", padding="same", norm="stem_bn")
    for i in range(3):
        filters, stride, path = 16 << i, 1 if i == 0 else 2, f"stack.{i}"
        y = w.conv(x, f"{path}.conv1", filters, 3, "relu", stride=stride, padding="same", norm=f"{path}.bn1")
        y = w.conv(y, f"{path}.conv2", filters, 3, padding="same", norm=f"{path}.bn2")
        x = w.act(w.add(y, x if i == 0 else w.conv(x, f"{path}.project", filters, 1, stride=stride, padding="same")), "relu")
    return w.dense(w.global_avgpool(x), "scores", 10, "softmax")


def lstm(w, x):
    return w.lstm(x, "memory", 128)


def gru(w, x):
    x = w.gru(w.gru(x, "memory1", 64, sequences=True), "memory2", 64)
    return w.dense(x, "readout", 24)


def transformer(w, x, layers=6, heads=12, size=32, hidden=1536):
    for i in range(layers):
        path = f"encoder.{i}"
        a = w.layernorm(w.add(x, w.attention(x, f"{path}.attention", heads, size)), f"{path}.norm1")
        think = w.dense(w.dense(a, f"{path}.wide", hidden, "gelu"), f"{path}.narrow", heads * size)
        x = w.layernorm(w.add(a, think), f"{path}.norm2")
    return x


def mobilenetv2(w, x):
    def conv_bn(x, path, filters, kernel, act=None, stride=1):
        return w.conv(x, f"{path}.conv", filters, kernel, act, stride, "same", bias=False, norm=f"{path}.bn")

    x = conv_bn(x, "stem", 32, 3, "relu6", 2)
    groups = [(16, 1, 1, 1), (24, 2, 2, 6), (32, 3, 2, 6), (64, 4, 2, 6), (96, 3, 1, 6), (160, 3, 2, 6), (320, 1, 1, 6)]
    for number, (filters, count, first_stride, expand) in enumerate(groups, 1):
        for i in range(count):
            path, stride = f"g{number}.unit.{i}", first_stride if i == 0 else 1
            y = x if expand == 1 else conv_bn(x, f"{path}.expand", expand * x.shape[-1], 1, "relu6")
            y = w.depthwise(y, f"{path}.depthwise", 3, "relu6", stride, bias=False, norm=f"{path}.depthwise_bn")
            y = conv_bn(y, f"{path}.project", filters, 1)
            x = w.add(x, y) if stride == 1 and x.shape[-1] == filters else y
    x = w.global_avgpool(conv_bn(x, "head", 1280, 1, "relu6"))
    return w.dense(x, "predictions", 1000, "softmax")


def resnet50(w, x):
    def normed(x, path, number, filters, kernel, act=None, stride=1):
        return w.conv(x, f"{path}.conv{number}", filters, kernel, act, stride, kernel // 2, bias=False, norm=f"{path}.bn{number}",
                      eps=1e-5)

    x = w.conv(x, "conv1", 64, 7, "relu", 2, 3, bias=False, norm="bn1", eps=1e-5)
    x = w.maxpool(x, 3, 2, 1)
    for stage, filters, count, first_stride in [(2, 64, 3, 1), (3, 128, 4, 2), (4, 256, 6, 2), (5, 512, 3, 2)]:
        for i in range(count):
            path, stride = f"stage{stage}.unit.{i}", first_stride if i == 0 else 1
            shortcut = normed(x, path, 0, 4 * filters, 1, stride=stride) if i == 0 else x
            y = normed(x, path, 1, filters, 1, "relu")
            y = normed(y, path, 2, filters, 3, "relu", stride)
            x = w.act(w.add(shortcut, normed(y, path, 3, 4 * filters, 1)), "relu")
    return w.dense(w.global_avgpool(x), "predictions", 1000, "softmax")


def unet(w, x, width=16):
    def double_conv(x, path, filters):
        x = w.conv(x, f"{path}.conv1", filters, 3, "relu", padding="same")
        return w.conv(x, f"{path}.conv2", filters, 3, "relu", padding="same")

    skips = []
    for level in range(1, 5):
        skips.append(double_conv(x, f"down{level}", width << (level - 1)))
        x = w.maxpool(skips[-1], 2, 2)
    x = double_conv(x, "bottom", 16 * width)
    for level in range(4, 0, -1):
        grown = w.conv_transpose(x, f"up{level}.grow", width << (level - 1), 2)
        x = double_conv(w.concat([grown, skips[level - 1]]), f"up{level}.conv", width << (level - 1))
    return w.conv(x, "pixels", 1, 1, "sigmoid")


def wavenet(w, x):
    def conv1d(x, filters, path, kernel=1, act=None, dilation=1):
        return w.conv(x, path, filters, kernel, act, padding="causal", dilation=dilation)

    x, heard, steps = conv1d(x, 16, "start", 2), None, [1, 2, 4, 8, 16]
    for level, step in enumerate(steps):
        path = f"level.{level}"
        y = w.multiply(conv1d(x, 16, f"{path}.signal", 2, "tanh", step), conv1d(x, 16, f"{path}.gate", 2, "sigmoid", step))
        skip = conv1d(y, 16, f"{path}.skip")
        heard = skip if heard is None else w.add(heard, skip)
        if level < len(steps) - 1:
            x = w.add(x, conv1d(y, 16, f"{path}.residual"))
        else:  # what it would hand on goes nowhere, but the model has weights for it
            w.weights.get(f"{path}.residual.kernel", (1, 16, 16), "kernel")
            w.weights.get(f"{path}.residual.bias", (16,), "offset")
    return conv1d(conv1d(w.act(heard, "relu"), 16, "head1", act="relu"), 256, "head2", act="softmax")


def efficientnet_b0(w, x):
    def conv_bn(x, path, filters, kernel, act=None, stride=1):
        return w.conv(x, f"{path}.conv", filters, kernel, act, stride, "same", bias=False, norm=f"{path}.bn")

    x = conv_bn(x, "stem", 32, 3, "silu", 2)
    groups = [(16, 1, 1, 1, 3), (24, 2, 2, 6, 3), (40, 2, 2, 6, 5), (80, 3, 2, 6, 3), (112, 3, 1, 6, 5), (192, 4, 2, 6, 5),
              (320, 1, 1, 6, 3)]
    for number, (filters, count, first_stride, expand, kernel) in enumerate(groups, 1):
        for i in range(count):
            path, stride, channels = f"g{number}.unit.{i}", first_stride if i == 0 else 1, x.shape[-1]
            y = x if expand == 1 else conv_bn(x, f"{path}.expand", expand * channels, 1, "silu")
            y = w.depthwise(y, f"{path}.depthwise", kernel, "silu", stride, bias=False, norm=f"{path}.depthwise_bn")
            gate = w.conv(w.global_avgpool(y, keep=True), f"{path}.squeeze", channels // 4, 1, "silu")
            y = w.multiply(y, w.conv(gate, f"{path}.excite", y.shape[-1], 1, "sigmoid"))
            y = conv_bn(y, f"{path}.project", filters, 1)
            x = w.add(x, y) if stride == 1 and channels == filters else y
    x = w.global_avgpool(conv_bn(x, "head", 1280, 1, "silu"))
    return w.dense(x, "predictions", 1000, "softmax")


def convnext(w, x):
    """Two stages of ConvNeXt's blocks: 7x7 depthwise, layer norm, a widened pair of dense layers with GELU."""
    x = w.layernorm(w.conv(x, "stem", 96, 4, stride=4), "stem_norm", 1e-6)
    for stage, filters in [(1, 96), (2, 192)]:
        if stage > 1:
            x = w.conv(w.layernorm(x, f"norm{stage}", 1e-6), f"shrink{stage}", filters, 2, stride=2)
        for i in range(3):
            path = f"stage{stage}.{i}"
            y = w.layernorm(w.depthwise(x, f"{path}.depthwise", 7), f"{path}.norm", 1e-6)
            y = w.dense(w.dense(y, f"{path}.wide", 4 * filters, "gelu"), f"{path}.narrow", filters)
            x = w.add(x, y)
    return w.dense(w.layernorm(w.global_avgpool(x), "norm", 1e-6), "predictions", 100, "softmax")
