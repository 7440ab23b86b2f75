"""Rounds of a scenario, interleaved: in each, every entrant has its turn, and the first of one round is the last of the next."""

import re
import statistics
import sys

import peers


def attempt(label, failures, measure):
    """What it measured; None when that failed, which the report says."""
    try:
        return measure()
    except peers.Failure as failure:
        failures[label] = str(failure)
        print(f"{label} failed: {failure}", file=sys.stderr)
        return None


def interleaved(name, entrants, count, failures, measure):
    """The medians of each figure, by label. Who failed a round is out."""
    measured = {entrant.label: [] for entrant in entrants}
    for number in range(count):
        turn = number % max(1, len(entrants))
        for entrant in entrants[turn:] + entrants[:turn]:
            if entrant.label not in measured:
                continue
            if figures := attempt(f"{name}, {entrant.label}", failures, lambda: measure(entrant)):
                measured[entrant.label].append(figures)
                text = ", ".join(f"{key} {value:.4g}" for key, value in figures.items())
                print(f"{name} {number + 1}/{count} {entrant.label}: {text}", file=sys.stderr)
            else:
                del measured[entrant.label]
    return {label: medians(rounds) for label, rounds in measured.items()}


def medians(rounds):
    """Of each figure by itself; and how far the rounds were apart in CPU, which says what the machine was worth."""
    figures = {key: float(f"{statistics.median(one[key] for one in rounds):.5g}") for key in rounds[0]}
    if cpu := figures.get("cpu_us"):
        figures["spread"] = round((max(one["cpu_us"] for one in rounds) - min(one["cpu_us"] for one in rounds)) / cpu, 3)
    return figures


def loaded(server, load, seconds):
    """The load, and what it cost the proxy."""
    total, user, system = server.cpu()
    threads = busy(server)
    got = load(server, seconds)
    after, user_after, system_after = server.cpu()
    share = (system_after - system) / max(1, user_after + system_after - user - system)
    cpu, rate = (after - total) / got.requests / 1e3, got.requests / got.seconds
    spent = sorted(now - threads.get(task, 0) for task, now in busy(server).items())
    return {
        "cpu_us": cpu, "user_us": cpu * (1 - share), "system_us": cpu * share, "per_second": rate,
        "cores_busy": cpu * rate / 1e6, **percentiles(got), "resident_mib": server.resident() / 1024,
        "busiest_share": spent[-1] / max(1, sum(spent)),
    }


def percentiles(got):
    return {} if got.p99_ms is None else {"p50_ms": got.p50_ms, "p99_ms": got.p99_ms}


def busy(server):
    return {task: int((task / "schedstat").read_text().split()[0]) for task in server.tasks()}


def under_load(name, scenario, load, upstream, count, seconds, running, failures):
    """Each entrant runs all the time. `running` keeps those with nothing special about them for the next scenario."""
    servers = {}
    for entrant in scenario.entrants:
        server = attempt(f"{name}, {entrant.label}", failures, lambda: ready(entrant, scenario, upstream, running))
        if server:
            servers[entrant.label] = server
    entrants = [entrant for entrant in scenario.entrants if entrant.label in servers]
    figures = interleaved(
        name, entrants, count, failures, lambda entrant: loaded(servers[entrant.label], entrant.load or load, seconds))
    for entrant in entrants:
        if entrant.settings:
            servers[entrant.label].stop()
    return figures


def ready(entrant, scenario, upstream, running):
    server = None if entrant.settings else running.get(entrant.proxy)
    if server is None or server.process.poll() is not None:
        server = peers.start_proxy(entrant.proxy, upstream, re.sub(r"\W+", "-", entrant.label), **entrant.settings)
        server.count = entrant.settings.get("rules") or entrant.settings.get("routes")
        if not entrant.settings:
            running[entrant.proxy] = server
    scenario.warm_up(server)
    return server


def started_afresh(name, scenario, upstream, count, failures):
    """Each entrant is started for each measurement."""
    return interleaved(
        name, scenario.entrants, count, failures, lambda entrant: scenario.once(entrant.proxy, upstream, entrant.settings))
