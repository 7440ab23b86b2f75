#!/usr/bin/env python3
"""Full load over HTTP/1.1 and HTTP/2 at once, for five minutes (`soak.py SECONDS` for another time): fails on a failed request, and when
resident memory grew after the first fifth of the time.
"""

import re
import subprocess
import sys
import time

import peers

TOLERANCE = 1024  # KiB: the allocator breathes


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    _, servers = peers.start(["letterhead"])
    server = servers["letterhead"]
    url = f"http://127.0.0.1:{server.port}/"
    loads = [
        subprocess.Popen(["taskset", "-c", "1", *command], stdout=subprocess.PIPE, text=True)
        for command in (
            ["wrk", "-t1", "-c64", f"-d{seconds}s", "-H", "Origin: https://app.example", url],
            ["h2load", "-t1", "-c8", "-m8", "-D", str(seconds), "--no-tls-proto=h2c", url],
        )
    ]
    began, samples = time.monotonic(), []
    while any(load.poll() is None for load in loads):
        time.sleep(min(5, seconds / 20))
        samples.append((time.monotonic() - began, server.resident()))
        print(f"{samples[-1][0]:5.0f} s  {samples[-1][1] / 1024:.1f} MiB", flush=True)
    texts = [load.stdout.read() for load in loads]
    print(*texts, sep="\n")

    complaints = [f"{name} failed: {text}" for name, load, text in zip(("wrk", "h2load"), loads, texts) if load.returncode]
    if "Socket errors" in texts[0] or "Non-2xx" in texts[0]:
        complaints.append("wrk saw failed requests")
    if not re.search(r"[1-9]\d* succeeded, 0 failed, 0 errored, 0 timeout", texts[1]):
        complaints.append("h2load saw failed requests")
    early = max(resident for moment, resident in samples if moment <= seconds / 5)
    late = max(resident for _, resident in samples)
    if late > early + TOLERANCE:
        complaints.append(f"resident memory grew from {early} KiB in the first fifth to {late} KiB")
    print("\n".join(complaints) or f"no failed request; resident memory {early} KiB, then at most {late} KiB")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
