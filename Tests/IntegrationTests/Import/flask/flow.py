# Code that may not run, classes, and paths that several parts of the program have.
# differs: preflight .* on /shared
# differs: \(True, False\) is \(False, False\) on /api/
from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, Flask

try:
    from flask_cors import CORS, cross_origin
except ImportError:
    CORS = cross_origin = None

ORIGINS = ["https://a.example"]
with suppress(ImportError):
    import module_that_is_not_there

    ORIGINS = "*"


class Base:
    def __init__(self, origins="*"):
        self.origins = origins


class Settings(Base):
    origins = "*"

    def __init__(self):
        super().__init__(ORIGINS)


@dataclass
class More:
    origins: object = "*"


app = Flask(__name__)
app.config["CORS_MAX_AGE"] = 60
api = Blueprint("api", __name__, url_prefix="/api/")
CORS(api, origins=More(origins=["https://b.example"]).origins)
if CORS:
    CORS(app, origins=Settings().origins, resources="/page")


def never():
    CORS(app, origins="*")


@app.route("/page")
def page():
    return "page"


@api.route("orders")
def orders():
    return "orders"


@app.route("/api/<path:rest>")
def rest(rest):
    return rest


@app.get("/shared")
@cross_origin(origins="https://a.example")
def read():
    return "read"


@app.post("/shared")
@cross_origin(origins="https://b.example")
def write():
    return "write"


@app.get("/<any(about, help):name>")
@cross_origin()
def text(name):
    return name


app.register_blueprint(api)
