"""The picture of the README: for each row how many times the floor of the hardware each contender needs."""


def draw(results, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plot

    rows = [row for row in results["rows"] if row["threads"] == results["threads"][0]]
    names = list(dict.fromkeys(name for row in rows for name in row["contenders"]))
    figure, axes = plot.subplots(figsize=(9, 0.42 * len(rows) + 1.6))
    colours = plot.get_cmap("tab10")
    for index, name in enumerate(names):
        places = [(row["contenders"][name]["median"] / row["floor"], len(rows) - number) for number, row in enumerate(rows)
                  if "median" in row["contenders"].get(name, {})]
        if not places:
            continue
        title = next(row["contenders"][name]["title"] for row in rows if name in row["contenders"])
        is_ours = name == "kdlc"
        axes.scatter(*zip(*places), label=title, s=70 if is_ours else 26, marker="D" if is_ours else "o",
                     color="black" if is_ours else colours((index - 1) % 10), zorder=3 if is_ours else 2)
    axes.axvline(1, color="grey", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks([len(rows) - number for number in range(len(rows))], [row["title"] for row in rows])
    axes.set_xlabel("time over the floor of the hardware (1 = peak arithmetic and memory rate); one thread")
    axes.grid(axis="x", which="both", alpha=0.25)
    axes.legend(fontsize=8, ncols=2)
    figure.tight_layout()
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
