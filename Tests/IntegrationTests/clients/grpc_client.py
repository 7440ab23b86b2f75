"""grpc_client.py PORT: every kind of call through the proxy, one line each of what came of it."""

import queue
import sys
import threading

import grpc

SERVICE = "/test.Service/"
# Injected by the proxy into what begins the response.
INJECTED = ("x-frame-options", "x-content-type-options", "content-security-policy", "x-request-id")


def policy(metadata):
    found = dict(metadata or ())
    lost = [name for name in INJECTED if name not in found]
    return "policy" if not lost and "server" not in found else f"policy lacks {lost}, server {found.get('server')}"


def failure(error):
    return f"{error.code().name} {error.details()!r} {policy(list(error.initial_metadata() or ()) + list(error.trailing_metadata() or ()))}"


def main():
    options = [
        ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.enable_retries", 0),
        ("grpc.enable_http_proxy", 0),
    ]
    channel = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}", options=options)
    unary = channel.unary_unary(SERVICE + "Unary")
    answer, call = unary.with_call(b"hello", metadata=(("x-ask", "42"),), timeout=60)
    initial, trailing = dict(call.initial_metadata()), dict(call.trailing_metadata())
    print("unary", answer.decode(), call.code().name, initial["x-initial"], trailing["x-trailing"], policy(call.initial_metadata()))
    print("request id", initial["x-request-seen"] == initial["x-request-id"])

    call = channel.stream_unary(SERVICE + "ClientStream").future(iter([b"x" * 10] * 50), timeout=60)
    print("client stream", call.result().decode(), call.code().name, policy(call.initial_metadata()))

    call = channel.unary_stream(SERVICE + "ServerStream")(b"200", timeout=60)
    print("server stream", sum(1 for _ in call), call.code().name, policy(call.initial_metadata()))

    # One message at a time, each after the answer to the one before: nothing may be held back on the way.
    questions = queue.Queue()
    call = channel.stream_stream(SERVICE + "Both")(iter(questions.get, None), timeout=60)
    heard = []
    for number in range(20):
        questions.put(b"%d" % number)
        heard.append(next(call))
    questions.put(None)
    print("both", heard == [b"echo %d" % n for n in range(20)], next(call, "end"), call.code().name, policy(call.initial_metadata()))

    for method in ("Refused", "Missing"):
        try:
            channel.unary_unary(SERVICE + method)(b"", timeout=60)
        except grpc.RpcError as error:
            print(method.lower(), failure(error))
    call = channel.unary_stream(SERVICE + "Half")(b"", timeout=60)
    try:
        print("half", next(call).decode(), end=" ")
        next(call)
    except grpc.RpcError as error:
        print(error.code().name, error.details(), policy(call.initial_metadata()))

    try:
        channel.unary_unary(SERVICE + "Deadline")(b"", timeout=2)
    except grpc.RpcError as error:
        print("deadline", error.code().name)

    call = channel.stream_stream(SERVICE + "Held")(iter(queue.Queue().get, None), timeout=60)
    print("held", next(call).decode(), end=" ")
    call.cancel()
    print(call.code().name)

    large = channel.unary_unary(SERVICE + "Large")
    print("large", len(large(b"y" * 3_000_000, timeout=60)))

    results = []

    def work():
        for number in range(20):
            results.append(unary(b"%d" % number, timeout=60) == (b"%d" % number)[::-1])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("many", len(results), all(results))

    for path, name in (("/down.Service/Call", "down"), ("/none.Service/Call", "no route"), ("/late.Service/Deadline", "late")):
        try:
            channel.unary_unary(path)(b"", timeout=60)
        except grpc.RpcError as error:
            print(name, failure(error))


main()
