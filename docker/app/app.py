"""A small shop that crashes: the demo behind Letterhead. It sets no CORS and no security headers anywhere."""

from flask import Flask, jsonify, make_response, request

app = Flask(__name__)


@app.get("/")
def index():
    return "A shop. Try /orders, /boom, POST /hello.\n", {"Content-Type": "text/plain"}


@app.get("/orders")
def orders():
    return jsonify([{"id": 1, "item": "paper"}, {"id": 2, "item": "envelopes"}])


@app.post("/hello")
def hello():
    response = make_response({"hello": (request.get_json(silent=True) or {}).get("name", "world")})
    response.headers["X-Greeting"] = "yes"
    return response


@app.get("/boom")
def boom():
    raise RuntimeError("the database is gone")
