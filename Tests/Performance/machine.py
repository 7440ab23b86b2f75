"""What the figures were measured on, and with what."""

import os
import pathlib
import platform
import subprocess

import peers

VERSIONS = {
    "letterhead": [peers.LETTERHEAD, "--version"], "nginx": ["nginx", "-v"], "haproxy": ["haproxy", "-v"],
    "nghttpx": ["nghttpx", "--version"], "envoy": [peers.ENVOY, "--version"], "caddy": [peers.CADDY, "version"],
}


def describe(proxies):
    return {
        "processor": from_file("/proc/cpuinfo", "model name"), "cores": len(os.sched_getaffinity(0)),
        "memory": from_file("/proc/meminfo", "MemTotal"), "system": platform.platform(),
        "load_average_before": os.getloadavg()[0], "commit": first_line("git", "-C", str(peers.ROOT), "describe", "--always", "--dirty"),
        "versions": {proxy: first_line(*VERSIONS[proxy]) for proxy in proxies},
    }


def from_file(path, key):
    return next((line.partition(":")[2].strip() for line in pathlib.Path(path).read_text().splitlines() if line.startswith(key)), "")


def first_line(*command):
    finished = subprocess.run(command, capture_output=True, text=True)
    return next((line.strip() for line in (finished.stdout + finished.stderr).splitlines() if line.strip()), "")
