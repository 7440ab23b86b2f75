"""websocket_http2.py SCENARIO PORT [CA]: WebSockets by extended CONNECT (RFC 8441), over TLS where a CA is given; prints what happened."""

import socket
import ssl
import sys

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.uri import parse_uri


class Client:
    def __init__(self, port, authority=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        if authority:
            context = ssl.create_default_context(cafile=authority)
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket, server_hostname="site.example")
            assert self.socket.selected_alpn_protocol() == "h2"
        self.scheme = "https" if authority else "http"
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8", validate_outbound_headers=False))
        self.h2.initiate_connection()
        self.heads, self.data, self.ended, self.resets = {}, {}, set(), {}
        self.has_settings = False
        self.flush()
        self.until(lambda: self.has_settings)
        assert self.h2.remote_settings.get(h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL) == 1

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def request(self, fields, end=True):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, fields, end_stream=end)
        self.flush()
        return stream

    def connect(self, path="/chat", protocol="websocket", fields=()):
        pseudo = [(":method", "CONNECT"), (":protocol", protocol), (":scheme", self.scheme), (":path", path)]
        pseudo += [(":authority", "site.example"), ("sec-websocket-version", "13"), ("origin", "https://app.example")]
        return self.request(pseudo + list(fields), end=False)

    def get(self, path="/"):
        pseudo = [(":method", "GET"), (":scheme", self.scheme), (":path", path), (":authority", "site.example")]
        return self.request(pseudo)

    def pump(self):
        data = self.socket.recv(1 << 16)
        assert data, "the connection was closed"
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.RemoteSettingsChanged):
                self.has_settings = True
            elif isinstance(event, h2.events.ResponseReceived):
                self.heads[event.stream_id] = event.headers
            elif isinstance(event, h2.events.DataReceived):
                self.data.setdefault(event.stream_id, bytearray()).extend(event.data)
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.ended.add(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.resets[event.stream_id] = int(event.error_code)
        self.flush()

    def until(self, condition):
        while not condition():
            self.pump()

    def send(self, stream, data):
        """As the windows allow."""
        while data:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(data))
            if room <= 0:
                self.pump()
                continue
            self.h2.send_data(stream, data[:room])
            self.flush()
            data = data[room:]

    def take(self, stream):
        return bytes(self.data.pop(stream, b""))

    def status(self, stream):
        self.until(lambda: stream in self.heads or stream in self.resets)
        return dict(self.heads.get(stream, [])).get(":status", f"reset {self.resets.get(stream)}")

    def show(self, stream):
        self.status(stream)
        for name, value in self.heads[stream]:
            print(f"{name}: {value}")


def websocket(client, stream):
    return ClientProtocol(parse_uri("ws://site.example/chat"), state=State.OPEN, max_size=None)


def echo(*where):
    client = Client(*where)
    stream = client.connect()
    client.show(stream)
    protocol = websocket(client, stream)
    # Others go on beside it.
    sizes = [2**20 // (i + 1) for i in range(10)]
    for size in sizes:
        protocol.send_text(b"a" * size)
        for data in protocol.data_to_send():
            client.send(stream, data)
        received, got = 0, False
        while not got:
            client.until(lambda: client.data.get(stream))
            protocol.receive_data(client.take(stream))
            for frame in protocol.events_received():
                received += len(frame.data)
                got = got or frame.fin and frame.opcode in (Opcode.TEXT, Opcode.CONT)
        assert received == size, (received, size)
    protocol.send_close(1000)
    for data in protocol.data_to_send():
        client.send(stream, data)
    client.until(lambda: stream in client.ended)
    protocol.receive_data(client.take(stream))
    print(f"echoed {len(sizes)} messages, {max(sizes)} bytes at most; closed {protocol.close_rcvd.code}")


def refusals(*where):
    """Each is answered, on its stream alone."""
    client = Client(*where)
    base = [(":scheme", client.scheme), (":path", "/x"), (":authority", "site.example")]
    for name, stream in [
        ("other protocol", client.connect(protocol="connect-udp")),
        ("no upgrade", client.connect("/plain")),
        ("wrong answer", client.connect("/wrong")),
        ("forbidden", client.connect("/forbidden")),
        ("fixed", client.connect("/fixed")),
        ("preset key", client.connect("/echo-key", fields=[("sec-websocket-key", "AAAA"), ("content-length", "5")])),
        ("plain connect", client.request([(":method", "CONNECT"), (":authority", "site.example:443")], end=False)),
        ("no path", client.request([(":method", "CONNECT"), (":protocol", "websocket")] + base[:1] + base[2:], end=False)),
        ("not connect", client.request([(":method", "GET"), (":protocol", "websocket")] + base)),
    ]:
        print(f"{name}: {client.status(stream)}")
    last = client.get("/plain")
    print(f"last: {client.status(last)}")


def ends(*where):
    """The app ends; the client ends; the client resets."""
    client = Client(*where)
    stream = client.connect("/app-ends")
    client.until(lambda: stream in client.ended)
    print("app ended", client.status(stream), bytes(client.data[stream]).decode())
    stream = client.connect("/client-ends")
    client.status(stream)
    client.send(stream, b"hello")
    client.until(lambda: client.data.get(stream))
    client.h2.end_stream(stream)
    client.flush()
    client.until(lambda: stream in client.ended or stream in client.resets)
    print("client ended", bytes(client.data[stream]).decode(), stream in client.ended)
    stream = client.connect("/client-ends-first")
    client.status(stream)
    client.send(stream, b"hello")
    client.h2.end_stream(stream)
    client.flush()
    client.until(lambda: stream in client.ended or stream in client.resets)
    print("client ended first:", bytes(client.data[stream]).decode())
    stream = client.connect("/client-resets")
    client.status(stream)
    client.h2.reset_stream(stream, 8)
    client.flush()
    print("client reset", client.status(client.get("/plain")))


def stalled(*where):
    """An app that reads nothing stops its client, and no other."""
    client = Client(*where)
    stream = client.connect("/stalled")
    client.status(stream)
    sent = 0
    client.socket.settimeout(0.5)
    while sent < 1 << 26:
        room = min(client.h2.local_flow_control_window(stream), 16384)
        if room > 0:
            client.h2.send_data(stream, b"a" * room)
            client.flush()
            sent += room
            continue
        try:
            client.pump()
        except TimeoutError:
            break
    client.socket.settimeout(60)
    print("stalled", sent < 1 << 23)
    print("other", client.status(client.get("/plain")))


globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
