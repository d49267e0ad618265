"""Writes tests/numbers/language/*.kdl: what each feature of the language computes, as NumPy says.

Each program ends with a test whose numbers are NumPy's, in double, so that `kdlc test tests/numbers/language` compares
machine code with NumPy. Run from anywhere with a Python that has NumPy.
"""
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parent.parent / "numbers" / "language"
random = np.random.default_rng(7)


def values(*shape, low=-2.0, high=2.0):
    """Multiples of 1/64, which are exact in float32 and short as text; none is 0, so that they divide."""
    drawn = random.integers(int(low * 64), int(high * 64) + 1, shape) / 64
    drawn[drawn == 0] = 0.5
    return drawn


def whole(*shape, low=-9, high=10):
    return random.integers(low, high, shape)


def text(value):
    """A literal of the language."""
    value = np.asarray(value)
    if value.ndim:
        return "[" + ", ".join(text(item) for item in value) + "]"
    if value.dtype == bool:
        return "true" if value else "false"
    if np.issubdtype(value.dtype, np.integer):
        return str(int(value))
    shown = np.format_float_positional(float(value), precision=8, unique=True, trim="0")
    return "0.0" if shown in ("-0.0", "0.0") else shown


def program(name, source, inputs, expected, sizes=None, within=None):
    """`source` ends with the brace of its last model; the test is put before it."""
    lines = ['  test "equals NumPy" {']
    batch = {len(value) for value in inputs.values()}
    for size, number in {"N": batch.pop(), **(sizes or {})}.items():
        lines.append(f"    {size} = {number}")
    lines += [f"    {key} = {text(value)}" for key, value in inputs.items()]
    for key, value in expected.items():
        value = np.asarray(value)
        is_exact = value.dtype == bool or np.issubdtype(value.dtype, np.integer)
        end = "" if is_exact or within is None else f" within {within}"
        lines.append(f"    expect {key} {'==' if is_exact else '~='} {text(value)}{end}")
    body = source.strip()
    assert body.endswith("}")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.kdl").write_text("kdl 1\n\n" + body[:-1] + "\n".join(["", *lines, "  }", "}", ""]))


def slices():
    x = values(2, 3, 7)
    program("slices", """
/// Positions and ranges, from either end, with steps in both directions.
model Slices {
  input x: f32[N, 3, 7]
  output one = x[:, 0]
  output last = x[..., -1]
  output corner = x[:, -1, 2]
  output range = x[:, 1:3, 2:5]
  output open = x[:, :2, 4:]
  output negative = x[:, -2:, -5:-1]
  output stepped = x[:, :, 1:7:2]
  output thirds = x[..., ::3]
  output reversed = x[:, :, ::-1]
  output back = x[:, ::-2, 5:1:-2]
}""", {"x": x}, {
        "one": x[:, 0], "last": x[..., -1], "corner": x[:, -1, 2], "range": x[:, 1:3, 2:5], "open": x[:, :2, 4:],
        "negative": x[:, -2:, -5:-1], "stepped": x[:, :, 1:7:2], "thirds": x[..., ::3], "reversed": x[:, :, ::-1],
        "back": x[:, ::-2, 5:1:-2]})


def operators():
    a, b = values(2, 3), values(2, 3)
    program("operators", """
/// Arithmetic with its precedence; `^` binds to the right and before a sign.
model Operators {
  input a: f32[N, 3]
  input b: f32[N, 3]
  output plus = a + b - 1
  output scaled = 2 * a / b
  output mixed = a + b * a - b / 4
  output grouped = (a + b) * (a - b)
  output power = abs(a) ^ 1.5
  output square = -a ^ 2
  output tower = abs(a) ^ 2 ^ 0.5
  output base = 2 ^ a
  output rest = a % b
  output rest_of_number = a % 0.75
  output negative = -(a - b)
}""", {"a": a, "b": b}, {
        "plus": a + b - 1, "scaled": 2 * a / b, "mixed": a + b * a - b / 4, "grouped": (a + b) * (a - b),
        "power": np.abs(a) ** 1.5, "square": -(a ** 2), "tower": np.abs(a) ** (2 ** 0.5), "base": 2 ** a,
        "rest": a % b, "rest_of_number": a % 0.75, "negative": -(a - b)}, within=2e-5)


def comparisons():
    a, b = whole(3, 4, low=-2, high=3), whole(3, 4, low=-2, high=3)
    p = random.integers(0, 2, (3, 4)).astype(bool)
    program("comparisons", """
/// Comparisons give flags; `and`, `or`, `not` join them, with their precedence.
model Comparisons {
  input a: i32[N, 4]
  input b: i32[N, 4]
  input p: bool[N, 4]
  output less = a < b
  output at_most = a <= b
  output more = a > 0
  output at_least = a >= b
  output same = a == b
  output other = a != 1
  output both = a < b and p
  output either = a < b or p and not (b > 0)
  output neither = not p and not (a == b)
  output same_flags = p == (a < b)
}""", {"a": a, "b": b, "p": p}, {
        "less": a < b, "at_most": a <= b, "more": a > 0, "at_least": a >= b, "same": a == b, "other": a != 1,
        "both": (a < b) & p, "either": (a < b) | (p & ~(b > 0)), "neither": ~p & ~(a == b), "same_flags": p == (a < b)})


def whole_numbers():
    a, b = whole(2, 5), whole(2, 5)
    b[b == 0] = 3
    u = random.integers(0, 16, (2, 5))
    program("whole_numbers", """
/// Whole numbers stay whole; the rest has the sign of the divisor.
model WholeNumbers {
  input a: i32[N, 5]
  input b: i32[N, 5]
  input u: u8[N, 5]
  output plus = a + b * 2 - 1
  output rest = a % b
  output square = a ^ 2
  output size = abs(a)
  output larger = max(a, b)
  output total = sum(a, axis: -1)
  output most = max(b, axis: 1)
  output wide = cast(a, i64) * 1000000
  output small = u * 3 + 1
  output halves = cast(a, f32) / 2
  output chopped = cast(cast(a, f32) / 2, i32)
  output flags = cast(a, bool)
  output back = cast(a > b, i32)
}""", {"a": a, "b": b, "u": u}, {
        "plus": a + b * 2 - 1, "rest": a % b, "square": a ** 2, "size": np.abs(a), "larger": np.maximum(a, b),
        "total": a.sum(-1), "most": b.max(1), "wide": a * 1000000, "small": u * 3 + 1, "halves": a / 2,
        "chopped": np.trunc(a / 2).astype(int), "flags": a != 0, "back": (a > b).astype(int)})


def doubles():
    x = values(2, 4, low=-1, high=1)
    program("doubles", """
/// f64 keeps what f32 would lose.
model Doubles {
  input x: f64[N, 4]
  output tiny = (x + 1e9) - 1e9
  output curve = exp(x) + tanh(x) * sin(x)
  output total = sum(x * x)
  output mean_of = mean(x, axis: -1, keep: true)
}""", {"x": x}, {
        "tiny": (x + 1e9) - 1e9, "curve": np.exp(x) + np.tanh(x) * np.sin(x), "total": (x * x).sum(-1),
        "mean_of": x.mean(-1, keepdims=True)})


def broadcasting():
    x, row, one = values(2, 3, 4), values(2, 4), values(2, 3, 1)
    table = values(3, 4)
    program("broadcasting", f"""
const table: f32[3, 4] = {text(table)}
const column: f32[3, 1] = [[1], [2], [3]]

/// NumPy's rule behind the batch: axes from the last, 1 is stretched, fewer axes are filled in front.
model Broadcasting {{
  input x: f32[N, 3, 4]
  input row: f32[N, 4]
  input one: f32[N, 3, 1]
  const weights: f32[4] = [1, 10, 100, 1000]
  output plus = x + table
  output times = x * weights
  output down = x - column
  output beside = x + reshape(row, 1, 4)
  output stretched = x * one
  output compared = x > one
  output listed = [1, 10, 100, 1000] * x - [[0.5], [1], [2]]
  output largest = max(x, [0, 1, -1, 0.25])
  output chosen = where([true, false, true, false], x, [[1], [2], [3]])
}}""", {"x": x, "row": row, "one": one}, {
        "plus": x + table, "times": x * np.array([1, 10, 100, 1000]), "down": x - np.array([[1], [2], [3]]),
        "beside": x + row[:, None, :], "stretched": x * one, "compared": x > one,
        "listed": x * np.array([1, 10, 100, 1000]) - np.array([[0.5], [1], [2]]),
        "largest": np.maximum(x, [0, 1, -1, 0.25]),
        "chosen": np.where([True, False, True, False], x, np.array([[1], [2], [3]]))})


def reductions():
    x = values(2, 3, 4)
    program("reductions", """
/// Without an axis a reduction is over all axes of a sample.
model Reductions {
  input x: f32[N, 3, 4]
  output total = sum(x)
  output centre = mean(x)
  output least = min(x, axis: 1)
  output most = max(x, axis: -1)
  output product = prod(x, axis: 2)
  output kept = sum(x, axis: 1, keep: true)
  output both = mean(x, axis: [1, 2])
  output kept_both = max(x, axis: [1, -1], keep: true)
  output centred = x - mean(x, axis: -1, keep: true)
}""", {"x": x}, {
        "total": x.sum((1, 2)), "centre": x.mean((1, 2)), "least": x.min(1), "most": x.max(-1),
        "product": x.prod(2), "kept": x.sum(1, keepdims=True), "both": x.mean((1, 2)),
        "kept_both": x.max((1, 2), keepdims=True), "centred": x - x.mean(-1, keepdims=True)}, within=1e-5)


def moves():
    x, y = values(2, 3, 4), values(2, 3, 4)
    parts = np.split(x, 2, axis=2)
    rows = np.split(x, 3, axis=1)
    program("moves", """
/// Functions that move numbers.
model Moves {
  input x: f32[N, 3, 4]
  input y: f32[N, 3, 4]
  left, right = split(x, 2)
  top, middle, bottom = split(x, 3, axis: 1)
  before, between, behind = split(x, [1, 3])
  output chosen = where(x > y, x, y)
  output or_zero = where(x > 0, x, 0)
  output left_half = left
  output right_half = right * 2
  output first = top
  output others = bottom - middle
  output joined = concat(x, y)
  output below = concat(x, y, axis: 1)
  output stacked = stack(x, y)
  output stacked_first = stack(x, y, axis: 1)
  output turned = transpose(x)
  output flat = reshape(x, 12)
  output pairs = reshape(x, -1, 2)
  output clipped = clip(x, -0.5, 1.0)
  output cut_at_one = before
  output cut_at_three = between - behind
}""", {"x": x, "y": y}, {
        "chosen": np.where(x > y, x, y), "or_zero": np.where(x > 0, x, 0), "left_half": parts[0],
        "right_half": parts[1] * 2, "first": rows[0], "others": rows[2] - rows[1], "joined": np.concatenate([x, y], -1),
        "below": np.concatenate([x, y], 1), "stacked": np.stack([x, y], -1), "stacked_first": np.stack([x, y], 1),
        "turned": x.transpose(0, 2, 1), "flat": x.reshape(2, 12), "pairs": x.reshape(2, 6, 2),
        "clipped": x.clip(-0.5, 1.0), "cut_at_one": x[..., :1], "cut_at_three": x[..., 1:3] - x[..., 3:]})


def products():
    x, y, v = values(2, 3, 4), values(2, 4, 5), values(2, 4)
    table = values(4, 3)
    program("products", f"""
const table: f32[4, 3] = {text(table)}

/// `@` on the last two axes, einsum and rearrange with words as axes.
model Products {{
  input x: f32[N, 3, 4]
  input y: f32[N, 4, 5]
  input v: f32[N, 4]
  output matrix = x @ y
  output shared = x @ table
  output vector = v @ table
  output named = einsum("n row inner, n inner column -> n column row", x, y)
  output outer = einsum("n i, n j -> n i j", v, v)
  output traced = einsum("n i, n i -> n", v, v)
  output parts = rearrange("n r (g c) -> n g r c", x, g: 2)
  output flat = rearrange("n r c -> n (c r)", x)
}}""", {"x": x, "y": y, "v": v}, {
        "matrix": x @ y, "shared": x @ table, "vector": v @ table, "named": (x @ y).transpose(0, 2, 1),
        "outer": v[:, :, None] * v[:, None, :], "traced": (v * v).sum(-1),
        "parts": x.reshape(2, 3, 2, 2).transpose(0, 2, 1, 3), "flat": x.transpose(0, 2, 1).reshape(2, 12)}, within=2e-5)


def lookups():
    ids = random.integers(0, 5, (2, 3))
    table = values(5, 2)
    x = values(2, 4)
    program("lookups", f"""
const table: f32[5, 2] = {text(table)}

/// Rows of a table by number, and numbers as rows of flags.
model Lookups {{
  input ids: i32[N, 3] in 0..5
  input x: f32[N, 4]
  output rows = take(table, ids, axis: 0)
  const picks: i32[3] = [3, 0, 0]
  output fixed = take(x, picks, axis: 1)
  output flags = onehot(ids, 5)
  output best = argmax(x)
  output listed = take(x, [3, 0, 0])
  output square = take(table, [[4, 1], [0, 0]], axis: 0) * reshape(x, 2, 2, 1)
}}""", {"ids": ids, "x": x}, {
        "rows": table[ids], "fixed": x[:, [3, 0, 0]], "flags": np.eye(5)[ids], "best": x.argmax(-1), "listed": x[:, [3, 0, 0]],
        "square": table[[[4, 1], [0, 0]]] * x.reshape(2, 2, 2, 1)})


def composition():
    x = values(2, 4)
    relu = lambda value: np.maximum(value, 0)
    step = lambda value, factor, shift: np.tanh(value * factor + shift)
    chain = x
    for turn in range(3):
        chain = step(chain, 1.0, turn)
    listed = x
    for factor in [0.5, 2.0]:
        listed = step(listed, factor, 0)
    same = x
    for _ in range(2):
        same = relu(same) - 0.25
    program("composition", """
fn step(x, factor: float = 1.0, shift: float = 0.0) = tanh(x * factor + shift)
fn rectify(x) = max(x, 0)
fn twice(x, f: fn) = f(f(x))

block less(x, by: float = 0.25, activation: fn = relu) {
  return activation(x) - by
}
block pair(x: f32[N, C], inner: block, widths: list = [1, 2]) {
  require C % 2 == 0, "the width must be even"
  first = x -> inner
  second = if C > 2 { x[:, :C / 2] } else { x }
  return first, second * widths[1]
}

/// Functions, blocks and functions as settings, `repeat` in its three forms, choices, several results.
model Composition(deep: bool = true, turns: int = 3) {
  input x: f32[N, 4]
  output counted = x -> repeat i in 0..turns { step(shift: i) }
  output listed = x -> repeat c in [0.5, 2.0] { step(c) }
  output plain = x -> repeat 2 { less }
  output passed_on = x -> repeat 0 { less }
  output chosen = if deep { x -> less(by: 1.0) } else { x }
  output function = x -> less(activation: rectify) -> less(0.5, if deep { tanh } else { relu })
  output again = twice(x, step)
  a, b = x -> pair(less)
  output first = a
  output second = b
  _, d = x -> pair(tanh, [0, 3])
  output third = d
}""", {"x": x}, {
        "counted": chain, "listed": listed, "plain": same, "passed_on": x, "chosen": relu(x) - 1.0,
        "function": np.tanh(relu(x) - 0.25) - 0.5, "again": step(step(x, 1, 0), 1, 0), "first": relu(x) - 0.25,
        "second": x[:, :2] * 2, "third": x[:, :2] * 3})


def models():
    x, y = values(2, 4), values(2, 4)
    soft = lambda value: np.exp(value) / np.exp(value).sum(-1, keepdims=True)
    program("models", """
import "parts/shared.kdl" as parts

model Half(factor: float = 0.5) {
  input left: f32[N, 4]
  input right: f32[N, 4]
  output plus = (left + right) * factor
  output difference = left - right
}

/// A model as a part of another, an imported block, constant, fn and model.
model Whole {
  input x: f32[N, 4]
  input y: f32[N, 4]
  s, d = (x, y) -> Half as half
  t, _ = Half(x, y, factor: 2.0)
  output middle = s
  output distance = abs(d)
  output doubled = t
  output soft = x -> parts.sharpen(2.0)
  output moved = parts.shifted(x) * parts.scale
  output nested = y -> parts.Inner as inner
}""", {"x": x, "y": y}, {
        "middle": (x + y) / 2, "distance": np.abs(x - y), "doubled": (x + y) * 2, "soft": soft(x * 2),
        "moved": (x + np.array([1, 2, 3, 4])) * 3, "nested": y + 1}, within=1e-5)
    (FOLDER / "parts").mkdir(exist_ok=True)
    (FOLDER / "parts" / "shared.kdl").write_text("""kdl 1

const scale = 3
const steps: f32[4] = [1, 2, 3, 4]

fn shifted(x) = x + steps

block sharpen(x, factor: float) {
  return softmax(x * factor)
}

model Inner {
  input row: f32[N, 4]
  output next = row + 1
}
""")


def multiples():
    x = values(2, 8, 2)
    pooled = x.reshape(2, 4, 2, 2).max(2)
    pooled = pooled.reshape(2, 2, 2, 2).mean(2)
    program("multiples", """
/// A size of run time that is a multiple of a number divides exactly, and comes back.
model Multiples(depth: int = 2) {
  dim T <= 16
  input x: f32[N, T, 2]
  require T % 2 ^ depth == 0, "each level halves T"
  small = x -> maxpool(2) -> avgpool(2)
  output around: f32[N, T, 2] = x + (small -> upsample(4))
  output joined = concat(x, small -> repeat depth { upsample(2) })
  left, right = split(x, 2, axis: 1)
  output difference: f32[N, T / 2, 2] = left - right
  output pairs = reshape(x, T / 2, 4)
  output words = rearrange("n (t p) c -> n t (p c)", x, p: 4)
  output first = x[:, 3]
}""", {"x": x}, {
        "around": x + pooled.repeat(4, 1), "joined": np.concatenate([x, pooled.repeat(4, 1)], -1),
        "difference": x[:, :4] - x[:, 4:], "pairs": x.reshape(2, 4, 4), "words": x.reshape(2, 2, 8), "first": x[:, 3]},
        sizes={"T": 8})


for write in (slices, operators, comparisons, whole_numbers, doubles, broadcasting, reductions, moves, products,
              lookups, composition, models, multiples):
    write()
