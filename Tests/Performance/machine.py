"""What the figures were measured on, and with what."""

import os
import pathlib
import platform
import re
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
        "load_average_before": os.getloadavg()[0], "commit": output("git", "-C", str(peers.ROOT), "rev-parse", "--short", "HEAD").strip(),
        "versions": {proxy: version(proxy) for proxy in proxies},
    }


def from_file(path, key):
    return next((line.partition(":")[2].strip() for line in pathlib.Path(path).read_text().splitlines() if line.startswith(key)), "")


def output(*command):
    finished = subprocess.run(command, capture_output=True, text=True)
    return finished.stdout + finished.stderr


def version(proxy):
    found = re.search(r"(?<![\d.])\d+\.\d+\.\d+", output(*VERSIONS[proxy]))
    return found[0] if found else "?"
