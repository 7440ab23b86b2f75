"""The clients, all on the core that the proxy has not: each is run for some seconds and says what it got."""

import json
import os
import re
import subprocess
import typing

import peers

PACED = os.environ.get("PACEDLOAD_BINARY", str(peers.ROOT / ".build/release/PacedLoad"))


class Load(typing.NamedTuple):
    """What one run of a client came to."""

    requests: int
    seconds: float
    p50_ms: float | None = None
    p99_ms: float | None = None


def run(*command, cores=peers.OTHER_CORE):
    """Its output. One suite and one group, so that all proxies encrypt alike."""
    settings = peers.scratch / "openssl.cnf"
    if not settings.exists():
        settings.write_text(
            "openssl_conf = start\n[start]\nssl_conf = ssl\n[ssl]\nsystem_default = all\n[all]\n"
            "CipherSuites = TLS_AES_128_GCM_SHA256\nGroups = X25519\nMinProtocol = TLSv1.3\n")
    finished = subprocess.run(
        ["taskset", "-c", str(cores), *map(str, command)], capture_output=True, text=True,
        env={**os.environ, "OPENSSL_CONF": str(settings)})
    if finished.returncode:
        raise peers.Failure(f"{' '.join(map(str, command))}: {finished.stdout}{finished.stderr}")
    return finished.stdout


def wrk(server, seconds, path="/", connections=32, tls=False, headers=(), cores=peers.OTHER_CORE):
    """HTTP/1.1, the next request on a connection as soon as the response is there."""
    url = f"https://127.0.0.1:{server.tls}{path}" if tls else f"http://127.0.0.1:{server.port}{path}"
    fields = [part for header in (peers.ORIGIN, *headers) for part in ("-H", header)]
    text = run("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *fields, url, cores=cores)
    if "Socket errors" in text or "Non-2xx" in text:
        raise peers.Failure(f"{server.name} failed requests:\n{text}")
    unit = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}

    def percentile(name):
        number, scale = re.search(rf"{name}%\s+([\d.]+)(us|ms|s|m)\b", text).groups()
        return float(number) * unit[scale]

    requests, time, scale = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)\b", text).groups()
    return Load(int(requests), float(time) * unit[scale] / 1e3, percentile(50), percentile(99))


def h2load(server, seconds=None, requests=None, path="/", clients=8, streams=8, http1=False, tls=False, data=None):
    """HTTP/2 with so many streams on each connection, or HTTP/1.1; for some seconds, or so many requests."""
    log = peers.scratch / "h2load.log"
    log.unlink(missing_ok=True)
    amount = ["-n", requests] if requests else ["-D", seconds]
    protocol = ["--h1"] if http1 else [] if tls else ["--no-tls-proto=h2c"]
    url = f"https://127.0.0.1:{server.tls}" if tls else f"http://127.0.0.1:{server.port if http1 else server.port2}"
    text = run(
        "h2load", "-t1", "-c", clients, "-m", 1 if http1 else streams, *amount, *protocol, *(["-d", data] if data else []),
        "-H", peers.ORIGIN, "--log-file", log, url + path)
    done, *bad = map(int, re.search(
        r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout\nstatus codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx",
        text).groups())
    if any(bad) or not done or (tls and "Cipher: TLS_AES_128_GCM_SHA256" not in text) or ("protocol: h2" in text) == http1:
        raise peers.Failure(f"{server.name} failed requests:\n{text}")
    time, scale = re.search(r"finished in ([\d.]+)(us|ms|s)", text).groups()
    with open(log) as lines:
        waited = sorted(int(line.rpartition("\t")[2]) for line in lines)
    return Load(
        done, float(time) * {"us": 1e-6, "ms": 1e-3, "s": 1}[scale], waited[len(waited) // 2] / 1e3,
        waited[len(waited) * 99 // 100] / 1e3)


def paced(server, seconds, rate, connections=64):
    """HTTP/1.1 at a fixed rate; what a request waited counts from when it was due."""
    warm_up = 0.5
    figures = json.loads(run(
        PACED, f"127.0.0.1:{server.port}", "--rate", rate, "--seconds", seconds, "--warm-up", warm_up, "--connections", connections,
        "--header", peers.ORIGIN))
    if figures["unanswered"]:
        raise peers.Failure(f"{server.name} cannot keep up with {rate:,.0f} requests/s: {figures}")
    return Load(figures["sent"], seconds + warm_up, figures["p50_us"] / 1e3, figures["p99_us"] / 1e3)


def warm_up(server, path="/"):
    """Enough for pools and caches to be filled; the large ones by a few."""
    h2load(server, requests=40 if path != "/" else 1000, path=path, clients=32 if path == "/" else 8, http1=True)
