# What only running tells is let in by neither way.
# differs: .*https://(local|debug)\.test: \(True, False\) is \(False, False\)
import os

from flask import Flask
from flask_cors import CORS

ORIGINS = ["https://shop.test", "https://local.test"]
if os.getenv("TWIN_UNSET"):
    ORIGINS = ["https://shop.test"]
EXTRA = ["https://extra.test"]
if not os.getenv("TWIN_UNSET"):
    EXTRA.append("https://debug.test")

try:
    from flask_cors import missing
except ImportError:
    missing = None


def create_app(config=None):
    app = Flask(__name__)
    if config is None:
        config = {}
    CORS(app, resources={r"/a": {"origins": ORIGINS}, r"/b": {"origins": EXTRA}})
    if os.getenv("TWIN_UNSET"):
        CORS(app)
    return app
