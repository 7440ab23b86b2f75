"""steady.py ADDRESS SECONDS: clients that never stop asking, over HTTP/1.1 and HTTP/2, and that do what well-behaved clients do:
reconnect after `Connection: close` and GOAWAY, and after nothing else.

ADDRESS is a port of 127.0.0.1 or the path of a Unix socket. SECONDS 0 goes on until standard input ends. Prints one JSON object:
requests, failures (with what happened), and how often each policy was seen; a policy is the values of X-First, X-Middle and X-Last,
which must be the same.
"""

import collections
import json
import socket
import sys
import threading
import time

import h2.config
import h2.connection
import h2.events

# h2 takes a connection for closed after GOAWAY; what the server still has to say is to be read.
State = h2.connection.ConnectionState
h2.connection.H2ConnectionStateMachine._transitions[(State.CLIENT_OPEN, h2.connection.ConnectionInputs.RECV_GOAWAY)] = (
    None,
    State.CLIENT_OPEN,
)

stop = threading.Event()
lock = threading.Lock()
requests = 0
connections = 0
failures = []
policies = collections.Counter()


def connect(address):
    global connections
    with lock:
        connections += 1
    if address.startswith("/"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(20)
        sock.connect(address)
        return sock
    return socket.create_connection(("127.0.0.1", int(address)), timeout=20)


def take(status, fields):
    global requests
    values = {fields.get(name) for name in ("x-first", "x-middle", "x-last")}
    with lock:
        requests += 1
        if status != 200:
            failures.append(f"status {status}")
        elif len(values) != 1:
            failures.append(f"mixed policies: {sorted(map(str, values))}")
        else:
            policies[values.pop()] += 1


def http1(address, fresh):
    """`fresh`: a connection for each request."""
    while not stop.is_set():
        sock = connect(address)
        data = b""
        closing = False
        while not closing and not stop.is_set():
            sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + (b"Connection: close\r\n" if fresh else b"") + b"\r\n")
            while b"\r\n\r\n" not in data:
                more = sock.recv(1 << 16)
                if not more:
                    raise EOFError("closed without a response")
                data += more
            head, data = data.split(b"\r\n\r\n", 1)
            lines = head.decode("latin1").split("\r\n")
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            length = int(fields["content-length"])
            while len(data) < length:
                more = sock.recv(1 << 16)
                if not more:
                    raise EOFError("closed within a response")
                data += more
            data = data[length:]
            take(int(lines[0].split()[1]), fields)
            closing = fields.get("connection", "").lower() == "close"
        sock.close()


def http2(address):
    while not stop.is_set():
        sock = connect(address)
        session = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="latin1"))
        session.initiate_connection()
        waiting = set()
        last = None
        while True:
            while last is None and len(waiting) < 4 and not stop.is_set():
                stream = session.get_next_available_stream_id()
                pseudo = [(":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", "/")]
                session.send_headers(stream, pseudo, end_stream=True)
                waiting.add(stream)
            if not waiting:
                break
            sock.sendall(session.data_to_send())
            data = sock.recv(1 << 16)
            if not data:
                raise EOFError(f"closed with {len(waiting)} open streams")
            for event in session.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    fields = dict(event.headers)
                    take(int(fields[":status"]), fields)
                elif isinstance(event, h2.events.StreamEnded):
                    waiting.discard(event.stream_id)
                elif isinstance(event, h2.events.StreamReset):
                    raise EOFError("a stream was reset")
                elif isinstance(event, h2.events.ConnectionTerminated):
                    last = event.last_stream_id
                    # Those beyond it were not served, and may be sent again.
                    waiting = {stream for stream in waiting if stream <= last}
        sock.close()


def forever(client, *arguments):
    while not stop.is_set():
        try:
            client(*arguments)
        except Exception as error:
            with lock:
                failures.append(f"{client.__name__}{arguments[1:]}: {type(error).__name__}: {error}")


def main():
    address, seconds = sys.argv[1], float(sys.argv[2])
    jobs = [(http1, address, False)] * 4 + [(http1, address, True)] * 2 + [(http2, address)] * 2
    threads = [threading.Thread(target=forever, args=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    if seconds:
        time.sleep(seconds)
    else:
        print("ready", flush=True)
        sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join(30)
    print(
        json.dumps(
            {
                "requests": requests,
                "connections": connections,
                "failed": len(failures),
                "failures": failures[:5],
                "policies": len(policies),
                "hung": sum(thread.is_alive() for thread in threads),
            }
        )
    )


main()
