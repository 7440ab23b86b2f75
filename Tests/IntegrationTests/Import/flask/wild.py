from flask import Flask
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origin="https://shop.test", support_credentials=True)
