"""Runs the contenders of a row: each in a process of its own that is stopped while it is not its turn, so that no thread of one
spins beside another; rounds in which all take turns, in another order each time."""
import ctypes
import os
import random
import resource
import selectors
import signal
import statistics
import subprocess
import time

import numpy as np

from peers import PeerFails, reason_in, row_folder, shapes_of


def begin_in(cores):
    """In a new process: its processors; and it ends with this one, since it may be stopped when this one is killed."""
    os.sched_setaffinity(0, cores)
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def go_first(pid):
    """Where it is permitted, all threads of a process run before those of strangers. For one processor only: with more, threads
    that wait for one another by spinning would keep each other from running."""
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.sched_setscheduler(int(thread), os.SCHED_RR, os.sched_param(1))
    except (PermissionError, ProcessLookupError):
        pass


class Contender:
    """A started process that has computed once."""

    def __init__(self, name, title, before, behind, row, threads, cores):
        self.name, self.title = name, title
        self.output_path = row_folder(row) / f"{name}-{threads}.out"
        self.output_path.unlink(missing_ok=True)
        self.errors = open(row_folder(row) / f"{name}-{threads}.err", "w+")
        begin = time.perf_counter()
        self.process = subprocess.Popen([str(word) for word in (*before, self.output_path, *behind)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True, bufsize=1,
                                        preexec_fn=lambda: begin_in(cores[:threads]))
        self._answer(600)
        self.first_result = time.perf_counter() - begin
        self.resident = self._resident()
        self.times = []
        if threads == 1:
            go_first(self.process.pid)
        self._stop()

    def _resident(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))

    def _answer(self, timeout):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            line = self.process.stdout.readline() if selector.select(timeout) else ""
        if not line:
            self.close()
            self.errors.seek(0)
            raise PeerFails(reason_in(self.errors.read()))
        return line

    def _stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def _time(self, calls):
        self.process.stdin.write(f"{calls}\n")
        return float(self._answer(600)) / calls

    def calibrate(self, seconds):
        """Chooses the number of calls of a turn."""
        self.process.send_signal(signal.SIGCONT)
        once = self._time(1)
        for _ in range(3):
            self.calls = max(1, int(seconds / once))
            once = self._time(max(1, self.calls // 4))
        self.calls = max(1, int(seconds / once))
        self._stop()
        return once

    def turn(self):
        self.process.send_signal(signal.SIGCONT)
        self._time(max(1, self.calls // 5))  # caches and clocks as they are while it runs
        self.times.append(self._time(self.calls))
        self._stop()

    def close(self):
        self.process.kill()
        self.process.wait()

    def result(self, row, is_onnx):
        """The first result, channels last."""
        _, shape, _, is_first = shapes_of(row, is_onnx)
        values = np.fromfile(self.output_path, np.float32).reshape(shape)
        return np.moveaxis(values, 1, -1) if is_first else values


def check_equal(results, tolerance=1e-4):
    """How far each result is from the one that is the median of all in each place, against the largest value; raises for kdlc."""
    middle = np.median(np.stack([value.astype(np.float64) for value in results.values()]), axis=0)
    largest = float(np.abs(middle).max())
    errors = {name: float(np.abs(value - middle).max()) / largest for name, value in results.items()}
    return errors, [name for name, error in errors.items() if not error <= tolerance]


def take_turns(contenders, rounds, seconds):
    """Interleaved rounds; whoever needs more than eight times the best joins a third of them."""
    once = {contender: contender.calibrate(seconds) for contender in contenders}
    best = min(once.values())
    order = list(contenders)
    shuffle = random.Random(1)
    for number in range(rounds):
        shuffle.shuffle(order)
        for contender in order:
            if once[contender] <= 8 * best or number % 3 == 0:
                contender.turn()


def figures(times):
    quartiles = statistics.quantiles(times, n=4) if len(times) > 1 else [times[0]] * 3
    return {"median": statistics.median(times), "low": quartiles[0], "high": quartiles[2], "least": min(times), "rounds": len(times)}


def raise_limits():
    """Many peers keep many files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
