# Preflights are answered for the methods of a view; here `conf.test` is what people get, for it is in the settings.
# differs: (PUT|DELETE|POST|GET)\S* preflight .*: \(True, (True|False)\) is \(False, False\) on .*/(items|people)
from flask import Flask
from flask.views import MethodView
from flask_cors import CORS as Cors, cross_origin as shared

app = Flask(__name__)
app.config.from_mapping(CORS_ORIGINS=["https://conf.test"], CORS_MAX_AGE=60)
Cors(app, resources={r"/api/*": {"origins": "https://shop.test"}})


@app.route("/items/<name>")
@shared(origins="https://items.test", methods=["GET", "POST"], expose_headers=["X-Total"])
def items(name):
    return name


@app.post("/people/<int:number>")
@shared(supports_credentials=True)
def people(number):
    return "x"


@shared(origins="*")
@app.route("/late")
def late():
    return "x"


class Things(MethodView):
    decorators = [shared(origins=["https://things.test"])]

    def get(self):
        return "x"

    def put(self):
        return "x"


class Parts(MethodView):
    @shared(origins="https://parts.test")
    def get(self):
        return "x"

    def post(self):
        return "x"


app.add_url_rule("/things", view_func=Things.as_view("things"))
app.add_url_rule("/parts", view_func=Parts.as_view("parts"))
