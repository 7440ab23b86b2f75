"""Rounds of a scenario, interleaved: in each, every entrant has its turn, and the first of one round is the last of the next."""

import statistics
import sys

import peers


def interleaved(entrants, count):
    for number in range(count):
        turn = number % len(entrants)
        for entrant in entrants[turn:] + entrants[:turn]:
            yield number, entrant


def note(name, number, count, label, figures):
    text = ", ".join(f"{key} {value:.4g}" for key, value in figures.items() if isinstance(value, (int, float)))
    print(f"{name} {number + 1}/{count} {label}: {text}", file=sys.stderr)


def median(rounds):
    """Of each figure by itself. An entrant that failed one round has no figures."""
    return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]} if rounds and all(rounds) else None


def loaded(server, load, seconds):
    """The load, and what it cost the proxy. None when the proxy could not carry it."""
    total, user, system = server.cpu()
    threads = busy(server)
    got = load(server, seconds)
    if got is None:
        return None
    after, user_after, system_after = server.cpu()
    share = (system_after - system) / max(1, user_after + system_after - user - system)
    cpu = (after - total) / got.requests / 1e3
    spent = sorted(now - threads.get(task, 0) for task, now in busy(server).items())
    return {
        "cpu_us": cpu, "user_us": cpu * (1 - share), "system_us": cpu * share, "per_second": got.requests / got.seconds,
        "p50_ms": got.p50_ms, "p99_ms": got.p99_ms, "resident_mib": server.resident() / 1024, "busiest_share": spent[-1] / max(1, sum(spent)),
    }


def busy(server):
    return {task: int((task / "schedstat").read_text().split()[0]) for task in server.tasks()}


def under_load(name, scenario, load, upstream, count, seconds, running):
    """Each entrant runs all the time. `running` keeps those with nothing special about them for the next scenario."""
    servers = {}
    for entrant in scenario.entrants:
        if entrant.settings:
            server = peers.start_proxy(
                entrant.proxy, upstream, entrant.label.replace(", ", "-").replace(" ", "-").replace(",", ""), **entrant.settings)
        else:
            server = running.get(entrant.proxy) or peers.start_proxy(entrant.proxy, upstream)
            running[entrant.proxy] = server
        server.count = entrant.settings.get("rules") or entrant.settings.get("routes")
        servers[entrant.label] = server
        scenario.warm_up(server)
    rounds = {entrant.label: [] for entrant in scenario.entrants}
    for number, entrant in interleaved(scenario.entrants, count):
        figures = loaded(servers[entrant.label], load, seconds)
        rounds[entrant.label].append(figures)
        note(name, number, count, entrant.label, figures or {})
    for entrant in scenario.entrants:
        if entrant.settings:
            servers[entrant.label].stop()
    return {label: figures for label, measured in rounds.items() if (figures := median(measured))}


def started_afresh(name, scenario, upstream, count):
    """Each entrant is started for each measurement."""
    rounds = {entrant.label: [] for entrant in scenario.entrants}
    for number, entrant in interleaved(scenario.entrants, count):
        figures = scenario.once(entrant.proxy, upstream, entrant.settings)
        rounds[entrant.label].append(figures)
        note(name, number, count, entrant.label, figures)
    return {label: median(measured) for label, measured in rounds.items()}
