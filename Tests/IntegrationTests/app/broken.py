"""Small apps with the mistakes that people make, and a few without, one below each path: /NAME/items."""

from flask import Flask, abort, jsonify, make_response, redirect, request
from flask_cors import CORS, cross_origin
from werkzeug.middleware.dispatcher import DispatcherMiddleware

ORIGIN = "https://app.example"
apps = {}


def app(function):
    """An app that `function` furnishes; it answers /items unless that is furnished already."""
    name = function.__name__.replace("_", "-")
    made = Flask(name)
    function(made)
    if "items" not in made.view_functions:
        made.add_url_rule("/items", "items", lambda: jsonify([]), methods=["GET", "POST", "PUT"])
    apps[f"/{name}"] = made
    return function


def after(made, *fields, add=False):
    def hook(response):
        for name, value in fields:
            if add:
                response.headers.add(name, value)
            else:
                response.headers[name] = value
        return response

    made.after_request(hook)


def view(made, rule="/items", **options):
    return lambda function: made.add_url_rule(rule, "items", function, **options)


ALLOW = ("Access-Control-Allow-Origin", ORIGIN)
VARY = ("Vary", "Origin")
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")


# Mistakes.


@app
def nothing(made):
    pass


@app
def crash_before_hook(made):
    """The hook that would add the fields raises, so nothing does."""

    @made.after_request
    def hook(response):
        raise RuntimeError("on purpose")


@app
def crash_in_view(made):
    """The header is set on the response that the view never makes."""

    @view(made)
    def items():
        raise RuntimeError("on purpose")


@app
def make_response_only(made):
    """The view's own response has the field; Flask's automatic OPTIONS has not."""

    @view(made, methods=["GET", "PUT"])
    def items():
        response = make_response({})
        response.headers["Access-Control-Allow-Origin"] = ORIGIN
        response.headers["Vary"] = "Origin"
        return response


@app
def strict_slashes(made):
    CORS(made, origins=ORIGIN)

    @view(made, "/items/", methods=["GET", "PUT"])
    def items():
        return {}


@app
def login(made):
    CORS(made, origins=ORIGIN)

    @made.before_request
    def check():
        return redirect("/login?next=" + request.path)


@app
def login_401(made):
    after(made, ALLOW, VARY)

    @made.before_request
    def check():
        abort(401)


@app
def to_https(made):
    @made.before_request
    def talisman():
        return redirect(request.url.replace("http://", "https://"), 302)


@app
def twice(made):
    """Flask-CORS, and a hook that adds the same."""
    after(made, ALLOW, add=True)
    CORS(made, origins=ORIGIN)


@app
def twice_with_star(made):
    after(made, ("Access-Control-Allow-Origin", "*"), add=True)
    after(made, ALLOW, add=True)


@app
def star_with_credentials(made):
    after(made, ("Access-Control-Allow-Origin", "*"), CREDENTIALS)


@app
def no_credentials(made):
    CORS(made, origins=ORIGIN)


@app
def python_true(made):
    after(made, ALLOW, VARY, ("Access-Control-Allow-Credentials", str(True)))


@app
def reflects(made):
    CORS(made, supports_credentials=True)


@app
def allows_null(made):
    CORS(made, origins=[ORIGIN, "null"])


@app
def other_origin(made):
    after(made, ("Access-Control-Allow-Origin", "https://www.app.example"), VARY)


@app
def slash_behind_origin(made):
    after(made, ("Access-Control-Allow-Origin", ORIGIN + "/"), VARY)


@app
def list_of_origins(made):
    after(made, ("Access-Control-Allow-Origin", ORIGIN + ", https://b.example"), VARY)


@app
def wildcard_inside(made):
    after(made, ("Access-Control-Allow-Origin", "https://*.example"), VARY)


@app
def no_vary(made):
    CORS(made, origins=[ORIGIN, "https://b.example"], vary_header=False)


@app
def get_only(made):
    CORS(made, origins=ORIGIN, methods=["GET"])


@app
def no_fields(made):
    CORS(made, origins=ORIGIN, allow_headers=["X-Other"])


@app
def star_fields(made):
    after(made, ALLOW, VARY, ("Access-Control-Allow-Headers", "*"), ("Access-Control-Allow-Methods", "GET, PUT"))


@app
def semicolons(made):
    after(made, ALLOW, VARY, ("Access-Control-Allow-Methods", "GET; PUT"))


@app
def options_404(made):
    after(made, ALLOW, VARY)

    @made.before_request
    def no_options():
        if request.method == "OPTIONS":
            abort(404)


@app
def options_crash(made):
    @made.before_request
    def reads_a_body():
        if request.method == "OPTIONS":
            raise RuntimeError("there is no body")


@app
def decorator_only(made):
    """The view is decorated; its error, made by a hook, is not."""

    @made.before_request
    def check():
        abort(403)

    @view(made)
    @cross_origin(origins=ORIGIN)
    def items():
        return {}


@app
def errors_without(made):
    """Good responses have the field, error pages have not."""

    @view(made)
    def items():
        response = make_response({})
        response.headers["Access-Control-Allow-Origin"] = ORIGIN
        response.headers["Vary"] = "Origin"
        return response


@app
def none_without_secure(made):
    CORS(made, origins=ORIGIN, supports_credentials=True)
    after(made, ("Set-Cookie", "session=1; SameSite=None"), add=True)


@app
def foreign_domain(made):
    CORS(made, origins=ORIGIN)
    after(made, ("Set-Cookie", "session=1; Domain=other.example"), add=True)


@app
def lax_cookie(made):
    CORS(made, origins=ORIGIN, supports_credentials=True)
    after(made, ("Set-Cookie", "session=1; SameSite=Lax"), add=True)


@app
def frames_twice(made):
    CORS(made, origins=ORIGIN)
    after(made, ("X-Frame-Options", "DENY"), ("X-Frame-Options", "SAMEORIGIN"), add=True)


@app
def redirect_loses(made):
    """A redirect that a hook makes before the view; the view alone is decorated."""

    @made.before_request
    def moved():
        if not request.path.endswith("/new"):
            return redirect(request.script_root + "/new")

    @view(made, "/new")
    @cross_origin(origins=ORIGIN)
    def items():
        return {}


# Sound ones. (With a single origin, Flask-CORS says nothing of Vary, though a foreign origin gets another answer.)

SEVERAL = [ORIGIN, "https://b.example"]


@app
def sound(made):
    CORS(made, origins=SEVERAL, supports_credentials=True, allow_headers=["Content-Type", "Authorization"])


@app
def sound_star(made):
    CORS(made, allow_headers=["X-Custom", "Authorization", "Content-Type"])


@app
def sound_hook(made):
    after(
        made, ALLOW, CREDENTIALS, VARY, ("Access-Control-Allow-Methods", "GET, POST, PUT"),
        ("Access-Control-Allow-Headers", "Content-Type, Authorization"), ("X-Frame-Options", "DENY"))


@app
def sound_cookie(made):
    CORS(made, origins=SEVERAL)
    after(made, ("Set-Cookie", "theme=dark; Path=/; SameSite=Lax"), add=True)


@app
def sound_error(made):
    CORS(made, origins=SEVERAL)

    @view(made)
    def items():
        abort(404)


app = DispatcherMiddleware(Flask("front"), apps)
