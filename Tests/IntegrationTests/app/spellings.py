"""Two apps that part the site by the first segment of the path, as each framework does it, and say what path they saw."""

from flask import Flask, request
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

wsgi = Flask(__name__)


def say(part, path):
    return f"{part} {path!r}".replace("'", "")


@wsgi.route("/internal/<path:rest>")
def internal(rest):
    return say("internal", request.path)


@wsgi.route("/")
@wsgi.route("/<path:rest>")
def public(rest=""):
    return say("public", request.path)


def answer(part):
    async def endpoint(request):
        return PlainTextResponse(say(part, request.scope["path"]))

    return endpoint


asgi = Starlette(
    routes=[
        Mount("/internal", routes=[Route("/{rest:path}", answer("internal"))]),
        Route("/{rest:path}", answer("public")),
    ]
)
