"""supervisor.py NAMES PROGRAM ARGUMENT …: a service manager that holds the sockets, as systemd does with a socket unit.

Makes a listening socket for each of NAMES (NAME=ADDRESS,…; ADDRESS is the path of a Unix socket, or a port of 127.0.0.1, 0 for a free
one), prints their addresses, and starts the program with them. For each line of standard input it ends the program by SIGTERM, starts it
again once it is gone, waits until it says that it is ready (sd_notify), and prints how the one before ended.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile


def listen(address):
    if address.startswith("/"):
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(address)
    else:
        sock = socket.create_server(("127.0.0.1", int(address)))
    sock.listen(4096)
    return sock


def start(sockets, names, command):
    def prepare():
        for number, sock in enumerate(copies):
            os.dup2(sock, 3 + number, inheritable=True)
        os.environ["LISTEN_PID"] = str(os.getpid())

    # Out of the way of the numbers that they are to have.
    copies = [sock.fileno() + 100 for sock in sockets]
    for sock, copy in zip(sockets, copies):
        os.dup2(sock.fileno(), copy)
    os.environ["LISTEN_FDS"] = str(len(sockets))
    os.environ["LISTEN_FDNAMES"] = ":".join(names)
    # `LISTEN_PID` must be the program's own: the shell's number is, once it has become the program.
    shell = ["sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"'] + command
    process = subprocess.Popen(shell, preexec_fn=prepare, close_fds=False, stdout=sys.stderr)
    while b"READY=1" not in news.recv(4096):
        pass
    return process


news = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
news.settimeout(60)


def main():
    folder = tempfile.TemporaryDirectory()
    news.bind(folder.name + "/notify")
    os.environ["NOTIFY_SOCKET"] = folder.name + "/notify"
    pairs = [pair.split("=", 1) for pair in sys.argv[1].split(",")]
    sockets = [listen(address) for _, address in pairs]
    names = [name for name, _ in pairs]
    addresses = [sock.getsockname() for sock in sockets]
    print("listening", *(a if isinstance(a, str) else a[1] for a in addresses), flush=True)
    command = [word.replace("{port}", str(addresses[0][1])) for word in sys.argv[2:]]
    process = start(sockets, names, command)
    for _ in sys.stdin:
        process.send_signal(signal.SIGTERM)
        ending = process.wait(30)
        process = start(sockets, names, command)
        print("ended", ending, flush=True)
    process.send_signal(signal.SIGTERM)
    process.wait(30)


main()
