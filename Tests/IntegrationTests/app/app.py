"""The app of the integration tests: the three usual ways to set headers, and the usual ways to go wrong."""

import hashlib
import json
import time

from flask import Flask, Response, abort, make_response, redirect, request

app = Flask(__name__)


@app.after_request
def own_header(response):
    """Runs for what a view returned, and not for an unhandled exception under a debugger."""
    response.headers["X-App"] = "flask"
    return response


@app.post("/hello")
def hello():
    response = make_response({"hello": (request.get_json(silent=True) or {}).get("name", "world")})
    response.headers["X-Own-Header"] = "from make_response"
    return response


@app.get("/")
def index():
    return Response("hello\n", headers={"X-Powered-By": "the app", "Vary": "Cookie"}, mimetype="text/plain")


@app.get("/boom")
def boom():
    raise RuntimeError("on purpose")


@app.get("/notfound")
def notfound():
    abort(404)


@app.get("/redirect")
def moved():
    return redirect("/")


@app.get("/stream")
def stream():
    """Chunked: no length is known."""
    return Response((f"line {i}\n" for i in range(int(request.args.get("lines", 5)))), mimetype="text/plain")


@app.route("/echo", methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def echo():
    """What arrived, as WSGI tells it and as Flask understands it."""
    seen = {
        "method": request.method,
        "headers": list(request.headers.items()),
        "args": request.args,
        "path": request.path,
        "length": len(request.get_data()),
        "remote_addr": request.remote_addr,
        "url": request.url,
    }
    return Response(json.dumps(seen), mimetype="application/json")


@app.get("/cookie")
def cookie():
    response = make_response("two cookies\n")
    response.set_cookie("first", "1", expires=2145916800)  # a comma is in the date: such lines cannot be joined
    response.set_cookie("second", "2", httponly=True)
    return response


@app.get("/etag")
def etag():
    response = make_response("cached\n")
    response.set_etag("v1")
    return response.make_conditional(request)


@app.get("/slow")
def slow():
    time.sleep(float(request.args.get("seconds", 1)))
    return "at last\n"


@app.post("/upload")
def upload():
    """Reads the body in parts, with a pause between the first few when `pause` says so."""
    pause, digest, length = float(request.args.get("pause", 0)), hashlib.sha256(), 0
    parts = int(request.args.get("parts", 10))
    while part := request.stream.read(64 << 10):
        digest.update(part)
        length += len(part)
        if parts and pause:
            parts -= 1
            time.sleep(pause)
    return {"length": length, "sha256": digest.hexdigest()}


@app.get("/download")
def download():
    size, part = int(request.args.get("bytes", 1 << 20)), bytes(range(256)) * 256

    def parts():
        left = size
        while left > 0:
            yield part[:left]
            left -= len(part)

    return Response(parts(), mimetype="application/octet-stream", headers={"Content-Length": str(size)})


@app.get("/headers")
def odd_headers():
    """Valid, and as unfriendly as a framework lets them be."""
    response = make_response("odd\n")
    response.headers["X-Empty"] = ""
    response.headers["X-Quoted"] = 'a "b, c"; d=\'e\''
    response.headers["X-Long"] = "x" * 6000
    response.headers["X-Latin"] = "caf\xe9"
    response.headers["x-LOWER-and-UPPER"] = "kept"
    response.headers.add("Link", "</a>; rel=preload")
    response.headers.add("Link", "</b>; rel=preload")
    response.headers.add("Vary", "Cookie")
    response.headers.add("Vary", "accept-encoding, ORIGIN")
    response.headers.add("X-Frame-Options", "ALLOWALL")
    response.headers.add("X-Frame-Options", "SAMEORIGIN")
    return response


@app.get("/cors-own")
def cors_own():
    """An app that has opinions about CORS, and says them twice."""
    response = make_response("own\n")
    response.headers.add("Access-Control-Allow-Origin", "*")
    response.headers.add("Access-Control-Allow-Origin", "https://wrong.example")
    response.headers["Access-Control-Allow-Credentials"] = "false"
    response.headers["Access-Control-Expose-Headers"] = "X-Wrong"
    return response


@app.get("/nominate")
def nominate():
    """The app's `Connection` names fields that the proxy injects. (gunicorn refuses the field; Werkzeug's server passes it on.)"""
    return Response("nominated\n", headers={"Connection": "X-Frame-Options, Access-Control-Allow-Origin"})
