# Which settings are taken is not certain, so what both of them let in is.
# differs: .*https://shop\.test: \(True, False\) is \(False, False\) on .*/bare
import os

from flask import Flask
from flask_cors import CORS


class Base:
    CORS_ORIGINS = ["https://base.test"]


class Production(Base):
    CORS_ORIGINS = ["https://shop.test", "https://base.test"]


class Setup:
    def plain(self, app, origins="*", **more):
        CORS(app, origins=origins, resources="/plain/*", **more)

    @staticmethod
    def fixed(app, *origins):
        CORS(app, origins=origins, resources="/fixed/*")

    @classmethod
    def made(cls, app, *, origins="*"):
        CORS(app, origins=origins, resources=["/made/*"])


CONFIGURATIONS = {"base": Base, "production": Production}
OPTIONS = {"origins": "https://plain.test", "supports_credentials": True}
app = Flask(__name__)
app.config.from_object(CONFIGURATIONS[os.getenv("TWIN_UNSET", "production")])
app.config["origins"] = "https://unread.test"
PLACES = [app, "https://fixed.test", "https://two.test"]
Setup().plain(app, **OPTIONS)
Setup.fixed(*PLACES)
Setup.made(app, origins="https://made.test")
CORS(app, CORS_ORIGINS="https://unread.test", resources="/bare/*")
