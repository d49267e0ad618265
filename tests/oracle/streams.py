"""Writes tests/numbers/streams/data/<layer>.json: models with `stateful: true`, and what Keras' stateful layers give call after call.

Run from the root of the repository with a Python that has keras 3 and tensorflow:  python tests/oracle/streams.py
A call has samples for the first streams; Keras always wants all of them, so it gets zeros for the others, whose states are put back.
"""
import json
import pathlib

from layers import as_json, kl, np, numbers, ops, random_of

DATA = pathlib.Path(__file__).resolve().parent.parent / "numbers" / "streams" / "data"
KINDS = {"lstm": (kl.LSTM, ["h", "c"]), "gru": (kl.GRU, ["h"]), "rnn": (kl.SimpleRNN, ["h"])}
cases = {entry: [] for entry in KINDS}


def state_variables(layer):
    parts = [layer.forward_layer, layer.backward_layer] if isinstance(layer, kl.Bidirectional) else [layer]
    return [state for part in parts for state in part.states]


def value_of(state):
    return ops.convert_to_numpy(state).copy()


class Streams:
    """Keras' side of a case: a stateful layer for so many streams."""

    def __init__(self, entry, about, streams, features, source, units=4, both=False, apply=None, **settings):
        self.random = random_of("streams " + entry + about)
        self.streams = streams
        self.layer = KINDS[entry][0](units, stateful=True, **settings)
        if both:
            self.layer = kl.Bidirectional(self.layer)
        self.layer.build((streams, None, features))
        weights = [numbers(self.random, *w.shape, low=-1, high=1).astype(w.dtype) for w in self.layer.weights]
        self.layer.set_weights(weights)
        self.apply = apply or (lambda layer, inputs: layer(inputs[0]))
        self.case = {"about": about, "source": source, "streams": streams, "weights": [as_json(w) for w in weights], "calls": []}
        cases[entry].append(self.case)

    def call(self, *inputs, reset=()):
        """`reset`: streams that begin anew before the call."""
        n = len(inputs[0])
        states = state_variables(self.layer)
        for state in states:
            value = value_of(state)
            value[list(reset)] = 0
            state.assign(value)
        before = [value_of(state) for state in states]
        full = [np.concatenate([x, np.zeros((self.streams - n,) + x.shape[1:], x.dtype)]) for x in inputs]
        y = self.apply(self.layer, full)
        for state, old in zip(states, before):
            value = value_of(state)
            value[n:] = old[n:]
            state.assign(value)
        outputs = [np.asarray(part)[:n] for part in (y if isinstance(y, (list, tuple)) else [y])]
        written = {"n": n, "inputs": [as_json(x) for x in inputs], "outputs": [as_json(part) for part in outputs]}
        if list(reset):
            written["reset"] = list(reset)
        self.case["calls"].append(written)
        return outputs


def model(line, steps=5, features=4, dtype="f32", outputs=("y",), before=""):
    shown = "".join(f"  output {name}\n" for name in outputs)
    return f"kdl 1\nmodel M {{\n{before}  input x: {dtype}[N, {steps}, {features}]\n  {line}\n{shown}}}\n"


def make(entry):
    states = KINDS[entry][1]
    results = ["y"] + states
    names = ", ".join(results)

    line = f"{names} = x -> {entry}(4, sequences: true, states: true, stateful: true) as cell"
    case = Streams(entry, "every step, and states", 3, 4, model(line, outputs=results), return_sequences=True, return_state=True)
    x = lambda n, steps=5, features=4: numbers(case.random, n, steps, features)
    case.call(x(3))
    case.call(x(3))
    case.call(x(3), reset=[1])
    case.call(x(2))
    case.call(x(1))
    case.call(x(3))
    case.call(x(3), reset=range(3))

    line = f"y = x -> {entry}(4, stateful: true) as cell"
    case = Streams(entry, "five streams, the last step", 5, 4, model(line, 3))
    for n in (5, 4, 1, 5, 3, 2):
        case.call(x(n, 3))

    line = f"y = x -> {entry}(19, sequences: true, stateful: true) as cell"
    case = Streams(entry, "wider than a vector", 2, 17, model(line, 2, 17), units=19, return_sequences=True)
    for n in (2, 1, 2):
        case.call(x(n, 2, 17))

    line = f"y = x -> {entry}(4, sequences: true, direction: both, stateful: true) as cell"
    case = Streams(entry, "both directions", 2, 4, model(line), both=True, return_sequences=True)
    for n in (2, 2, 1):
        case.call(x(n))

    line = f"y = x -> {entry}(4, direction: backward, stateful: true) as cell"
    case = Streams(entry, "backward", 2, 4, model(line), go_backwards=True)
    for n in (2, 1, 2):
        case.call(x(n))

    line = f"y = x -> {entry}(4, sequences: true, mask: known, stateful: true) as cell"
    case = Streams(entry, "a mask", 3, 4, model(line, before="  input known: bool[N, 5]\n"), return_sequences=True,
                   apply=lambda layer, inputs: layer(inputs[1], mask=inputs[0]))
    for n in (3, 2, 3):
        known = case.random.random((n, 5)) > 0.4
        known[0] = False
        case.call(known, x(n))

    line = f"y = x -> {entry}(4, sequences: true, stateful: true) as cell"
    case = Streams(entry, "steps known only at run time", 2, 4, model(line, "T", before="  dim T <= 9\n"), return_sequences=True)
    for n, steps in ((2, 5), (2, 1), (1, 9), (2, 3)):
        case.call(x(n, steps))

    line = f"y = x -> {entry}(4, stateful: true) as cell"
    case = Streams(entry, "in double precision", 2, 4, model(line, dtype="f64"), dtype="float64")
    for n in (2, 2):
        case.call(x(n).astype(np.float64))

    source = ("kdl 1\nmodel M {\n  input x: f32[N, 3, 4]\n  input z: f32[N, 2, 4]\n"
              f"  layer cell = {entry}(4, stateful: true)\n  output a = x -> cell\n  output b = z -> cell\n}}\n")
    case = Streams(entry, "applied twice in a call", 2, 4, source,
                   apply=lambda layer, inputs: [np.asarray(layer(inputs[0])), np.asarray(layer(inputs[1]))])
    for n in (2, 1, 2):
        case.call(x(n, 3), x(n, 2))

    # A long sequence given to a layer without memory, and piece by piece to one that has it: both by Keras.
    line = f"y = x -> {entry}(4, sequences: true, stateful: true) as cell"
    case = Streams(entry, "a long sequence in pieces", 2, 4, model(line, "T", before="  dim T <= 9\n"), return_sequences=True)
    plain = KINDS[entry][0](4, return_sequences=True)
    plain.build((2, None, 4))
    plain.set_weights(case.layer.get_weights())
    long = x(2, 12)
    expected = np.asarray(plain(long))
    for begin, end in ((0, 5), (5, 6), (6, 12)):
        y, = case.call(long[:, begin:end])
        assert np.abs(y - expected[:, begin:end]).max() < 1e-6
        case.case["calls"][-1]["outputs"] = [as_json(expected[:, begin:end])]


if __name__ == "__main__":
    DATA.mkdir(parents=True, exist_ok=True)
    for entry in KINDS:
        make(entry)
        text = json.dumps({"entry": entry, "cases": cases[entry]}, separators=(",", ":")).replace('{"about"', '\n{"about"') + "\n"
        (DATA / f"{entry}.json").write_text(text)
        print(entry, len(cases[entry]), "cases,", len(text), "bytes")
