#!/usr/bin/env python3
"""What one exchange costs the proxy in user space: instructions and heap allocations, counted by callgrind and so the same on a busy
machine. Fails when a figure is above its ceiling in `ceilings.json`; a figure well below one is a reason to lower it.

    ceilings.py [--exchanges N] [--update] [--keep DIRECTORY]
"""

import argparse
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

import peers

CEILINGS = peers.HERE / "ceilings.json"
# What counting leaves open: timers and wake-ups fall differently each time, and bodies come in other pieces.
SLACK = {"instructions": 1.06, "allocations": 1.3}
BODY = peers.scratch / "body"
H2LOAD = ["h2load", "-t1", "-c1", "-H", "Origin: https://app.example"]
SCENARIOS = {
    "http1": [*H2LOAD, "-m1", "--h1"],
    "http1_body": [*H2LOAD, "-m1", "--h1", "-d", str(BODY)],
    "connection": None,
    "http2": [*H2LOAD, "-m8", "--no-tls-proto=h2c"],
    # More requests at once than one usually sees.
    "http1_many": [*H2LOAD, "-c600", "-m1", "--h1"],
    "http2_many": [*H2LOAD, "-m100", "--no-tls-proto=h2c"],
    "http2_body": [*H2LOAD, "-m8", "--no-tls-proto=h2c", "-d", str(BODY)],
}
# So many times the exchanges, for what each connection and stream costs once.
TIMES = {"http1_many": 12, "http2_many": 4}
ALLOCATORS = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"}


class Profile:
    """The proxy under callgrind."""

    def __init__(self):
        self.output = peers.scratch / "callgrind"
        # Valgrind does not read all of the debug information that Swift writes; names are enough.
        binary = peers.scratch / "letterhead"
        subprocess.run(["strip", "--strip-debug", "-o", binary, peers.LETTERHEAD], check=True)
        peers.LETTERHEAD_COMMAND[:1] = [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={self.output}", "--quiet", str(binary)]
        self.upstream, servers = peers.start(["letterhead"])
        self.server = servers["letterhead"]
        # A second after listening it gives back what only starting needed; that is no exchange's cost.
        time.sleep(5)

    def control(self, *arguments):
        subprocess.run(["callgrind_control", *arguments, str(self.server.process.pid)], check=True, capture_output=True)

    def count(self, command, exchanges):
        """Instructions and allocations of so many exchanges; before them as many run unseen, until nothing grows any more."""
        self.load(command, exchanges)
        self.control("--zero")
        self.load(command, exchanges)
        before = set(peers.scratch.glob("callgrind.*"))
        self.control("--dump")
        written = set(peers.scratch.glob("callgrind.*")) - before
        return [read(path) for path in sorted(written)]

    def figures(self, command, exchanges):
        """The same for each exchange."""
        profiles = self.count(command, exchanges)
        return {
            "instructions": round(sum(each[0] for each in profiles) / exchanges),
            "allocations": round(sum(each[1] for each in profiles) / exchanges, 1),
        }

    def load(self, command, exchanges):
        if command is None:
            return self.connect(exchanges)
        finished = subprocess.run(
            [*command, "-n", str(exchanges), f"http://127.0.0.1:{self.server.port}/"], capture_output=True, text=True)
        if f"{exchanges} succeeded" not in finished.stdout:
            raise SystemExit(f"{' '.join(command)}: {finished.stdout}{finished.stderr}")

    def connect(self, exchanges):
        """A connection for each request."""
        request = f"GET / HTTP/1.1\r\nHost: app.example\r\n{peers.ORIGIN}\r\nConnection: close\r\n\r\n".encode()
        for _ in range(exchanges):
            with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
                connection.sendall(request)
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
                if b" 200 OK" not in answer:
                    raise SystemExit(f"a connection was answered {answer[:80]}")


def read(path):
    """The totals of a dump."""
    instructions = allocations = 0
    names, callee = {}, ""
    for line in path.read_text().splitlines():
        if line.startswith("cfn="):
            number, _, name = line[4:].partition(" ")
            callee = names.setdefault(number, name)
        elif line.startswith("fn="):
            number, _, name = line[3:].partition(" ")
            names.setdefault(number, name)
        elif line.startswith("calls=") and callee.split("'")[0] in ALLOCATORS:
            allocations += int(line[6:].split()[0])
        elif match := re.match(r"(?:summary|totals): (\d+)", line):
            instructions = int(match[1])
    return instructions, allocations


def limit(what, ceiling):
    return ceiling * SLACK[what] + (0.5 if what == "allocations" else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--exchanges", type=int, default=1000)
    parser.add_argument("--update", action="store_true", help="write what was counted as the new ceilings")
    parser.add_argument("--keep", type=pathlib.Path, help="where the profiles go, for callgrind_annotate")
    parser.add_argument("--scenario", nargs="*", choices=SCENARIOS, default=list(SCENARIOS))
    options = parser.parse_args()
    BODY.write_bytes(bytes(range(256)) * 64)
    ceilings = json.loads(CEILINGS.read_text())
    profile = Profile()
    failed = False
    for name in options.scenario:
        # A busy machine hands the bytes over in more pieces: what counts is the best of three.
        for _ in range(3):
            counted = profile.figures(SCENARIOS[name], options.exchanges * TIMES.get(name, 1))
            above = {what for what, count in counted.items() if count > limit(what, ceilings.get(name, {}).get(what, 0))}
            if not above:
                break
        failed |= bool(above)
        for what, count in counted.items():
            ceiling = ceilings.get(name, {}).get(what, 0)
            print(f"{name:12} {what:12} {count:>10}  ceiling {ceiling}{'  ABOVE' if what in above else ''}", flush=True)
        ceilings[name] = counted
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            for number, path in enumerate(sorted(peers.scratch.glob("callgrind.*"))):
                shutil.copy(path, options.keep / f"{name}.{number}")
        for path in peers.scratch.glob("callgrind.*"):
            path.unlink()
    if options.update:
        CEILINGS.write_text(json.dumps(ceilings, indent=2) + "\n")
        return 0
    if failed:
        print("An exchange costs more than it did: find out why (--keep DIRECTORY, callgrind_annotate), or raise the ceiling with --update.")
    return 1 if failed else 0


sys.exit(main())
