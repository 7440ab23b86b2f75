from flask import Blueprint, Flask
from flask_cors import CORS

app = Flask(__name__)
shop = Blueprint("shop", __name__)
staff = Blueprint("staff", __name__, url_prefix="/staff")
deep = Blueprint("deep", __name__, url_prefix="/unused")
CORS(shop, origins=["https://shop.test"], supports_credentials=True)
CORS(staff, resources={r"/staff/open/*": {"origins": "https://open.test"}})
CORS(deep, origins="https://deep.test")
staff.register_blueprint(deep, url_prefix="/deep")
app.register_blueprint(shop, url_prefix="/api/v1")
app.register_blueprint(staff)
