"""The tables, in Markdown."""
import math


def number(microseconds):
    """Three digits, as short as they can be written."""
    return f"{microseconds:.{max(0, 2 - math.floor(math.log10(microseconds)))}f}" if microseconds > 0 else "0"


def mebibytes(size):
    return f"{size / 2**20:.{1 if size < 100 * 2**20 else 0}f}"


def peers_of(row):
    return {name: one for name, one in row["contenders"].items() if name != "kdlc" and "median" in one and one["is_equal"]}


def best_peer(row):
    peers = peers_of(row)
    return min(peers, key=lambda name: peers[name]["median"]) if peers else None


def ratio_of(row):
    """How many times as fast as the best peer; None when there is nothing to compare."""
    ours, best = row["contenders"].get("kdlc", {}), best_peer(row)
    return peers_of(row)[best]["median"] / ours["median"] if best and "median" in ours else None


def lost_to(row):
    """Peers that are faster by more than the spread: their upper quartile lies below kdlc's lower one, in every run."""
    ours = row["contenders"].get("kdlc", {}).get("runs", [])
    return [name for name, one in peers_of(row).items()
            if ours and all(mine["low"] > theirs["high"] for mine, theirs in zip(ours, one["runs"]))]


def main_table(rows, limits):
    lines = ["| model, batch 1 unless said | MFLOP | floor, µs | kdlc, µs | middle half | % of FMA peak | % of the limit | best peer | µs "
             "| times as fast | asked |", "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        ours, best, ratio = row["contenders"].get("kdlc", {}), best_peer(row), ratio_of(row)
        cells = [row["title"], f"{row['flops'] / 1e6:.3g}" if row["flops"] < 1e8 else f"{row['flops'] / 1e6:.0f}", number(row["floor"] * 1e6)]
        if "median" in ours:
            cells += [number(ours["median"] * 1e6), f"{number(ours['low'] * 1e6)} to {number(ours['high'] * 1e6)}",
                      f"{100 * row['flops'] / ours['median'] / limits['flops']:.0f}", f"{100 * row['floor'] / ours['median']:.0f}"]
        else:
            cells += [ours.get("error", "not run"), "", "", ""]
        cells += [row["contenders"][best]["title"], number(peers_of(row)[best]["median"] * 1e6)] if best else ["", ""]
        cells += [f"**{ratio:.2f}**" if ratio else "", f"{row['least']:g}" if row["least"] and row["threads"] == 1 else ""]
        lines.append("| " + " | ".join(cells) + " |")
    ratios = [ratio for ratio in map(ratio_of, rows) if ratio]
    named = [ratio_of(row) for row in rows if row["least"] and ratio_of(row)]
    if ratios:
        mean = lambda values: math.exp(sum(map(math.log, values)) / len(values))
        lines += ["", f"Geometric mean over the best peer of each row: {mean(ratios):.2f} ×" +
                  (f"; of the rows that are asked for: {mean(named):.2f} ×." if named else ".")]
        lost = [f"{row['title']} to {', '.join(row['contenders'][name]['title'] for name in lost_to(row))}" for row in rows if lost_to(row)]
        lines.append("Lost by more than the spread: " + ("; ".join(lost) if lost else "none") + ".")
    return lines


def matrix(rows, what):
    """One column for each contender; `what` gives a cell."""
    titles = {}
    for row in rows:
        titles.update((name, one["title"]) for name, one in row["contenders"].items())
    lines = ["| model | " + " | ".join(titles.values()) + " |", "| --- |" + " --- |" * len(titles)]
    for row in rows:
        best = min((one["median"] for one in row["contenders"].values() if "median" in one), default=None)
        cells = [what(row["contenders"][name], best) if name in row["contenders"] else "" for name in titles]
        lines.append("| " + " | ".join([row["title"], *cells]) + " |")
    return lines


def time_cell(one, best):
    if "median" not in one:
        return "–"
    text = number(one["median"] * 1e6)
    return (f"**{text}**" if one["median"] == best else text) + ("" if one["is_equal"] else " (differs)")


def cost_cell(one, _):
    if "median" not in one:
        return "–"
    return f"{1e3 * one['first_result']:.0f} ms, {mebibytes(one['resident'])}, {mebibytes(one['artefact_bytes'])} + {mebibytes(one['runtime_bytes'])}"


def compile_line(rows):
    cells = [f"{row['title']} {row['contenders']['kdlc']['compile_seconds']:.2f}" for row in rows
             if "compile_seconds" in row["contenders"].get("kdlc", {})]
    return "Seconds of `kdlc build`: " + ", ".join(cells) + "." if cells else ""


def failures(rows):
    """One line for each reason why a peer has no figure."""
    reasons = {}
    for row in rows:
        for one in row["contenders"].values():
            if "error" in one:
                reasons.setdefault((one["title"], one["error"]), []).append(row["title"])
            elif not one["is_equal"]:
                reasons.setdefault((one["title"], f"result differs by {one['difference']:.1e}"), []).append(row["title"])
    return [f"- {title}: {error} ({', '.join(dict.fromkeys(names))})" for (title, error), names in reasons.items()]


def document(results):
    """All tables of a run."""
    lines = [results["machine"], ""]
    for threads in results["threads"]:
        rows = [row for row in results["rows"] if row["threads"] == threads]
        limits = results["limits"][str(threads)]
        lines += [f"### {'One thread, pinned' if threads == 1 else f'{threads} threads'}", "", f"Limits: {limits['text']}.", ""]
        lines += main_table(rows, limits) + ["", "Median, µs:", ""] + matrix(rows, time_cell) + [""]
    first = [row for row in results["rows"] if row["threads"] == results["threads"][0]]
    lines += ["### Costs outside the steady state", "",
              "Start of the process to the first result, resident MiB then, MiB of the artefact + of the runtime it needs.", ""]
    lines += matrix(first, cost_cell) + ["", compile_line(first)]
    missing = failures(results["rows"]) + [f"- {title}: not installed" for title in results["missing"]]
    if missing:
        lines += ["", "Without a figure:", "", *missing]
    return "\n".join(lines) + "\n"


def readme_part(results):
    """What the README shows: one thread and two, kdlc beside the best peer."""
    lines = [results["machine"], ""]
    for threads in results["threads"]:
        rows = [row for row in results["rows"] if row["threads"] == threads]
        lines += [f"**{'One thread' if threads == 1 else f'{threads} threads'}**", ""]
        lines += main_table(rows, results["limits"][str(threads)]) + [""]
    return "\n".join(lines)
