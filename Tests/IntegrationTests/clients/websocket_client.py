"""websocket_client.py URL ORIGIN [CA NAME]: sends messages of many sizes, expects each back; prints the fields of the 101 and a summary."""

import ssl
import sys

from websockets.sync.client import connect

sizes = [2**21 // (i + 1) for i in range(20)]
tls = {}
if len(sys.argv) > 3:
    tls = dict(ssl=ssl.create_default_context(cafile=sys.argv[3]), server_hostname=sys.argv[4])
with connect(sys.argv[1], origin=sys.argv[2], max_size=None, compression=None, open_timeout=60, close_timeout=60, ping_interval=None, **tls) as connection:
    for name, value in connection.response.headers.raw_items():
        print(f"{name}: {value}")
    for size in sizes:
        for message in ("a" * size, bytes(size)):
            connection.send(message)
            assert connection.recv(timeout=60) == message
print(f"echoed {2 * len(sizes)} messages, {max(sizes)} bytes at most; closed {connection.protocol.close_code}")
