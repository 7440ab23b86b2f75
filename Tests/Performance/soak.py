#!/usr/bin/env python3
"""Full load over HTTP/1.1 and HTTP/2 at once, for five minutes (`soak.py SECONDS` for another time): fails on a failed request, and when
resident memory grew after the first fifth of the time.
"""

import sys
import time

import endurance
import peers

TOLERANCE = 1024  # KiB: the allocator breathes


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    _, servers = peers.start(["letterhead"])
    server = servers["letterhead"]
    loads = endurance.begin(server, seconds, seconds, core=1)
    began, samples = time.monotonic(), []
    while any(load.poll() is None for load in loads):
        time.sleep(min(5, seconds / 20))
        samples.append((time.monotonic() - began, server.resident()))
        print(f"{samples[-1][0]:5.0f} s  {samples[-1][1] / 1024:.1f} MiB", flush=True)
    texts = [load.stdout.read() for load in loads]
    print(*texts, sep="\n")

    complaints = [f"{name} failed: {text}" for name, load, text in zip(("wrk", "h2load"), loads, texts) if load.returncode]
    early = max(resident for moment, resident in samples if moment <= seconds / 5)
    late = max(resident for _, resident in samples)
    complaints += endurance.complaints(*texts, early, late, TOLERANCE)
    print("\n".join(complaints) or f"no failed request; resident memory {early} KiB, then at most {late} KiB")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
