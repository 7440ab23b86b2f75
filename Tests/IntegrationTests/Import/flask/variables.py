import os

from flask import Flask
from flask_cors import CORS

ALLOWED = ["https://shop.test"]
SAME = ALLOWED
ALLOWED.append("https://late.test")
ALLOWED += ["https://later.test", f"https://{'inner'}.test"]
SAME.extend(("https://same.test",))
BASE = "base.test"
OPTIONS = dict(allow_headers="Content-Type", expose_headers=["X-A"], max_age="600")
if False:
    ALLOWED.append("https://never.test")
for part in ["one", "two"]:
    ALLOWED.append("https://" + part + ".test")
app = Flask(__name__)
CORS(app, origins=ALLOWED + [f"https://{BASE}", os.getenv("TWIN_UNSET", "https://env.test")], **OPTIONS)
