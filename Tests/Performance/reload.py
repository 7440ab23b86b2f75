#!/usr/bin/env python3
"""A hundred reloads, half of them bad, under full load over HTTP/1.1 and HTTP/2, then a new process that takes over, under HTTP/1.1: fails on
a failed request, or when resident memory grew after the first fifth of the reloads.

h2load takes no new connection when it is told to go away (GOAWAY), and counts what it then has no connection for as failed: that clients
of HTTP/2 lose nothing when a process takes over is shown by UpgradeTests, whose clients connect again.
"""

import sys
import time
import urllib.error
import urllib.request

import endurance
import peers

RELOADS = 100
TOLERANCE = 2048  # KiB: the allocator breathes


def reload(admin):
    """The status of the answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{admin}/-/reload", method="POST"), timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    upstream, servers = peers.start(["letterhead"])
    server = servers["letterhead"]
    file = peers.scratch / "letterhead-letterhead.yaml"
    admin = peers.free_port()
    server.stop()
    text = f"admin: 127.0.0.1:{admin}\n{file.read_text()}"
    file.write_text(text)
    server.spawn()
    server.wait()

    loads = endurance.begin(server, seconds + 5, seconds, core=peers.OTHER_CORE)
    began, complaints, samples = time.monotonic(), [], []
    for number in range(RELOADS):
        good = number % 2 == 0
        file.write_text(text.replace("response_headers:\n", f"response_headers:\n  - set: {{ X-Reload: \"{number}\" }}\n") if good else text + "nonsense: true\n")
        status = reload(admin)
        if status != (200 if good else 422):
            complaints.append(f"reload {number} was answered {status}")
        samples.append(server.resident())
        time.sleep(max(0, began + (seconds - 1) * (number + 1) / RELOADS - time.monotonic()))
    multiplexed = loads[1].communicate()[0]
    first = server.process
    file.write_text(text)
    server.command += ["--take-over", str(first.pid)]
    server.spawn()
    if first.wait(30) != 0:
        complaints.append(f"the old process ended with {first.returncode}")

    texts = [loads[0].communicate()[0], multiplexed]
    print(*texts, sep="\n")
    early, late = max(samples[: RELOADS // 5]), max(samples)
    complaints += endurance.complaints(*texts, early, late, TOLERANCE)
    print("\n".join(complaints) or f"{RELOADS} reloads and a new process, no failed request; {early} KiB, then at most {late} KiB")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
