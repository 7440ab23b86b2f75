from flask import Blueprint, Flask
from flask.views import MethodView
from flask_cors import CORS, cross_origin

ALL = ["GET", "POST", "PUT", "DELETE"]
app = Flask(__name__)
CORS(app, origins="https://shop.test")
team = Blueprint("team", __name__)


@app.route("/<slug>", methods=ALL)
@cross_origin(origins="https://slug.test")
def page(slug):
    return "x"


@app.route("/u/<path:rest>", methods=ALL)
@cross_origin(origins="https://rest.test")
def rest(rest):
    return "x"


@app.route("/u/<int:number>", methods=ALL)
@cross_origin(origins="https://number.test")
def number(number):
    return "x"


@app.route("/account", methods=ALL)
def account():
    return "x"


@app.route("/open", methods=ALL)
@cross_origin(origins="https://open.test")
def open_to():
    return "x"


@team.route("/u/team", methods=ALL)
def members():
    return "x"


class Things(MethodView):
    decorators = [cross_origin(origins=["https://things.test"])]

    def get(self):
        return "x"

    post = put = delete = get


app.register_blueprint(team)
app.add_url_rule("/things", view_func=Things.as_view("things"))
