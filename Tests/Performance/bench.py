#!/usr/bin/env python3
"""CPU per request, side by side: the same ten fields injected by each proxy, one worker on one core, the load and the upstream on the
other one. Rounds are interleaved, so that what slows the machine slows all alike; figures are medians.

    bench.py [--rounds N] [--seconds S] [--scenario NAME …] [--proxy NAME …] [--json FILE]
"""

import argparse
import json
import platform
import re
import statistics
import subprocess
import sys
import time

import peers

SCENARIOS = {
    "http1": dict(title="HTTP/1.1, small responses, 32 connections", proxies=["nginx", "haproxy", "letterhead"], path="/"),
    "http2": dict(title="HTTP/2, small responses, 8 connections × 8 streams", proxies=["nghttpx", "haproxy", "letterhead"], path="/"),
    "large": dict(title="HTTP/1.1, responses of 1 MiB, 8 connections", proxies=["nginx", "haproxy", "letterhead"], path="/large"),
}
ORIGIN = "Origin: https://app.example"


def wrk(server, path, connections, seconds):
    text = run(
        "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-H", ORIGIN, f"http://127.0.0.1:{server.port}{path}")
    if "Socket errors" in text or "Non-2xx" in text:
        raise SystemExit(f"{server.name} failed requests:\n{text}")
    unit = {"us": 1e-3, "ms": 1, "s": 1e3}

    def percentile(name):
        number, scale = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)\b", text).groups()
        return float(number) * unit[scale]

    return int(re.search(r"(\d+) requests in", text)[1]), percentile(50), percentile(99)


def h2load(server, path, seconds):
    text = run(
        "h2load", "-t1", "-c8", "-m8", "-D", str(seconds), "--no-tls-proto=h2c", "-H", ORIGIN,
        f"http://127.0.0.1:{server.port2}{path}")
    done, failed, errored, timeout = re.search(
        r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", text).groups()
    if int(failed) + int(errored) + int(timeout) or not int(done):
        raise SystemExit(f"{server.name} failed requests:\n{text}")
    return int(done), None, None


def run(*command):
    finished = subprocess.run(["taskset", "-c", "1", *command], capture_output=True, text=True)
    if finished.returncode:
        raise SystemExit(f"{' '.join(command)}: {finished.stdout}{finished.stderr}")
    return finished.stdout


def measure(server, scenario, seconds):
    total, user, system = server.cpu()
    began = time.monotonic()
    if scenario == "http2":
        requests, p50, p99 = h2load(server, SCENARIOS[scenario]["path"], seconds)
    else:
        requests, p50, p99 = wrk(server, SCENARIOS[scenario]["path"], 32 if scenario == "http1" else 8, seconds)
    elapsed = time.monotonic() - began
    after, user_after, system_after = server.cpu()
    return {
        "cpu_us": (after - total) / requests / 1e3,
        "system_share": (system_after - system) / max(1, user_after + system_after - user - system),
        "per_second": requests / elapsed, "p50_ms": p50, "p99_ms": p99, "resident_mib": server.resident() / 1024,
    }


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=int, default=3, help="of each measurement")
    options.add_argument("--scenario", nargs="*", choices=SCENARIOS, default=list(SCENARIOS))
    options.add_argument("--proxy", nargs="*", choices=["nginx", "haproxy", "nghttpx", "letterhead"])
    options.add_argument("--json", help="write the figures to this file")
    given = options.parse_args()

    wanted = {name: [p for p in SCENARIOS[name]["proxies"] if not given.proxy or p in given.proxy] for name in given.scenario}
    _, servers = peers.start(sorted({proxy for proxies in wanted.values() for proxy in proxies}))
    results = {}
    for name, proxies in wanted.items():
        rounds = {proxy: [] for proxy in proxies}
        for proxy in proxies:
            measure(servers[proxy], name, 1)
        for number in range(given.rounds):
            turn = number % len(proxies)
            for proxy in proxies[turn:] + proxies[:turn]:
                rounds[proxy].append(measure(servers[proxy], name, given.seconds))
                print(f"{name} {number + 1}/{given.rounds} {proxy}: {rounds[proxy][-1]['cpu_us']:.2f} µs", file=sys.stderr)
        results[name] = {
            proxy: {
                key: statistics.median(one[key] for one in measured) if measured[0][key] is not None else None
                for key in measured[0]
            }
            for proxy, measured in rounds.items()
        }

    print(f"One worker on one core; {given.rounds} rounds of {given.seconds} s, interleaved, medians. {platform.platform()}, {processor()}.\n")
    for name, figures in results.items():
        print(f"### {SCENARIOS[name]['title']}\n")
        print("| | CPU µs a request | in the kernel | requests/s | p50 ms | p99 ms | resident MiB | CPU against |\n|---|--:|--:|--:|--:|--:|--:|---|")
        for proxy, one in figures.items():
            against = ", ".join(f"{other} {one['cpu_us'] / figures[other]['cpu_us']:.2f}" for other in figures if other != proxy)
            p50, p99 = (f"{one[key]:.2f}" if one[key] is not None else "" for key in ("p50_ms", "p99_ms"))
            print(
                f"| {proxy} | {one['cpu_us']:.2f} | {one['system_share']:.0%} | {one['per_second']:,.0f} | {p50} | {p99} "
                f"| {one['resident_mib']:.1f} | {against} |")
        print()
    if given.json:
        with open(given.json, "w") as file:
            json.dump({"rounds": given.rounds, "seconds": given.seconds, "processor": processor(), "results": results}, file, indent=2)


def processor():
    with open("/proc/cpuinfo") as file:
        return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "unknown processor")


if __name__ == "__main__":
    main()
