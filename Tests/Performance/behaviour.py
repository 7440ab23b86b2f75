#!/usr/bin/env python3
"""What leaves each proxy when things go wrong, the same ten fields asked of all of them (`configs/`): a table in Markdown.

Each row is a request, each cell what was seen: how many of the ten fields are in the response, or yes and no.
"""

import http.server
import os
import pathlib
import socket
import sys
import threading

os.environ.setdefault("LETTERHEAD_BINARY", str(pathlib.Path(__file__).resolve().parents[2] / ".build/release/letterhead"))
import peers

ALLOWED, FOREIGN = "https://app.example", "https://evil.example"


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = {}

    def do_GET(self):
        App.seen = dict(self.headers)
        self.send_response(int(self.path[1:]) if self.path[1:].isdigit() else 200)
        if self.path == "/own":
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("X-Frame-Options", "SAMEORIGIN")
        self.finish_with(b"hello, world\n")

    def do_OPTIONS(self):
        self.send_response(405)
        self.finish_with(b"")

    def finish_with(self, body):
        # The connection goes with the answer, so that none is left when the app is.
        self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Upstream:
    """What `peers.start_proxy` needs of one."""

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), App)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def ask(port, head, origin=ALLOWED):
    """The response's status and its fields, a list of values for each name. `head`: the request line, and fields behind the usual ones."""
    first, *rest = head.split("\r\n")
    lines = [first, f"Origin: {origin}", "Host: app.example", "Connection: close", *rest]
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(5)
        connection.sendall("\r\n".join(lines + ["", ""]).encode())
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except OSError:
            pass
    start, *rest = answer.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    fields = {}
    for line in rest:
        name, _, value = line.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip())
    return (start.split(" ") + ["", ""])[1], fields


def policy(answer):
    status, fields = answer
    return f"{sum(name in fields for name in peers.POLICY)} ({status or 'closed'})"


def preflight(port, path):
    status, fields = ask(port, f"OPTIONS {path} HTTP/1.1\r\nAccess-Control-Request-Method: POST")
    return "yes" if status.startswith("2") and fields.get("access-control-allow-origin") == [ALLOWED] else f"no ({status})"


def once(answer):
    """The policy's value, and no other."""
    _, fields = answer
    good = fields.get("access-control-allow-origin") == [ALLOWED] and fields.get("x-frame-options") == ["DENY"]
    return "yes" if good else "no"


def examine(proxy):
    upstream = Upstream()
    server = peers.start_proxy(proxy, upstream)
    port = server.port
    cells = [policy(ask(port, f"GET {path} HTTP/1.1")) for path in ("/", "/404", "/500")]
    cells.append(once(ask(port, "GET /own HTTP/1.1")))
    _, foreign = ask(port, "GET / HTTP/1.1", FOREIGN)
    cells.append("no" if "access-control-allow-origin" in foreign else "yes")
    ask(port, "GET / HTTP/1.1\r\nX_Forwarded_For: 203.0.113.9")
    cells.append("yes" if any("_" in name for name in App.seen) else "no")
    cells.append(preflight(port, "/"))
    upstream.stop()
    cells.append(policy(ask(port, "GET / HTTP/1.1")))
    cells.append(preflight(port, "/"))
    cells.append(policy(ask(port, "GET / HTTP/1.1\r\nX-Big: " + "a" * 100_000)))
    cells.append(policy(ask(port, "GET / HTTP/1.1\r\nno field")))
    server.stop()
    return cells


ROWS = [
    "the app answers 200", "the app answers 404", "the app answers 500", "the app sets two of the fields otherwise: the policy's stands, once",
    "a page of another origin gets no `Access-Control-Allow-Origin`", "the app sees `X_Forwarded_For` of the client",
    "a preflight that the app knows nothing of is a yes", "the app is down", "the app is down, and a preflight is still a yes",
    "a request with 100 KB of fields", "a request that cannot be parsed",
]


def main():
    names = sys.argv[1:] or peers.installed()
    # For the certificate that it makes.
    peers.start_upstream().stop()
    columns = {name: examine(name) for name in names}
    print("| | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for index, row in enumerate(ROWS):
        print(f"| {row} | " + " | ".join(columns[name][index] for name in names) + " |")


if __name__ == "__main__":
    main()
