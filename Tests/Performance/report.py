"""A run as Markdown."""

COLUMNS = {
    "cpu_us": ("CPU µs a {unit}", "{:.2f}"), "spread": ("rounds apart", "{:.0%}"), "user_us": ("user", "{:.2f}"), "system_us": ("system", "{:.2f}"),
    "per_second": ("of those a second", "{:,.0f}"), "cores_busy": ("cores busy", "{:.2f}"), "p50_ms": ("p50 ms", "{:.3f}"), "p99_ms": ("p99 ms", "{:.3f}"),
    "resident_mib": ("resident MiB", "{:.1f}"), "kib_each": ("KiB a connection", "{:.2f}"), "before_mib": ("MiB before", "{:.1f}"),
    "after_mib": ("MiB with them", "{:.1f}"), "after_one_mib": ("MiB after one", "{:.1f}"), "after_ten_mib": ("after ten", "{:.1f}"),
    "growth": ("ratio", "{:.2f}"), "milliseconds": ("ms", "{:.1f}"), "busiest_share": ("of it the busiest thread", "{:.0%}"),
}


def markdown(run, scenarios):
    machine = run["machine"]
    lines = [
        "# Side by side", "",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}, {machine['system']}. Each proxy with one worker on one "
        f"core, the load and the app on another; {run['rounds']} rounds of {run['seconds']} s, interleaved, medians. "
        f"{run['date']}, commit {machine['commit']}, load average before the run {machine['load_average_before']:.2f}.", "",
        ", ".join(f"{proxy} {version}" for proxy, version in machine["versions"].items()) + ".", "",
        "## Bars", "", "| | Letterhead | the best of its peers | ratio | bar | holds |", "|---|--:|--:|--:|--:|---|",
        *map(bar, run["bars"]),
    ]
    for name, figures in run["results"].items():
        lines += ["", f"## {scenarios[name].title}{more(run, name)}", "", *table(figures, scenarios[name].unit)]
    if run["failures"]:
        lines += ["", "## Left out", "", *[f"- {label}: {why.splitlines()[0]}" for label, why in run["failures"].items()]]
    return "\n".join(lines) + "\n"


def bar(one):
    limit = f"{'≥' if one['at_least'] else '≤'} {one['limit']:.2f}"
    return (
        f"| {one['bar']} | {number(one['ours'])} | {one['peer'] + ' ' + number(one['theirs']) if one['peer'] else ''} | {one['ratio']:.2f} | {limit} "
        f"| {'yes' if one['holds'] else '**no**'}{', ' + one['note'] if one['note'] else ''} |")


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def more(run, name):
    return f": {run['half_load_rate']:,.0f} requests/s, in rounds a quarter as long" if name == "half" else ""


def table(figures, unit):
    some = next(iter(figures.values()), {})
    columns = [key for key in COLUMNS if key in some and (key != "busiest_share" or "letterhead, 2 workers" in figures)]
    ours = figures.get("letterhead") if "cpu_us" in some else None
    yield "| | " + " | ".join(COLUMNS[key][0].format(unit=unit) for key in columns) + (" | Letterhead's CPU to this |" if ours else " |")
    yield "|---|" + "--:|" * (len(columns) + bool(ours))
    for label, one in figures.items():
        cells = [COLUMNS[key][1].format(one[key]) for key in columns]
        if ours:
            cells.append(f"{ours['cpu_us'] / one['cpu_us']:.2f}" if one is not ours else "")
        yield f"| {label} | " + " | ".join(cells) + " |"
