"""A gRPC server without protobuf: messages are bytes. Prints its port, then what becomes of calls that are cancelled."""

import sys
import threading
import time
from concurrent import futures

import grpc


def meta(context):
    return dict(context.invocation_metadata())


def unary(request, context):
    fields = meta(context)
    context.send_initial_metadata((("x-initial", "here"), ("server", "secret"), ("x-request-seen", fields.get("x-request-id", "none"))))
    context.set_trailing_metadata((("x-trailing", fields.get("x-ask", "none")), ("x-te", fields.get("te", "none"))))
    return request[::-1]


def client_stream(requests, context):
    count = total = 0
    for request in requests:
        count += 1
        total += len(request)
    return f"{count} {total}".encode()


def server_stream(request, context):
    for number in range(int(request)):
        yield b"%d" % number


def both(requests, context):
    for request in requests:
        yield b"echo " + request


def refused(request, context):
    context.abort(grpc.StatusCode.PERMISSION_DENIED, "not for you: ä%")


def half(request, context):
    yield b"one"
    context.abort(grpc.StatusCode.DATA_LOSS, "lost the rest")


def deadline(request, context):
    print("deadline", context.time_remaining() is not None and context.time_remaining() < 60, flush=True)
    gone = threading.Event()
    context.add_callback(gone.set)
    gone.wait(30)
    return b"late"


def held(requests, context):
    gone = threading.Event()
    context.add_callback(lambda: (print("cancelled", flush=True), gone.set()))
    yield b"started"
    gone.wait(30)


def large(request, context):
    return request * 4


def main():
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "ClientStream": grpc.stream_unary_rpc_method_handler(client_stream),
        "ServerStream": grpc.unary_stream_rpc_method_handler(server_stream),
        "Both": grpc.stream_stream_rpc_method_handler(both),
        "Refused": grpc.unary_unary_rpc_method_handler(refused),
        "Half": grpc.unary_stream_rpc_method_handler(half),
        "Deadline": grpc.unary_unary_rpc_method_handler(deadline),
        "Held": grpc.stream_stream_rpc_method_handler(held),
        "Large": grpc.unary_unary_rpc_method_handler(large),
    }
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(32), options=options)
    for service in ("test.Service", "late.Service"):
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    if len(sys.argv) == 3:
        key, certificate = (open(path, "rb").read() for path in sys.argv[1:])
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)]))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while True:
        time.sleep(3600)


main()
