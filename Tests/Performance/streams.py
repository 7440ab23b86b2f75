#!/usr/bin/env python3
"""Connections that stay: WebSocket messages and server-sent events, each of 100 bytes, the next when the one before has come.

    streams.py serve PORT ACKS
    streams.py load KIND PORT ACKS CONNECTIONS SECONDS

The app is told over the socket ACKS that an event has come. `load` prints how many messages there were, and the seconds they took.
"""

import json
import select
import socket
import sys
import time

import loads
import peers

SIZE = 100
MESSAGE = b"\x82\xe4" + b"\0" * 4 + b"m" * SIZE  # From the client: masked, by nothing.
ANSWER = b"\x82\x64" + b"m" * SIZE
EVENT = b"data: " + b"e" * (SIZE - 8) + b"\n\n"
CHUNK = b"%x\r\n%s\r\n" % (SIZE, EVENT)
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nhello, world\n"
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nCache-Control: no-store\r\n"
    b"X-Accel-Buffering: no\r\n\r\n")  # nginx passes events on at once.


def serve(port, acks):
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(acks)
    poll, clients, sockets, streams = select.epoll(), {}, set(), {}
    for one in (listener, told):
        poll.register(one, select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                client = listener.accept()[0]
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()] = client
                poll.register(client, select.EPOLLIN)
                continue
            if number == told.fileno():
                if stream := streams.get(told.recv(64)):
                    send(stream, CHUNK)
                continue
            client = clients[number]
            try:
                read = client.recv(1 << 16)
            except OSError:
                read = b""
            if not read:
                poll.unregister(client)
                sockets.discard(number)
                streams = {name: one for name, one in streams.items() if one is not client}
                clients.pop(number).close()
            elif number in sockets:
                send(client, ANSWER * (len(read) // len(MESSAGE)))
            elif b"/socket" in read:
                sockets.add(number)
                send(client, SWITCH)
            elif b"/events/" in read:
                streams[read.split(b" ", 2)[1].rpartition(b"/")[2]] = client
                send(client, STREAM + CHUNK)
            else:
                send(client, HELLO)


def send(client, data):
    try:
        client.sendall(data)
    except OSError:
        pass  # The next read tells of its end.


def load(kind, port, acks, connections, seconds):
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.connect(acks)
    poll, clients = select.epoll(), {}
    for number in range(connections):
        client = socket.create_connection(("127.0.0.1", port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fields = "Host: localhost\r\nOrigin: https://app.example\r\n"
        if kind == "websocket":
            fields += (
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
        path = "/socket" if kind == "websocket" else f"/events/{number}"
        client.sendall(f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head or (kind == "events" and b"\n\n" not in head.partition(b"\r\n\r\n")[2]):
            head += client.recv(1 << 16)
        if not head.startswith(b"HTTP/1.1 101" if kind == "websocket" else b"HTTP/1.1 200"):
            raise SystemExit(f"no stream: {head[:200]}")
        poll.register(client, select.EPOLLIN)
        clients[client.fileno()] = (client, str(number).encode())

    def again(client, name):
        client.send(MESSAGE) if kind == "websocket" else told.send(name)

    last = ANSWER[-1:] if kind == "websocket" else b"\n\n"
    for client, name in clients.values():
        again(client, name)
    count, began = 0, time.monotonic()
    while (now := time.monotonic()) < began + seconds:
        for number, _ in poll.poll(5):
            client, name = clients[number]
            part = client.recv(1 << 16)
            if not part:
                raise SystemExit("a stream ended")
            # The last bytes of a message; behind an event a proxy may have the end of a chunk in a packet of its own.
            if part.rstrip(b"\r\n").endswith(last.rstrip(b"\r\n") or b"e"):
                count += 1
                again(client, name)
    print(json.dumps([count, now - began]))


class App(peers.Server):
    """In the place of the upstream."""

    def __init__(self):
        self.name, self.port = "streams", peers.free_port()
        self.acks, self.log = peers.scratch / "acks", peers.scratch / "streams.log"
        self.command = ["taskset", "-c", str(peers.OTHER_CORE), sys.executable, __file__, "serve", str(self.port), str(self.acks)]
        peers.atexit.register(self.stop)
        self.spawn()
        self.wait()


apps = []


def app():
    """One for all scenarios."""
    if not apps:
        apps.append(App())
    return apps[0]


def messages(kind):
    """The load of a scenario."""
    def measure(server, seconds):
        count, took = json.loads(loads.run(sys.executable, __file__, "load", kind, server.port, app().acks, 32, seconds))
        if not count:
            raise peers.Failure(f"{server.name} passed no message on")
        return loads.Load(count, took)
    return measure


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]), sys.argv[3])
    else:
        load(sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]), float(sys.argv[6]))
