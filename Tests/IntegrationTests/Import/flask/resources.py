# Every origin with credentials is every origin without.
# differs: .*: \(True, True\) is \(True, False\) on
import re

from flask import Flask
from flask_cors import CORS

app = Flask(__name__)
CORS(
    app,
    resources={
        "/exact": {"origins": "https://exact.test"},
        "/exact/below": {"origins": ["https://below.test"]},
        r"/test_acl*": {"origins": "https://acl.test"},
        r"/api/v[0-9]+/.*": {"origins": ["https://shop.test"]},
        r"/(music|film)/*": {"origins": "*"},
        r"/docs/.*": {"origins": "https://docs.test", "methods": "*"},
        re.compile(r"/CASE/x", re.I): {"origins": "https://case.test"},
        r"/end/\d+$": {"origins": "https://end.test"},
        r"/gone/*": {"origins": []},
        r"/none/*": {"origins": None},
        r"/api/*": {"origins": "https://api.test", "supports_credentials": False},
        "/*": {"origins": "https://base.test"},
    },
    supports_credentials=True,
)
