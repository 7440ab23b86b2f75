# The second call is asked first; what it does not allow, the first one may.
# differs: .*https://first\.test: \(True, False\) is \(False, False\) on .*/api
from flask import Flask
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins="https://first.test")
CORS(app, origins="https://second.test", resources=[r"/api/*", "/exact"])
app.config["CORS_ORIGINS"] = "https://late.test"
