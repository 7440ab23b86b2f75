#!/usr/bin/env python3
"""Slow clients beside good ones: header bytes one a second, bodies one byte a second, readers that never read, HTTP/2 windows that never
open, TLS handshakes that stall. Whoever is cut off comes again. They come to another proxy first and to the good ones' own afterwards: the
machine is as busy both times. Fails when a good client's request fails, when the 99th percentile of the good ones more than doubles, or when
the proxy takes more memory than it may.

    slow.py [--clients 2000] [--good 32] [--seconds 60] [--requests N] [--resident MIB] [--ratio R] [--kinds NAME …]

`LETTERHEAD_BINARY` is the proxy; every process ends with this one.
"""

import argparse
import asyncio
import atexit
import heapq
import json
import os
import pathlib
import resource
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
LETTERHEAD = os.environ.get("LETTERHEAD_BINARY", str(HERE.parents[1] / ".build/release/letterhead"))
LARGE = bytes(1 << 20)
CONFIGURATION = """
listen:
  - 127.0.0.1:0
  - { bind: 127.0.0.1:0, tls: { certificates: [{ certificate: site.pem, key: site.key }] } }
access_log: off
upstreams: { app: http://127.0.0.1:%d, large: http://127.0.0.1:%d }
routes:
  - { path: /large, upstream: large }
  - { path: /**, upstream: app }
response_headers:
  - preset: security
  - set: { X-Request-ID: "{request.id}" }
"""


async def serve(reader, writer):
    """The app: reads the whole request, then answers."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            target = head.split(b" ", 2)[1]
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    await reader.readexactly(int(line[15:]))
            body = LARGE if target == b"/large" else b"hello, world\n"
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
            writer.write(head + body[:1 << 16])
            await writer.drain()
            for start in range(1 << 16, len(body), 1 << 16):
                writer.write(body[start:start + (1 << 16)])
                await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def child(work):
    """Runs `work` in a process of its own, which ends with this one."""
    pid = os.fork()
    if pid == 0:
        atexit._clear()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            work()
        finally:
            os._exit(0)
    atexit.register(end, pid)
    return pid


def end(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def start_app():
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    # What a client does not take stays with the app: the kernel would keep a megabyte of each response, and run out of memory for all.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)

    async def work():
        async with await asyncio.start_server(serve, sock=listener, backlog=4096) as server:
            await server.serve_forever()

    child(lambda: asyncio.run(work()))
    port = listener.getsockname()[1]
    listener.close()
    return port


def start_proxy():
    """A proxy, and two apps behind it: who waits for the one of the slow clients would not be harmed by the proxy."""
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="letterhead-slow-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", "site.key", "-out", "site.pem"],
        cwd=scratch, check=True, capture_output=True)
    (scratch / "letterhead.yaml").write_text(CONFIGURATION % (start_app(), start_app()))
    process = subprocess.Popen([LETTERHEAD, "run", "--config", scratch / "letterhead.yaml"], stderr=subprocess.PIPE, text=True)
    atexit.register(end, process.pid)
    ports = []
    while len(ports) < 2:
        line = process.stderr.readline()
        if not line:
            raise SystemExit("the proxy does not start")
        if line.startswith("{") and json.loads(line).get("message") == "listening":
            ports.append(int(json.loads(line)["address"].rpartition(":")[2]))
    # What it says of failed handshakes is not waited for.
    child(lambda: shutil.copyfileobj(process.stderr, open(os.devnull, "w")))
    process.stderr.close()
    return process.pid, ports


def memory(pid, key):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(key + ":")) / 1024


# MARK: Good clients

REQUEST = b"GET /good HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Good:
    """Kept-alive clients in a process of their own, each asking ten times a second; their figures come by a pipe when there is a line to read."""

    def __init__(self, port, count):
        (self.answer, answer), (command, self.command) = os.pipe(), os.pipe()
        self.pid = child(lambda: self.work(port, count, command, answer))
        os.close(answer), os.close(command)
        self.lines = os.fdopen(self.answer)

    def measure(self, seconds, requests):
        """Begins; `figures` waits for the end."""
        os.write(self.command, b"%f %d\n" % (seconds, requests))

    def figures(self):
        return json.loads(self.lines.readline() or '{"failures": ["gone"]}')

    @staticmethod
    def work(port, count, command, answer):
        poll, sockets, pause = select.epoll(), {}, 0.1
        for number in range(count):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sockets[connection.fileno()] = connection
            poll.register(connection, select.EPOLLIN)
        for line in os.fdopen(command):
            seconds, requests = (float(word) for word in line.split())
            began = time.monotonic()
            waiting = [(began + pause * index / count, number) for index, number in enumerate(sockets)]
            asked, times, failures, parts = {}, [], [], {}
            while (now := time.monotonic()) < began + seconds or len(times) < requests:
                while waiting and waiting[0][0] <= now:
                    number = heapq.heappop(waiting)[1]
                    asked[number] = time.monotonic()
                    sockets[number].send(REQUEST)
                for number, _ in poll.poll(max(0, waiting[0][0] - now) if waiting else 1):
                    part = sockets[number].recv(1 << 16)
                    parts[number] = parts.get(number, b"") + part
                    if part and not parts[number].endswith(b"hello, world\n"):
                        continue
                    response, moment = parts.pop(number), asked.pop(number, now)
                    times.append(time.monotonic() - moment)
                    if not response.startswith(b"HTTP/1.1 200") or not part:
                        failures.append(str(response[:80]))
                    heapq.heappush(waiting, (max(moment + pause, time.monotonic()), number))
                late = [number for number, moment in asked.items() if now - moment > 10]
                if late or len(failures) > 9:
                    failures += [f"{len(late)} waited for more than 10 s"] * bool(late)
                    break
            while asked and not failures:
                for number, _ in poll.poll(10):
                    if sockets[number].recv(1 << 16).endswith(b"hello, world\n"):
                        asked.pop(number)
            times.sort()
            figures = {"requests": len(times), "failures": failures}
            for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1)):
                figures[name] = round(1000 * times[min(len(times) - 1, int(share * len(times)))], 2)
            os.write(answer, json.dumps(figures).encode() + b"\n")


# MARK: Slow clients


def hello():
    """The first flight of a TLS client."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    try:
        context.wrap_bio(into, out, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        return out.read()


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def http2():
    """Windows of nothing, and requests for much."""
    block = b"\x82\x86\x41\x09localhost\x04\x06/large"
    start = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"\x00\x04\x00\x00\x00\x00")
    return start + b"".join(frame(1, 5, stream, block) for stream in (1, 3, 5, 7)) + frame(4, 1, 0)


HELLO = hello()
# Name: what is sent at once, what comes a byte a second, whether what comes back is read, whether it is TLS's port.
KINDS = {
    "head": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a" * 1000, True, 0),
    "body": (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n", b"a" * 1000, True, 0),
    "reader": (b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n", b"", False, 0),
    "window": (http2(), b"", True, 0),
    "hello": (HELLO[:20], HELLO[20:], True, 1),
    "handshake": (HELLO, b"", True, 1),
}


class Slow:
    def __init__(self, kind, ports):
        self.first, self.trickle, self.reads, port = KINDS[kind]
        self.kind, self.address = kind, ("127.0.0.1", ports[port])
        self.socket, self.comebacks = None, -1

    def connect(self, poll):
        self.close(poll)
        self.comebacks += 1
        self.position = 0
        self.socket = socket.socket()
        if not self.reads:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(self.address)
        self.socket.setblocking(False)
        self.socket.send(self.first)
        # One that never reads still learns of a reset.
        poll.register(self.socket, select.EPOLLIN | select.EPOLLRDHUP if self.reads else select.EPOLLRDHUP)

    def close(self, poll):
        if self.socket:
            poll.unregister(self.socket)
            self.socket.close()
        self.socket = None

    def ready(self, poll, event):
        """False when the connection is over."""
        if event & (select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP):
            return False
        try:
            return len(self.socket.recv(1 << 16)) > 0
        except OSError:
            return False

    def tick(self):
        if self.position >= len(self.trickle):
            return
        try:
            self.socket.send(self.trickle[self.position:self.position + 1])
            self.position += 1
        except OSError:
            pass  # Its end is told by the poll.


class Crowd:
    def __init__(self, count, kinds, ports):
        self.poll = select.epoll()
        self.clients = [Slow(kinds[number % len(kinds)], ports) for number in range(count)]
        self.places, self.ticks = {}, []
        for client in self.clients:
            self.join(client)

    def join(self, client):
        if client.socket:
            self.places.pop(client.socket.fileno(), None)
        client.connect(self.poll)
        self.places[client.socket.fileno()] = client
        if client.comebacks == 0:
            heapq.heappush(self.ticks, (time.monotonic() + 1, id(client), client))

    def turn(self, patience):
        now = time.monotonic()
        while self.ticks and self.ticks[0][0] <= now:
            moment, _, client = heapq.heappop(self.ticks)
            client.tick()
            heapq.heappush(self.ticks, (moment + 1, id(client), client))
        for place, event in self.poll.poll(min(patience, max(0, self.ticks[0][0] - now))):
            client = self.places[place]
            if not client.ready(self.poll, event):
                self.join(client)

    def beside(self, good, given):
        """What the good ones measure while this crowd is there."""
        settled = time.monotonic() + min(given.seconds, 2)
        while time.monotonic() < settled:
            self.turn(0.1)
        good.measure(given.seconds, given.requests)
        waiting = select.poll()
        waiting.register(good.answer, select.POLLIN)
        while not waiting.poll(0):
            self.turn(0.1)
        return good.figures()

    def leave(self):
        for client in self.clients:
            client.close(self.poll)

    def comebacks(self):
        counts = dict.fromkeys((client.kind for client in self.clients), 0)
        for client in self.clients:
            counts[client.kind] += client.comebacks
        return counts


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clients", type=int, default=2000)
    options.add_argument("--good", type=int, default=32)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--requests", type=int, default=1000, help="of the good ones, at least")
    options.add_argument("--resident", type=float, default=200, help="MiB that the proxy may take; 0 is no limit")
    options.add_argument("--ratio", type=float, default=2, help="by which the good ones may slow down; 0 is no limit")
    options.add_argument("--kinds", nargs="*", choices=KINDS, default=list(KINDS))
    given = options.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    (proxy, ports), (other, other_ports) = start_proxy(), start_proxy()
    good = Good(ports[0], given.good)
    good.measure(1, given.good)  # The first of each connection.
    good.figures()
    good.measure(min(given.seconds, 10), given.requests)
    print("quiet", json.dumps(good.figures()), f"{memory(proxy, 'VmRSS'):.1f} MiB", flush=True)

    crowd = Crowd(given.clients, given.kinds, other_ports)
    alone = crowd.beside(good, given)
    crowd.leave()
    print("alone", json.dumps(alone), flush=True)
    end(other)

    crowd = Crowd(given.clients, given.kinds, ports)
    beside = crowd.beside(good, given)
    resident, peak = memory(proxy, "VmRSS"), memory(proxy, "VmHWM")
    print("beside", json.dumps(beside), f"{resident:.1f} MiB, at most {peak:.1f} MiB; came again: {json.dumps(crowd.comebacks())}")

    complaints = alone["failures"] + beside["failures"]
    if given.ratio and not complaints and beside["p99"] > given.ratio * alone["p99"]:
        complaints.append(f"p99 grew from {alone['p99']} ms to {beside['p99']} ms")
    if given.resident and peak > given.resident:
        complaints.append(f"the proxy took {peak:.1f} MiB")
    print("\n".join(complaints) or f"{given.clients} slow clients harmed nobody")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
