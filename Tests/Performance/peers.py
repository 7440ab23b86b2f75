"""The proxies of the benchmark and the upstream behind them, each one worker, started with the files in `configs/`."""

import atexit
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import many

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LETTERHEAD = os.environ.get("LETTERHEAD_BINARY", str(ROOT / ".build/release/letterhead"))
LETTERHEAD_COMMAND = [LETTERHEAD, "run", "--config", "CONFIG"]
# Envoy and Caddy come from here (`make bench` fills it); without it they are left out.
VENV = ROOT / ".build/performance/venv"
ENVOY = str(next(VENV.glob("lib/*/site-packages/envoy/_bin/envoy"), "envoy"))
CADDY = str(VENV / "bin/caddy") if (VENV / "bin/caddy").exists() else "caddy"
# How each is started, and its file in `configs/`.
PROXIES = {
    "letterhead": (LETTERHEAD_COMMAND, "letterhead.yaml"),
    "nginx": (["nginx", "-c", "CONFIG"], "nginx.conf"),
    "haproxy": (["haproxy", "-db", "-q", "-f", "CONFIG"], "haproxy.cfg"),
    "nghttpx": (["nghttpx", "--conf=CONFIG"], "nghttpx.conf"),
    "envoy": ([ENVOY, "-c", "CONFIG", "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"], "envoy.yaml"),
    "caddy": ([CADDY, "run", "--adapter", "caddyfile", "--config", "CONFIG"], "Caddyfile"),
}
ORIGIN = "Origin: https://app.example"
POLICY = [
    "access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers", "vary", "x-frame-options",
    "x-content-type-options", "referrer-policy", "content-security-policy", "permissions-policy", "x-request-id",
]
PROXY_CORE, OTHER_CORE = (sorted(os.sched_getaffinity(0)) * 2)[:2]

scratch = pathlib.Path(tempfile.mkdtemp(prefix="letterhead-bench-"))
atexit.register(shutil.rmtree, scratch, ignore_errors=True)
scratch.chmod(0o755)
os.environ["PATH"] += ":/usr/sbin"


class Failure(SystemExit):
    """A proxy or a client did not do what it should."""


def free_port():
    """Below those that the system gives to outgoing connections: a benchmark opens many."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Server:
    """A program on its core, with its configuration; ready when its port accepts. `port` speaks HTTP/1.1, `port2` HTTP/2, `tls` both."""

    def __init__(self, name, core, command, config, **values):
        self.name = name
        text = (HERE / "configs" / config).read_text()
        self.port = values.setdefault("PORT", free_port())
        self.port2 = values["PORT2"] = free_port() if "@PORT2@" in text else self.port
        self.tls = values["TLS"] = free_port()
        for key, value in {**values, "SCRATCH": scratch, "NAME": name}.items():
            text = text.replace(f"@{key}@", str(value))
        path = scratch / f"{name}-{config}"
        path.write_text(text)
        self.command = ["taskset", "-c", str(core), *[part.replace("CONFIG", str(path)) for part in command]]
        self.log = scratch / f"{name}.log"
        self.process = None
        atexit.register(self.stop)
        self.spawn()
        self.wait()

    def spawn(self):
        environment = {**os.environ, "GOMAXPROCS": "1", "HOME": str(scratch)}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=environment)

    def wait(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise Failure(f"{self.name} does not start: {self.log.read_text()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def pids(self):
        """The process and its children (nginx has a master and a worker)."""
        found = [self.process.pid]
        for pid in found:
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def tasks(self):
        return [task for pid in self.pids() for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]

    def cpu(self):
        """Nanoseconds on a core so far, all threads; and the share of it in the kernel, as far as the clock ticks tell."""
        total = user = system = 0
        for task in self.tasks():
            total += int((task / "schedstat").read_text().split()[0])
            fields = (task / "stat").read_text().rpartition(") ")[2].split()
            user, system = user + int(fields[11]), system + int(fields[12])
        return total, user, system

    def resident(self):
        """KiB, the process that does the work."""
        return max(
            int(line.split()[1])
            for pid in self.pids()
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("VmRSS:"))

    def check(self):
        """It injects the policy: each field once."""
        answer = subprocess.run(
            ["curl", "-sSi", "--max-time", "5", "-H", ORIGIN, f"http://127.0.0.1:{self.port}/"], capture_output=True, text=True)
        found = [line.split(":")[0].lower() for line in answer.stdout.splitlines()]
        missing = [field for field in POLICY if found.count(field) != 1]
        if missing or "hello, world" not in answer.stdout:
            raise Failure(f"{self.name} does not inject {missing}:\n{answer.stdout}{answer.stderr}{self.log.read_text()}")


def installed():
    return [proxy for proxy, (command, _) in PROXIES.items() if shutil.which(command[0])]


def start_upstream(core=OTHER_CORE):
    """The app, and the certificate that the proxies show."""
    (scratch / "large").write_bytes(bytes(1 << 20))
    with open(scratch / "huge", "wb") as huge:
        huge.truncate(64 << 20)
    for name, kind, size in (("site", "ec", "ec_paramgen_curve:P-256"), ("rsa", "rsa", "rsa_keygen_bits:2048")):
        key, certificate = scratch / f"{name}.key", scratch / f"{name}.pem"
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", kind, "-pkeyopt", size, "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ], check=True, capture_output=True)
        (scratch / f"{name}-with-key.pem").write_text(certificate.read_text() + key.read_text())
    port = free_port()
    return Server("upstream", core, ["nginx", "-c", "CONFIG"], "upstream.conf", UPSTREAM=port, PORT=port)


def start_proxy(proxy, upstream, name=None, core=PROXY_CORE, workers=1, rules=0, routes=0, site="site", behind=None, texts=None):
    """`texts` stand in the place of what else would be in a configuration, by name; `behind` makes another upstream."""
    upstream = behind() if behind else upstream
    command, config = PROXIES[proxy]
    values = {
        "UPSTREAM": upstream.port, "SITE": site, "WORKERS": workers, "RULES": many.rules(proxy, rules), "ORIGINS": "",
        "ROUTES": many.routes(proxy, routes, upstream.port, scratch)}
    server = Server(name or proxy, core, command, config, **{**values, **(texts or {})})
    server.check()
    return server


def start(names):
    """The upstream and the named proxies, by name."""
    upstream = start_upstream()
    return upstream, {name: start_proxy(name, upstream) for name in names}
