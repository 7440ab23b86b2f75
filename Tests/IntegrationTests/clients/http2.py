"""http2.py SCENARIO PORT [ARGUMENT …]: one HTTP/2 connection that does something unusual; prints what happened, one line each."""

import socket
import sys

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings


class Client:
    def __init__(self, port, window=65535, before=b"", **config):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.sendall(before)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(**config))
        self.h2.local_settings[h2.settings.SettingCodes.INITIAL_WINDOW_SIZE] = window
        self.h2.local_settings[h2.settings.SettingCodes.ENABLE_PUSH] = 0
        self.h2.initiate_connection()
        self.events, self.bodies, self.heads, self.trailers, self.ended, self.resets = [], {}, {}, {}, set(), {}
        self.goaway = None
        self.closed = False
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def request(self, path, method="GET", fields=(), end=True, stream=None):
        stream = stream or self.h2.get_next_available_stream_id()
        pseudo = [(":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path)]
        self.h2.send_headers(stream, pseudo + list(fields), end_stream=end)
        self.flush()
        return stream

    def pump(self, acknowledge=lambda stream: True):
        """One read. Windows open again for the streams that `acknowledge` allows."""
        data = self.socket.recv(1 << 16)
        if not data:
            self.closed = True
            return
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                self.heads[event.stream_id] = [(str(n, "latin1"), str(v, "latin1")) for n, v in map(as_bytes, event.headers)]
            elif isinstance(event, h2.events.DataReceived):
                self.bodies.setdefault(event.stream_id, bytearray()).extend(event.data)
                if acknowledge(event.stream_id):
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.TrailersReceived):
                self.trailers[event.stream_id] = [(str(n, "latin1"), str(v, "latin1")) for n, v in map(as_bytes, event.headers)]
            elif isinstance(event, h2.events.StreamEnded):
                self.ended.add(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.resets[event.stream_id] = int(event.error_code)
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.goaway = int(event.error_code)
        self.flush()

    def until(self, condition, **options):
        while not condition():
            if self.closed:
                raise SystemExit(f"connection closed; heads {self.heads}, resets {self.resets}, goaway {self.goaway}")
            self.pump(**options)

    def done(self, stream):
        return stream in self.ended or stream in self.resets

    def status(self, stream):
        return dict(self.heads.get(stream, [])).get(":status", f"reset {self.resets.get(stream)}")

    def report(self, stream):
        print("stream", stream, self.status(stream), self.bodies.get(stream, b"")[:40].decode().strip(), flush=True)


def as_bytes(pair):
    return tuple(part if isinstance(part, bytes) else part.encode("latin1") for part in pair)


def goaway(port):
    """A stream in flight, told that the connection ends."""
    client = Client(port)
    stream = client.request("/held")
    # What the h2 library does not do by itself: a stream that is open goes on after GOAWAY.
    client.h2.state_machine._transitions = {
        **client.h2.state_machine._transitions,
        (h2.connection.ConnectionState.CLIENT_OPEN, h2.connection.ConnectionInputs.RECV_GOAWAY): (
            None,
            h2.connection.ConnectionState.CLIENT_OPEN,
        ),
    }
    client.until(lambda: client.goaway is not None)
    print("goaway", client.goaway, flush=True)
    client.until(lambda: client.done(stream))
    client.report(stream)
    while not client.closed:
        client.pump()


def isolation(port):
    """A stream whose window never opens; others go on beside it."""
    client = Client(port)
    held = client.request("/download?bytes=3000000")
    client.until(lambda: len(client.bodies.get(held, b"")) >= 65535, acknowledge=lambda stream: False)
    client.h2.increment_flow_control_window(1 << 24)
    client.flush()
    for _ in range(3):
        other = client.request("/")
        client.until(lambda: client.done(other), acknowledge=lambda stream: stream != held)
        client.report(other)
    # One that is larger than what may wait for the client.
    other = client.request("/download?bytes=3000000")
    client.until(lambda: client.done(other), acknowledge=lambda stream: stream != held)
    print("beside", len(client.bodies[other]), flush=True)
    print("held", len(client.bodies[held]), flush=True)
    client.h2.increment_flow_control_window(1 << 24, held)
    client.flush()
    client.until(lambda: client.done(held), acknowledge=lambda stream: False)
    print("freed", len(client.bodies[held]), flush=True)


def upload(port):
    """A stream that uploads to an app which does not read; others go on beside it."""
    client = Client(port)
    held = client.request("/held", "POST", end=False)
    sent = 0
    client.socket.settimeout(0.5)
    while sent < 1 << 26:
        room = min(client.h2.local_flow_control_window(held), 16384)
        if room:
            client.h2.send_data(held, b"a" * room)
            client.flush()
            sent += room
            continue
        try:
            client.pump()
        except TimeoutError:
            break
    client.socket.settimeout(60)
    print("stalled", sent < 1 << 23, flush=True)
    for _ in range(3):
        other = client.request("/")
        client.until(lambda: client.done(other))
        client.report(other)
        small = client.request("/small", "POST", end=False)
        client.h2.send_data(small, b"abc", end_stream=True)
        client.flush()
        client.until(lambda: client.done(small))
        client.report(small)
    client.h2.reset_stream(held)
    client.flush()


def large(port):
    """A header block over the limit is answered, and the connection goes on."""
    client = Client(port)
    for size in (9000, 40000):
        stream = client.request("/", fields=[("x-large", "x" * size)])
        client.until(lambda: client.done(stream))
        for name, value in client.heads.get(stream, []):
            print(f"{name}: {value}")
        client.report(stream)
    stream = client.request("/")
    client.until(lambda: client.done(stream))
    client.report(stream)


def trailers(port):
    client = Client(port)
    stream = client.request("/", "POST", [("te", "trailers")], end=False)
    client.h2.send_data(stream, b"x")
    client.h2.send_headers(stream, [("x-client-sum", "42")], end_stream=True)
    client.flush()
    client.until(lambda: client.done(stream))
    client.report(stream)
    print("trailers", client.trailers.get(stream), flush=True)


def stalled(port):
    """Streams whose windows never open: they end, and the connection serves others."""
    client = Client(port)
    held = [client.request("/large") for _ in range(2)]
    client.until(lambda: all(stream in client.resets for stream in held), acknowledge=lambda stream: False)
    print("reset", len(held), flush=True)


def trickle(port):
    """A connection without requests that sends one harmless byte after the other."""
    client = Client(port)
    client.socket.settimeout(0.02)
    ping = b"\x00\x00\x08\x06\x00\x00\x00\x00\x00pingpong"
    sent = 0
    while not client.closed:
        try:
            client.socket.sendall(ping[sent % len(ping) : sent % len(ping) + 1])
            sent += 1
            client.pump()
        except TimeoutError:
            continue
        except OSError:
            break
    print("closed", flush=True)


def slow_body(port):
    """A request whose body comes byte by byte."""
    client = Client(port)
    stream = client.request("/", "POST", end=False)
    client.socket.settimeout(0.02)
    while not client.done(stream):
        try:
            client.h2.send_data(stream, b"a")
            client.flush()
            client.pump()
        except TimeoutError:
            continue
    client.report(stream)


def bad(port):
    """Streams that are wrong, each refused alone: the connection goes on."""
    loose = dict(validate_outbound_headers=False, normalize_outbound_headers=False)
    client = Client(port, **loose)
    base = [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/")]
    for name, fields in [
        ("uppercase", base + [("X-A", "1")]),
        ("connection", base + [("connection", "close")]),
        ("transfer-encoding", base + [("transfer-encoding", "chunked")]),
        ("te", base + [("te", "gzip")]),
        ("no path", base[:3]),
        ("empty path", base[:3] + [(":path", "")]),
        ("two paths", base + [(":path", "/x")]),
        ("unknown pseudo", base + [(":x", "1")]),
        ("late pseudo", base[:3] + [("x-a", "1"), (":path", "/")]),
        ("newline", base + [("x-a", "a\r\nx-b: c")]),
        ("space in path", base[:3] + [(":path", "/a b")]),
        ("hosts differ", base + [("host", "b")]),
        ("bad length", base + [("content-length", "5")]),
    ]:
        stream = client.h2.get_next_available_stream_id()
        client.h2.send_headers(stream, fields, end_stream=True)
        client.flush()
        client.until(lambda: client.done(stream))
        print("bad", name, ":", client.status(stream), flush=True)
    stream = client.h2.get_next_available_stream_id()
    client.h2.send_headers(stream, base, end_stream=True)
    client.flush()
    client.until(lambda: client.done(stream))
    client.report(stream)


def named(port, header):
    """A connection that begins with a PROXY protocol header."""
    client = Client(port, before=bytes.fromhex(header))
    for _ in range(2):
        stream = client.request("/app/links/x", fields=[("x-forwarded-for", "6.6.6.6")])
        client.until(lambda: client.done(stream))
    print(client.bodies[stream].decode())


globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
