"""Full load over HTTP/1.1 and HTTP/2 at once, and what is asked of a proxy under it: no failed request, and memory that does not grow."""

import re
import subprocess

import peers


def begin(server, wrk_seconds, h2load_seconds, core):
    """wrk, then h2load, running."""
    url = f"http://127.0.0.1:{server.port}/"
    return [
        subprocess.Popen(["taskset", "-c", str(core), *command], stdout=subprocess.PIPE, text=True)
        for command in (
            ["wrk", "-t1", "-c64", f"-d{wrk_seconds}s", "-H", peers.ORIGIN, url],
            ["h2load", "-t1", "-c8", "-m8", "-D", str(h2load_seconds), "--no-tls-proto=h2c", url],
        )
    ]


def complaints(wrk_text, h2load_text, early, late, tolerance):
    """`early` and `late`: the most KiB that were resident in the first fifth, and ever."""
    found = []
    if "Socket errors" in wrk_text or "Non-2xx" in wrk_text:
        found.append("wrk saw failed requests")
    if not re.search(r"[1-9]\d* succeeded, 0 failed, 0 errored, 0 timeout", h2load_text):
        found.append("h2load saw failed requests")
    if late > early + tolerance:
        found.append(f"resident memory grew from {early} KiB in the first fifth to {late} KiB")
    return found
