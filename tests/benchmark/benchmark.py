"""kdlc beside its peers: see README.md. Usually started by `run`, which builds kdlc and installs the peers."""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import measure
import table
from kdlc import Kdlc
from limits import Limits, floor_of
from peers import BUILD, PeerFails, choose_peers, command_of, prepare, runtime_bytes, size_of
from picture import draw
from rows import ROOT, choose_rows

README_MARKS = ("<!-- benchmark on {}: written by tests/benchmark/run -->", "<!-- /benchmark -->")  # for each processor


def read_arguments():
    parser = argparse.ArgumentParser(description="Measures kdlc beside its peers.")
    parser.add_argument("--rows", help="names, with commas between; else all")
    parser.add_argument("--peers", help="names, with commas between; else all")
    parser.add_argument("--threads", default="1,2", help="1, 2 or 1,2")
    parser.add_argument("--cores", help="processors to use, with commas between; else the first ones")
    parser.add_argument("--rounds", type=int, default=25, help="turns of each contender in a run")
    parser.add_argument("--runs", type=int, default=1, help="how often each row is measured anew, with fresh processes")
    parser.add_argument("--quick", action="store_true", help="few short rounds: to see that all works")
    parser.add_argument("--write-readme", action="store_true", help="put table and picture into the README")
    parser.add_argument("--kdlc-options", default="", help="further words for `kdlc build`")
    return parser.parse_args()


def start(contenders_of, make, peer, row, threads, cores):
    """Starts one contender; what fails is said in its place of the table."""
    try:
        before, behind, facts = make()
        contender = measure.Contender(peer.name, peer.title, before, behind, row, threads, cores)
    except PeerFails as failure:
        contenders_of[peer.name] = {"title": peer.title, "error": str(failure)}
        print(f"  {peer.title}: {failure}", flush=True)
        return None
    known = contenders_of.setdefault(peer.name, {"title": peer.title, "runs": [], "times": [], "is_equal": True, "difference": 0.0})
    known.update(facts, first_result=contender.first_result, resident=contender.resident)
    return contender


def kdlc_command(row, threads):
    before, behind, result, seconds = Kdlc.command(row, threads)
    return before, behind, {"artefact_bytes": size_of(result), "runtime_bytes": 0, "compile_seconds": seconds}


def peer_command(peer, row, threads):
    before, behind, model = command_of(peer, row, threads)
    return before, behind, {"artefact_bytes": size_of(model), "runtime_bytes": runtime_bytes(peer)}


def measure_once(entry, row, peers, threads, arguments, cores):
    """One run of a row: starts all, compares their results, takes turns."""
    known, running = entry["contenders"], {}
    for peer in (Kdlc, *peers):
        if "error" in known.get(peer.name, {}):
            continue
        make = (lambda: kdlc_command(row, threads)) if peer is Kdlc else (lambda: peer_command(peer, row, threads))
        contender = start(known, make, peer, row, threads, cores)
        if contender:
            running[peer] = contender
    try:
        errors, wrong = measure.check_equal({peer.name: one.result(row, peer.is_onnx) for peer, one in running.items()})
        for name, error in errors.items():
            known[name].update(difference=error, is_equal=name not in wrong)
        measure.take_turns(list(running.values()), arguments.rounds, arguments.seconds)
    finally:
        for contender in running.values():
            contender.close()
    for peer, contender in running.items():
        known[peer.name]["runs"].append(measure.figures(contender.times))
        known[peer.name]["times"] += contender.times


def measure_row(row, peers, threads, arguments, cores, limits):
    prepare("weights", row, threads)
    flops, floor = floor_of(row, limits)
    entry = {"name": row.name, "title": row.title, "threads": threads, "least": row.least, "flops": flops, "floor": floor, "contenders": {}}
    begin = time.time()
    for _ in range(arguments.runs):
        measure_once(entry, row, peers, threads, arguments, cores)
    for one in entry["contenders"].values():
        if one.get("times"):
            one.update(measure.figures(one.pop("times")))
    ratio = table.ratio_of(entry)
    told = ", ".join(f"{one['title']} {table.number(one['median'] * 1e6)}" for one in entry["contenders"].values() if "median" in one)
    print(f"{row.title}, {threads} thread{'s' if threads > 1 else ''}: {told}; {f'{ratio:.2f} times' if ratio else ''} "
          f"({time.time() - begin:.0f} s)", flush=True)
    return entry


def processor():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    return next((line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")), "a processor")


def describe_machine():
    has_wide_vectors = " avx512f" in pathlib.Path("/proc/cpuinfo").read_text()
    load = os.getloadavg()[0]
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    state = f"kdlc of {told.stdout.strip()}, " if told.returncode == 0 else ""
    return f"{processor()}{' with AVX-512' if has_wide_vectors else ''}, {state}float32; load of the machine when it began: {load:.1f}."


def write_readme(results):
    """In place of the tables and the picture of this processor, or behind those of the last one."""
    name = "-".join(re.findall(r"[a-z0-9]+", processor().lower().replace("(r)", "")))
    picture = ROOT / "tests" / "benchmark" / f"speed-{name}.svg"
    draw(results, picture)
    readme = ROOT / "README.md"
    text = readme.read_text()
    mark, end_mark = README_MARKS[0].format(processor()), README_MARKS[1]
    begin = text.find(mark)
    behind = text.find(end_mark, begin) if begin >= 0 else text.rfind(end_mark)
    if behind < 0:
        raise SystemExit(f"README.md has no place for the tables: {README_MARKS[0].format('…')} … {end_mark}")
    part = f"{mark}\n{table.readme_part(results)}\n![time over the floor of the hardware]({picture.relative_to(ROOT)})\n{end_mark}"
    if begin < 0:
        begin = behind = behind + len(end_mark)
        readme.write_text(f"{text[:begin]}\n\n{part}{text[behind:]}")
    else:
        readme.write_text(text[:begin] + part + text[behind + len(end_mark):])


def main():
    arguments = read_arguments()
    arguments.seconds = 0.004 if arguments.quick else 0.02
    if arguments.quick:
        arguments.rounds = min(arguments.rounds, 5)
    Kdlc.options = tuple(arguments.kdlc_options.split())
    rows = choose_rows(arguments.rows)
    peers, missing = choose_peers(arguments.peers)
    allowed = sorted(os.sched_getaffinity(0))
    cores = [int(core) for core in arguments.cores.split(",")] if arguments.cores else allowed
    threads_list = [int(count) for count in arguments.threads.split(",")]
    if max(threads_list) > len(cores):
        raise SystemExit(f"{max(threads_list)} threads need as many processors; there are {len(cores)}")
    BUILD.mkdir(parents=True, exist_ok=True)
    measure.raise_limits()
    results = {"machine": describe_machine(), "threads": threads_list, "missing": [peer.title for peer in missing], "limits": {}, "rows": []}
    for peer in missing:
        print(f"{peer.title} is not installed", flush=True)
    for threads in threads_list:
        limits = Limits(threads, cores)
        print(f"{threads} thread{'s' if threads > 1 else ''}: {limits.describe()}", flush=True)
        results["limits"][str(threads)] = {"flops": limits.flops, "text": limits.describe()}
        for row in rows:
            results["rows"].append(measure_row(row, peers, threads, arguments, cores, limits))
            (BUILD / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    text = table.document(results)
    (BUILD / "results.md").write_text(text)
    draw(results, BUILD / "speed.svg")
    if arguments.write_readme:
        write_readme(results)
    sys.stdout.write("\n" + text)


if __name__ == "__main__":
    main()
