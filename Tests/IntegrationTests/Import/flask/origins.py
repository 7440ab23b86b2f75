# An expression of flask-cors goes on behind its end.
# differs: .*https?://(a\.shop|pr-7\.dev|localhost:7|sub\.any)\S*(\.evil\.test|:8443)\S*: \(True, False\) is \(False, False\)
# differs: .* http://localhost(:5173)?\.evil\.test: \(True, False\) is \(False, False\)
import re

from flask import Flask
from flask_cors import CORS

app = Flask(__name__)
CORS(
    app,
    origins=[
        r"https://.*\.shop\.test", re.compile(r"https://pr-\d+\.dev\.test"), "http://localhost:*", "https://slash.test/",
        "https://path.test/chat", "bare.test", "http://a.test, http://b.test", "https://Upper.test", "https://port.test:443",
        "https://good.test", "null",
    ],
    methods="GET,post",
    supports_credentials=False,
)
