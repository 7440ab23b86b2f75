"""A program that uses flask-cors, and Letterhead with what `import flask-cors` makes of it in front of the same program
without: a browser is to come to the same answers.

    flask_twin.py LETTERHEAD PROGRAM [APP]

What differs is printed, a line each; then, behind a line of dashes, the configuration.
"""

import http.client
import itertools
import os
import re
import subprocess
import sys
import tempfile
import threading
import types

from flask import Blueprint, Flask
from werkzeug.serving import WSGIRequestHandler, make_server

SAFE_METHODS = {"GET", "HEAD", "POST"}


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *arguments):
        pass


def stub():
    """flask-cors that does nothing."""
    module = types.ModuleType("flask_cors")

    class CORS:
        def __init__(self, app=None, **options):
            pass

        def init_app(self, app, **options):
            pass

    module.CORS = CORS
    module.cross_origin = lambda *_, **__: lambda function: function
    return module


def everywhere(thing, name, paths):
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    for number, path in enumerate(paths):
        thing.add_url_rule(path, f"{name}-{number}", lambda **_: "twin", methods=methods)


def serve_blueprints():
    """Each blueprint serves every path below its prefix."""
    for kind in (Flask, Blueprint):
        def register(self, blueprint, register=kind.register_blueprint, **options):
            if options.get("url_prefix") or blueprint.url_prefix:
                everywhere(blueprint, "below", ["", "/", "/<path:path>"])
            return register(self, blueprint, **options)

        kind.register_blueprint = register


def load(path, name):
    """The app of a program, which serves every path."""
    module = types.ModuleType(os.path.basename(path)[:-3])
    with open(path) as file:
        exec(compile(file.read(), path, "exec"), module.__dict__)
    values = vars(module)
    app = values.get(name) or (values["create_app"]() if "create_app" in values else None)
    app = app or next(value for value in values.values() if isinstance(value, Flask))
    everywhere(app, "twin", ["/", "/<path:path>"])
    return app


def serve(app):
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def texts(path):
    """What stands in quotes in a program, and what its expressions may mean."""
    with open(path) as file:
        source = file.read()
    found = re.findall(r'"([^"\n]*)"|\'([^\'\n]*)\'', source)
    return {one or other for one, other in found}


def origins(path):
    made = {"https://foreign.test", "http://foreign.test", "null", "https://shop.test.evil.test", "http://localhost:5173"}
    for text in texts(path):
        for part in text.split(","):
            plain = re.sub(r"\\d\+|\[[^]]*\][+*]?", "7", part.strip()).replace(".*", "a").replace("\\", "").strip("^$")
            if not re.match(r"https?://", plain):
                plain = "https://" + plain if re.fullmatch(r"[a-z0-9.-]+\.test", plain) else ""
            if plain:
                base = re.match(r"https?://[^/*]*", plain)[0].rstrip(":")
                made |= {base, base + ":8443" if base.count(":") == 1 else base, base + ".evil.test"}
    # No browser sends a port that its scheme implies.
    return sorted(one for one in made if not one.endswith((":443", ":80")))


def paths(path):
    made = {"/", "/other", "/other/deep"}
    for text in texts(path):
        if not text.startswith(("/", "^/")):
            continue
        for choice in ["film", "music"]:
            plain = re.sub(r"\([^)]*\|[^)]*\)", choice, text)
            plain = re.sub(r"<int:[^>]*>|\\d\+?|\[[^]]*\]\+?", "12", plain)
            plain = re.sub(r"<[^>]*>", "thing", plain).strip("^$").replace("\\", "").replace(".*", "").replace("*", "")
            plain = plain.replace("(", "").replace(")", "").replace("?", "")
            bare = plain.rstrip("/") or "/"
            made |= {plain, bare, bare + "/", bare + "/x/y", bare + "x", bare[:-1] or "/", "/x" + bare}
    return sorted({re.sub("/+", "/", one) for one in made})


class Client:
    """Asks a server."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __call__(self, method, path, fields):
        self.connection.request(method, path, headers=fields)
        response = self.connection.getresponse()
        response.read()
        return response.status, [(name.lower(), value) for name, value in response.getheaders()]


def inside(app):
    """Asks an app without a server."""
    client = app.test_client()

    def ask(method, path, fields):
        response = client.open(path, method=method, headers=fields)
        return response.status_code, [(name.lower(), value) for name, value in response.headers]

    return ask


class Side:
    """One of the two, as a page sees it."""

    def __init__(self, ask):
        self.ask = ask

    @staticmethod
    def lines(fields, name):
        return [value for key, value in fields if key == name.lower()]

    def values(self, fields, name):
        return {one.strip() for line in self.lines(fields, name) for one in line.split(",") if one.strip()}

    def shared(self, fields, origin):
        """Readable without credentials, and with: Fetch, CORS check."""
        lines = self.lines(fields, "Access-Control-Allow-Origin")
        allowed = lines[0] if len(lines) == 1 else ""
        credentials = self.lines(fields, "Access-Control-Allow-Credentials") == ["true"]
        return allowed in ("*", origin), allowed == origin and credentials

    def preflight(self, path, origin, method, names):
        fields = {"Origin": origin, "Access-Control-Request-Method": method}
        if names:
            fields["Access-Control-Request-Headers"] = ",".join(names)
        status, answer = self.ask("OPTIONS", path, fields)
        plain, credentialed = self.shared(answer, origin)
        methods = self.values(answer, "Access-Control-Allow-Methods")
        allowed = {one.lower() for one in self.values(answer, "Access-Control-Allow-Headers")}

        def passes(readable, star):
            return (
                readable and 200 <= status < 300
                and (method in methods or method in SAFE_METHODS or (star and "*" in methods))
                and all(name in allowed or (star and "*" in allowed) for name in names)
            )

        return (passes(plain, True), passes(credentialed, False)), self.lines(answer, "Access-Control-Max-Age")

    def actual(self, path, origin, method):
        _, answer = self.ask(method, path, {"Origin": origin})
        plain, credentialed = self.shared(answer, origin)
        exposed = self.values(answer, "Access-Control-Expose-Headers") if plain else set()
        is_fixed = self.lines(answer, "Access-Control-Allow-Origin") in ([], ["*"])
        return {"read": (plain, credentialed), "expose": sorted(exposed)}, is_fixed or "Origin" in self.values(answer, "Vary")


def compare(real, twin, program):
    differences = {}

    def note(what, origin, path, theirs, ours):
        key = f"{what} {origin}: {theirs} is {ours}"
        differences.setdefault(key, []).append(path)

    for path, origin in itertools.product(paths(program), origins(program)):
        for method in ["GET", "PUT"]:
            theirs, _ = real.actual(path, origin, method)
            ours, varies = twin.actual(path, origin, method)
            for key in theirs:
                if theirs[key] != ours[key]:
                    note(f"{method} {key}", origin, path, theirs[key], ours[key])
            if not varies:
                note(f"{method} vary", origin, path, True, False)
        for method, names in [
            ("GET", ["x-other"]), ("POST", []), ("POST", ["content-type"]), ("PUT", []), ("DELETE", ["authorization", "x-a"]),
        ]:
            (theirs, their_age), (ours, our_age) = (side.preflight(path, origin, method, names) for side in (real, twin))
            asked = "+".join([method] + names)
            if theirs != ours:
                note(f"{asked} preflight", origin, path, theirs, ours)
            elif any(theirs) and their_age != our_age:
                note(f"{asked} age", origin, path, their_age, our_age)
    return differences


def main(letterhead, program, name="app"):
    serve_blueprints()
    real = inside(load(program, name))
    sys.modules["flask_cors"] = stub()
    bare = serve(load(program, name))
    imported = subprocess.run(
        [letterhead, "import", "flask-cors", program, "--upstream", f"http://127.0.0.1:{bare}"], capture_output=True, text=True)
    if imported.returncode:
        sys.exit(imported.stderr)
    configuration = imported.stdout
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(configuration.replace("listen: 0.0.0.0:8080", "listen: 127.0.0.1:0\naccess_log: off"))
        file.flush()
        proxy = subprocess.Popen([letterhead, "run", "--config", file.name], stderr=subprocess.PIPE, text=True)
        port = 0
        for line in proxy.stderr:
            found = re.search(r"127\.0\.0\.1:(\d+)", line)
            if found and int(found[1]) != bare:
                port = int(found[1])
                break
        try:
            for key, places in sorted(compare(Side(real), Side(Client(port)), program).items()):
                print(f"{key} on {' '.join(places[:12])}")
        finally:
            proxy.terminate()
    print("-" * 40)
    print(configuration, end="")


main(*sys.argv[1:])
