"""How long from the start of the program to the end of the first response through it."""

import socket
import time

import peers

REQUEST = b"GET / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n"
servers = {}


def measure(proxy, upstream, settings):
    if proxy not in servers:
        servers[proxy] = peers.start_proxy(proxy, upstream, f"{proxy}-start", **settings)
    server = servers[proxy]
    server.stop()
    began = time.monotonic()
    server.spawn()
    while True:
        try:
            with socket.create_connection(("127.0.0.1", server.port), 1) as connection:
                connection.sendall(REQUEST)
                if connection.recv(4096).startswith(b"HTTP/1.1 200"):
                    break
        except OSError:
            pass
        if time.monotonic() - began > 20:
            raise peers.Failure(f"{server.name} does not answer: {server.log.read_text()}")
        time.sleep(0.0002)
    elapsed = time.monotonic() - began
    server.stop()
    return {"milliseconds": elapsed * 1e3}
