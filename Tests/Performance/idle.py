"""Memory of connections that stay open after a request and do nothing."""

import resource
import socket
import time

import loads
import peers

# What the limit of this process allows, which the proxies inherit: each needs one descriptor a connection, HAProxy two.
_, LIMIT = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
CONNECTIONS = min(5000, (LIMIT - 1000) // 2)


def measure(proxy, upstream, settings):
    server = peers.start_proxy(proxy, upstream, f"{proxy}-idle", **settings)
    loads.warm_up(server)
    # Letterhead gives back what only starting needed: not between the two figures.
    time.sleep(1.5)
    before = settled(server)
    request = f"GET / HTTP/1.1\r\nHost: app.example\r\n{peers.ORIGIN}\r\n\r\n".encode()
    connections = []
    try:
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", server.port), 10)
            connections.append(connection)
            connection.sendall(request)
            if not (answer := connection.recv(4096)).startswith(b"HTTP/1.1 200"):
                raise peers.Failure(f"{server.name}: {answer}")
            connection.setblocking(False)
        after = settled(server)
        if lost := sum(is_closed(connection) for connection in connections):
            raise peers.Failure(f"{server.name} closed {lost} idle connections")
    finally:
        for connection in connections:
            connection.close()
        server.stop()
    return {"kib_each": (after - before) / CONNECTIONS, "before_mib": before / 1024, "after_mib": after / 1024}


def is_closed(connection):
    try:
        return connection.recv(4096) == b""
    except BlockingIOError:
        return False


def settled(server):
    """Resident KiB, once it is the same for half a second."""
    last, same, deadline = server.resident(), 0, time.monotonic() + 3
    while same < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
        now = server.resident()
        same, last = (same + 1 if now == last else 0), now
    return last
