# POST needs no permission, so it comes with the fields of allow_headers.
# differs: POST age .*: \[\] is \['600'\]
# differs: POST\S* preflight .*: \(False, False\) is \(True, True\)
from datetime import timedelta

import flask
import flask_cors as fc

cors = fc.CORS(supports_credentials=True, max_age=timedelta(minutes=10), origins="https://nobody.test")


def allowed():
    return ["https://shop.test", "https://www.shop.test"]


def create_app():
    app = flask.Flask(__name__)
    app.config.update(CORS_EXPOSE_HEADERS="X-A, X-B", CORS_METHODS=["GET", "PUT"])
    cors.init_app(app, origins=allowed(), allow_headers=["Content-Type", "X-A"])
    return app
