import Testing

/// Paths that several parts of a program may have: none gets another one's rule.
struct FlaskCORSRouteTests {
    typealias Case = FlaskCORSImportTests.Case

    static let decorated = "@cross_origin(origins='https://a.example')\n"

    /// A view for all paths, beside others.
    static func everything(_ others: String, _ has: String..., app: String = "Flask('x')", not: [String] = []) -> Case {
        Case(
            program: "from other import b\napp = \(app)\n@app.get('/<path:p>')\n\(decorated)def f(p): pass\n\(others)", has: has,
            hasNot: not)
    }

    /// A blueprint with CORS, beside others.
    static func blueprint(_ prefix: String, _ others: String, _ has: String..., not: [String] = []) -> Case {
        Case(
            program:
                "from other import c\napp = Flask('x')\nb = Blueprint('b', 'b', url_prefix='\(prefix)')\nCORS(b, origins='https://a.example')\n"
                + "@b.route('/y')\ndef y(): pass\napp.register_blueprint(b)\n\(others)", has: has, hasNot: not)
    }

    static func view(_ route: String, _ has: String..., not: [String] = []) -> Case {
        Case(program: "app = Flask('x')\n@app.get('\(route)')\n\(decorated)def f(p): pass", has: has, hasNot: not)
    }

    static let cases = [
        // Routes from elsewhere.
        everything("app.register_blueprint(b, url_prefix='/admin')", "not: { path: [/admin, /admin/*/**, /static/*/**] }"),
        everything("app.register_blueprint(b)", "`other.b` may have routes among those of /<path:p>", not: ["- cors:"]),
        everything("api = Api(app)\napi.add_resource(A, '/admin/a')", "not: { path: [/admin/a, /static/*/**] }"),
        everything("api = Api(app, prefix='/v1')\napi.add_resource(A, '/a')", "an extension may have", not: ["- cors:"]),
        everything("api = Api(app)\n@api.route('/admin')\nclass A(Resource): pass", "not: { path: [/admin, /static/*/**] }"),
        everything("", "not: { path: [/assets/*/**] }", app: "Flask('x', static_url_path='/assets')"),
        everything("", "not: { path: [/files/*/**] }", app: "Flask('x', static_folder='../files')"),
        everything("", "path: [/*/**]", app: "Flask('x', static_folder=None)", not: ["not:"]),
        everything("", "`static_url_path` may have routes", app: "Flask('x', static_url_path=p)", not: ["- cors:"]),
        everything("", "`/<path:filename>` may have routes among", app: "Flask('x', static_url_path='/')", not: ["- cors:"]),
        // Those of a blueprint.
        blueprint("/api", "", "path: [/api/**] }"),
        blueprint("/api", "app.register_blueprint(c, url_prefix='/api')", "path: [/api/y] }", "others have routes among"),
        blueprint("/api", "app.register_blueprint(c, url_prefix='/api/c')", "path: [/api/**], not: { path: [/api/c/**] }"),
        blueprint("/api", "@app.route('/api/<path:p>')\ndef f(p): pass", "path: [/api/y] }"),
        blueprint("/api", "@app.route('/api/z')\ndef f(): pass", "path: [/api/**], not: { path: [/api/z] }"),
        blueprint("/<lang>", "@app.route('/admin/y')\ndef f(): pass", "path: [/*/y], not: { path: [/admin/y"),
        blueprint("/<lang>", "app.register_blueprint(c)", "`other.c` may have routes among its own", not: ["- cors:"]),
        Case(
            program:
                "b = Blueprint('b', 'b', url_prefix='/api/')\n@b.get('y')\n\(decorated)def y(): pass\napp.register_blueprint(b)",
            has: ["path: [/api/y]"]),
        Case(
            program: "b = Blueprint('items', 'b')\napp.register_blueprint(b, url_prefix=f'/{b.name}')\nCORS(b)",
            has: ["path: [/items/**]", "Everything carried over."]),
        // Variables.
        view("/<any(about, help):p>", "path: [regex:^/(?:about|help)$]"),
        view("/<string(length=3):p>", "regex:^/[^/]{3}$"),
        view("/<string(minlength=2, maxlength=4):p>", "regex:^/[^/]{2,4}$"),
        view("/<slug:p>", "has a variable whose values cannot be told: no rule", not: ["- cors:"]),
        view("/<int(signed=True):p>", "cannot be told: no rule", not: ["- cors:"]),
        Case(
            program:
                "app = Flask('x')\n@app.get('/x/<interval>')\n\(decorated)def f(p): pass\n@app.get('/x/<int:n>')\ndef g(n): pass",
            has: ["path: [/x/*], method: [GET, HEAD], not: { path: [\"regex:^/x/[0-9]+$\"] }"]),
        Case(
            program:
                "app = Flask('x')\n@app.get('/x/<p>')\n\(decorated)def f(p): pass\n@app.get('/x/<slug:n>/a')\ndef g(n): pass",
            has: ["path: [/x/*]"]),
        // Preflights go to the first view of a path.
        Case(
            program: "app = Flask('x')\nCORS(app)\n@app.get('/a')\n\(decorated)def f(): pass\n@app.put('/a')\ndef g(): pass",
            has: ["{ path: [/a], request_header: { Access-Control-Request-Method: present } }", "answers the preflights"]),
        Case(
            program: "app = Flask('x')\n@app.get('/a')\ndef f(): pass\n@app.put('/a')\n\(decorated)def g(): pass",
            has: ["method: [PUT], request_header: { Access-Control-Request-Method: absent }", "the view of line 2 answers"]),
        Case(
            program: "app = Flask('x')\nCORS(app)\n@app.get('/a')\ndef f(): pass\n@app.put('/a')\n\(decorated)def g(): pass",
            has: ["path: [/a], method: [PUT] }"]),
        Case(
            program: "app = Flask('x')\n@app.get('/a')\n\(decorated)def f(): pass\n@app.put('/a')\n\(decorated)def g(): pass",
            has: ["path: [/a], method: [PUT], not: { path: [/a], method: [GET, HEAD] }"], hasNot: ["absent"]),
        Case(
            program:
                "app = Flask('x')\n@app.get('/a')\n\(decorated)def f(): pass\n@app.put('/a')\n@cross_origin()\ndef g(): pass",
            has: ["method: [PUT], request_header: { Access-Control-Request-Method: absent }"]),
    ]

    @Test(arguments: cases)
    func paths(_ one: Case) { FlaskCORSImportTests().table(one) }
}
