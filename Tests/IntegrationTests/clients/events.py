"""events.py 1|2 URL: reads Server-Sent Events; prints for each how long it took from the app to here, in seconds."""

import subprocess
import sys
import time

protocol = {"1": "--http1.1", "2": "--http2-prior-knowledge"}[sys.argv[1]]
curl = subprocess.Popen(["curl", "-sSN", protocol, sys.argv[2]], stdout=subprocess.PIPE)
while line := curl.stdout.readline():
    if line.startswith(b"data: "):
        print((time.monotonic_ns() - int(line[6:])) / 1e9, flush=True)
sys.exit(curl.wait())
