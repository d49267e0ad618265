"""Writes tests/numbers/torch/*.kdl with their weights: layers of PyTorch, whose own files `style: torch` reads.

Run from the root of the repository with a Python that has torch and safetensors: python tests/oracle/torch_layers.py
Inputs and weights are multiples of 1/64; results are PyTorch's in float64, so that its kernels do not count.
"""
import pathlib

import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent.parent / "numbers" / "torch"
generator = torch.Generator().manual_seed(7)


def numbers(*shape):
    return (torch.randint(-64, 65, shape, generator=generator) / 64).double()


def text(value):
    if value.dim():
        return "[" + ", ".join(text(item) for item in value) + "]"
    return f"{value.item():.9f}"


def filled(module):
    with torch.no_grad():
        for parameter in module.double().parameters():
            parameter.copy_(numbers(*parameter.shape))
    return module.eval()


def program(name, source, modules, inputs, expected):
    """`source` is a model without its last brace; `modules` by the path that their weights have in the file."""
    FOLDER.mkdir(exist_ok=True)
    tensors = {}
    for path, module in modules.items():
        for key, tensor in module.state_dict().items():
            tensors[f"{path}.{key}"] = tensor.float().contiguous()
    save_file(tensors, FOLDER / f"{name}.safetensors")
    lines = ['  test "equals PyTorch" {', f"    N = {len(next(iter(inputs.values())))}"]
    lines += [f"    {key} = {text(value)}" for key, value in inputs.items()]
    lines += [f"    expect {key} ~= {text(value)} within 2e-6" for key, value in expected.items()]
    (FOLDER / f"{name}.kdl").write_text("kdl 1\n\n" + source.strip() + "\n\n" + "\n".join([*lines, "  }", "}", ""]))


def lstm():
    one, two = filled(torch.nn.LSTM(3, 4, batch_first=True)), filled(torch.nn.LSTM(3, 2, batch_first=True, bidirectional=True))
    deep, bare = filled(torch.nn.LSTM(3, 2, num_layers=2, batch_first=True)), filled(torch.nn.LSTM(3, 2, batch_first=True, bias=False))
    x = numbers(2, 5, 3)
    y, (h, c) = one(x)
    program("lstm", """
/// Every form of an LSTM that PyTorch writes. The second layer of one module keeps its weights under the first one's path.
model Lstm {
  input x: f32[N, 5, 3]
  all, _h, cell = x -> lstm(4, sequences: true, states: true) as one
  output y = all
  output c = cell
  output both = x -> lstm(2, direction: both, sequences: true) as two
  first = x -> lstm(2, sequences: true) as deep
  output second = first -> lstm(2) as above
  output last = x -> lstm(2, bias: false) as bare
  weights "lstm.safetensors", style: torch {
    "above.kernel": "deep.weight_ih_l1", "above.recurrent_kernel": "deep.weight_hh_l1", "above.bias": "deep.bias_ih_l1"
  }
""", {"one": one, "two": two, "deep": deep, "bare": bare}, {"x": x},
            {"y": y, "c": c[0], "both": two(x)[0], "second": deep(x)[0][:, -1], "last": bare(x)[0][:, -1]})


def gru():
    one, two = filled(torch.nn.GRU(3, 4, batch_first=True)), filled(torch.nn.GRU(3, 2, batch_first=True, bidirectional=True))
    bare, plain = filled(torch.nn.GRU(3, 2, batch_first=True, bias=False)), filled(torch.nn.RNN(3, 2, batch_first=True, bidirectional=True))
    x = numbers(2, 5, 3)
    program("gru", """
/// GRU and the plain recurrent layer.
model Gru {
  input x: f32[N, 5, 3]
  output y = x -> gru(4, sequences: true) as one
  output both = x -> gru(2, direction: both, sequences: true) as two
  output last = x -> gru(2, bias: false) as bare
  output plain = x -> rnn(2, direction: both, sequences: true) as plain
  weights "gru.safetensors", style: torch, prefix: "net."
""", {"net.one": one, "net.two": two, "net.bare": bare, "net.plain": plain}, {"x": x},
            {"y": one(x)[0], "both": two(x)[0], "last": bare(x)[0][:, -1], "plain": plain(x)[0]})
    (FOLDER / "block.kdl").write_text(f"""kdl 1

/// A block by itself, whose weights the test takes from a file that holds others as well.
block reader(x: f32[N, T, C], units: int) {{
  return x -> gru(units) as one
}}

test "a block equals PyTorch" {{
  x: f32[2, 5, 3] = {text(x)}
  weights "gru.safetensors", style: torch
  y = x -> reader(4) as net
  expect y ~= {text(one(x)[0][:, -1])} within 2e-6
}}
""")


def attention():
    block = filled(torch.nn.MultiheadAttention(6, 3, batch_first=True))
    norm, group = filled(torch.nn.LayerNorm(6)), filled(torch.nn.GroupNorm(2, 6))
    x, y = numbers(2, 4, 6), numbers(2, 3, 6)
    program("attention", """
/// One matrix holds the projections of queries, keys and values.
model Attention {
  input x: f32[N, 4, 6]
  input y: f32[N, 3, 6]
  output other = (x, y, y) -> attention(3, 2) as look
  output normed = x -> layernorm(eps: 1e-5) as norm
  output grouped = x[:, 0] -> groupnorm(2, eps: 1e-5) as group
  weights "attention.safetensors", style: torch
""", {"look": block, "norm": norm, "group": group}, {"x": x, "y": y},
            {"other": block(x, y, y)[0], "normed": norm(x), "grouped": group(x[:, 0])})


def convolutions():
    spread, deep = filled(torch.nn.ConvTranspose1d(2, 3, 3, stride=2)), filled(torch.nn.Conv1d(2, 4, 3, groups=2))
    x = numbers(2, 5, 2)
    turned = x.transpose(1, 2)
    program("convolutions", """
model Convolutions {
  input x: f32[N, 5, 2]
  output wide = x -> conv1d_transpose(3, 3, stride: 2) as spread
  output each = x -> depthwise_conv1d(3, multiplier: 2) as deep
  weights "convolutions.safetensors", style: torch
""", {"spread": spread, "deep": deep}, {"x": x}, {"wide": spread(turned).transpose(1, 2), "each": deep(turned).transpose(1, 2)})


for write in (lstm, gru, attention, convolutions):
    with torch.no_grad():
        write()
