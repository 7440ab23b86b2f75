"""The proxies of the benchmark and the upstream behind them, each one process, started with the files in `configs/`."""

import atexit
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
LETTERHEAD = os.environ.get("LETTERHEAD_BINARY", str(HERE.parents[1] / ".build/release/letterhead"))
POLICY = [
    "access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers", "vary", "x-frame-options",
    "x-content-type-options", "referrer-policy", "content-security-policy", "permissions-policy", "x-request-id",
]
scratch = pathlib.Path(tempfile.mkdtemp(prefix="letterhead-bench-"))
atexit.register(shutil.rmtree, scratch, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A program on one core, with its configuration; ready when its port accepts."""

    def __init__(self, name, core, command, config, **ports):
        self.name = name
        self.port = ports["PORT"] = ports.get("PORT") or free_port()
        self.port2 = ports["PORT2"] = free_port() if "haproxy" in name else self.port
        text = (HERE / "configs" / config).read_text()
        for key, value in {**ports, "SCRATCH": scratch}.items():
            text = text.replace(f"@{key}@", str(value))
        path = scratch / f"{name}-{config}"
        path.write_text(text)
        environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *[part.replace("CONFIG", str(path)) for part in command]],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(scratch / f"{name}.log", "wb"), env=environment)
        atexit.register(self.stop)
        self.wait()

    def wait(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"{self.name} does not start: {(scratch / f'{self.name}.log').read_text()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def pids(self):
        """The process and its children (nginx has a master and a worker)."""
        found = [self.process.pid]
        for pid in found:
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def cpu(self):
        """Nanoseconds on a core so far, all threads; and the share of it in the kernel, as far as the clock ticks tell."""
        total = user = system = 0
        for pid in self.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
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


def start(names, proxy_core=0, other_core=1):
    """The upstream and the named proxies, by name. Each proxy is asked once whether it injects the policy."""
    (scratch / "large").write_bytes(bytes(1 << 20))
    os.chmod(scratch, 0o755)
    upstream = Server("upstream", other_core, ["nginx", "-c", "CONFIG"], "upstream.conf", UPSTREAM=(port := free_port()), PORT=port)
    commands = {
        "nginx": (["nginx", "-c", "CONFIG"], "nginx.conf"),
        "haproxy": (["haproxy", "-db", "-q", "-f", "CONFIG"], "haproxy.cfg"),
        "nghttpx": (["nghttpx", "--conf=CONFIG"], "nghttpx.conf"),
        "letterhead": ([LETTERHEAD, "run", "--config", "CONFIG"], "letterhead.yaml"),
    }
    servers = {name: Server(name, proxy_core, *commands[name], UPSTREAM=port) for name in names}
    for server in servers.values():
        answer = subprocess.run(
            ["curl", "-sSi", "--max-time", "5", "-H", "Origin: https://app.example", f"http://127.0.0.1:{server.port}/"],
            capture_output=True, text=True)
        found = [line.split(":")[0].lower() for line in answer.stdout.splitlines()]
        missing = [field for field in POLICY if found.count(field) != 1]
        if missing or "hello, world" not in answer.stdout:
            raise SystemExit(f"{server.name} does not inject {missing}:\n{answer.stdout}{answer.stderr}")
    return upstream, servers
