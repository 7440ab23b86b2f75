"""
CORS(app, origins="https://doc.test")
"""
from flask import Flask
from flask_cors import CORS as C

app = Flask(__name__)
# C(app)
app.config["CORS_ORIGINS"] = ["https://shop.test"]
app.config["CORS_HEADERS"] = "Content-Type"
C(app, send_wildcard=True, vary_header=False, always_send=False, allow_private_network=True)
