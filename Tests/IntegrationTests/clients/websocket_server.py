"""An echo server, over TLS when a certificate and its key are given; prints its port."""

import ssl
import sys

from websockets.sync.server import serve


def echo(connection):
    for message in connection:
        connection.send(message)


context = None
if len(sys.argv) == 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[1:])
with serve(echo, "127.0.0.1", 0, max_size=None, ssl=context) as server:
    print(server.socket.getsockname()[1], flush=True)
    server.serve_forever()
