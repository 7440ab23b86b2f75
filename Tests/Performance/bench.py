#!/usr/bin/env python3
"""Letterhead beside nginx, HAProxy, nghttpx, Envoy and Caddy, all with the same policy: see scenarios.py for what is measured and
bars.py for what has to hold. Rounds are interleaved, so that what slows the machine slows all alike; figures are medians.

    bench.py [--quick] [--rounds N] [--seconds S] [--scenario NAME …] [--proxy NAME …] [--json FILE]
"""

import argparse
import datetime
import json
import pathlib
import sys

import bars
import loads
import machine
import peers
import report
import rounds
from scenarios import SCENARIOS


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="two rounds of a second: three minutes, and figures to match")
    options.add_argument("--rounds", type=int)
    options.add_argument("--seconds", type=int, help="of each measurement")
    options.add_argument("--scenario", nargs="*", choices=SCENARIOS, default=list(SCENARIOS))
    options.add_argument("--proxy", nargs="*", choices=peers.PROXIES, default=list(peers.PROXIES))
    options.add_argument("--json", type=pathlib.Path, help="write the figures to this file, and the report beside it as .md")
    given = options.parse_args()
    given.rounds = given.rounds or (2 if given.quick else 5)
    given.seconds = given.seconds or (1 if given.quick else 2)

    proxies = [proxy for proxy in given.proxy if proxy in peers.installed()]
    if "letterhead" in set(given.proxy) - set(proxies):
        raise SystemExit(f"{peers.LETTERHEAD} is not there: make bench builds it")
    if missing := set(given.proxy) - set(proxies):
        print(f"not installed and left out: {', '.join(sorted(missing))}", file=sys.stderr)
    described = machine.describe(proxies)
    run = {
        "date": datetime.date.today().isoformat(), "rounds": given.rounds, "seconds": given.seconds, "machine": described, "results": {},
        "failures": {},
    }
    upstream = peers.start_upstream()
    running = {}
    for name in given.scenario:
        scenario = SCENARIOS[name]
        scenario = scenario._replace(entrants=[entrant for entrant in scenario.entrants if entrant.proxy in proxies])
        if scenario.once:
            figures = rounds.started_afresh(name, scenario, upstream, 2 * given.rounds if name == "start" else 1, run["failures"])
        else:
            load, count, seconds = scenario.load, given.rounds, given.seconds
            if name == "half":
                # Short rounds: where the machine stops for some milliseconds it is the 99th percentile of one of many, not of each.
                count, seconds = 4 * count, seconds / 4
                rate = run["half_load_rate"] = half_load(run["results"], upstream, running, proxies)
                load = lambda server, seconds: loads.paced(server, seconds, rate)
            elif name == "routes":
                count = max(2, count // 2)
            figures = rounds.under_load(name, scenario, load, upstream, count, seconds, running, run["failures"])
        run["results"][name] = figures
    run["bars"] = bars.judge(run["results"])
    text = report.markdown(run, SCENARIOS)
    print(text)
    if given.json:
        given.json.write_text(json.dumps(run, indent=2) + "\n")
        given.json.with_suffix(".md").write_text(text)


def half_load(results, upstream, running, proxies):
    """Half of the throughput of the slowest of those that are meant to be compared, to two digits."""
    found = results.get("http1", {})
    slowest = []
    for proxy in ["letterhead", *bars.DEBIAN]:
        if proxy in found:
            slowest.append(found[proxy]["per_second"])
        elif proxy in proxies:
            running.setdefault(proxy, None)
            running[proxy] = running[proxy] or peers.start_proxy(proxy, upstream)
            got = loads.wrk(running[proxy], 1)
            slowest.append(got.requests / got.seconds)
    return float(f"{min(slowest) / 2:.2g}")


if __name__ == "__main__":
    main()
