# POST needs no permission, so it comes with the fields of allow_headers.
# differs: POST\S+ preflight .*: \(False, False\) is \(True, False\) on /wide
from flask import Flask
from flask_cors import CORS

ALLOWED = ["https://one.test", "https://two.test", "https://three.test", "https://four.test"]
TABLE = {
    "/shop/*": {"origins": ALLOWED, "supports_credentials": True},
    "/gone/*": {"origins": "https://gone.test"},
    "/kept/*": {"origins": "https://kept.test"},
}


class Settings:
    methods = ["GET", "DELETE"]


def widen():
    global ALLOWED
    ALLOWED = ALLOWED + ["https://wide.test"]


del ALLOWED[1]
ALLOWED[0] = "https://first.test"
ALLOWED.insert(0, "https://zero.test")
last = ALLOWED.pop()
del TABLE["/gone/*"]
TABLE["/last/*"] = {"origins": last}
del TABLE["/shop/*"]["supports_credentials"]
setattr(Settings, "methods", ["GET", "PUT"])
widen()
app = Flask(__name__)
CORS(app, resources=TABLE)
CORS(app, resources=["/wide/*"], origins=ALLOWED, methods=getattr(Settings, "methods"))
ALLOWED.append("https://late.test")
TABLE["/late/*"] = {"origins": "https://late.test"}
TABLE["/kept/*"]["origins"] = "https://late.test"
