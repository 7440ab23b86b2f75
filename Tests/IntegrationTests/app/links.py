"""An app that tells which URLs it would build: `app` behind one proxy, `two` behind two."""

from flask import Flask, jsonify, redirect, request, url_for
from werkzeug.middleware.proxy_fix import ProxyFix

app = Flask(__name__)
two = ProxyFix(app.wsgi_app, x_for=2, x_proto=1, x_host=1, x_prefix=1)
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1)


@app.get("/")
@app.get("/links/<path:name>")
def links(name=""):
    return jsonify(
        external=url_for("links", name="a b", _external=True),
        relative=url_for("links", name="a b"),
        address=request.remote_addr,
        url=request.url,
        path=request.path,
        root=request.script_root,
    )


@app.get("/away")
def away():
    return redirect(url_for("links", name="there"))


@app.get("/far")
def far():
    return redirect(url_for("links", name="there", _external=True))
