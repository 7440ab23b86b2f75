import Testing

/// What a program does not decide by its text, or decides only by what another file has, lets nobody in. Each case fails open if the
/// importer takes one way for granted.
struct FlaskCORSCertaintyTests {
    typealias Case = FlaskCORSImportTests.Case

    /// Lets nobody in, and says why.
    static func nobody(_ program: String, _ has: String...) -> Case {
        Case(program: program, has: has, hasNot: ["- cors:", "Everything carried over."])
    }

    /// Lets in the only origins that are certain, and says what is not.
    static func only(_ origins: String, _ program: String, _ has: String...) -> Case {
        Case(program: program, has: ["allow_origins: [\(origins)]"] + has, hasNot: ["Everything carried over."])
    }

    /// Is told without a loss.
    static func told(_ origins: String, _ program: String) -> Case {
        Case(program: program, has: ["allow_origins: [\(origins)]", "Everything carried over."])
    }

    /// Two functions or instances in the arms of an `if`, and what is done with the one that it chose.
    static func arms(_ first: String, _ second: String, _ rest: String = "") -> String {
        "if prod:\n    \(first)\nelse:\n    \(second)\n\(rest)"
    }

    /// Two classes with settings.
    static let classes =
        "class P: CORS_ORIGINS = ['https://a.example', 'https://p.example']\nclass D: CORS_ORIGINS = ['https://a.example', 'https://d.example']\n"
        + "app = Flask('x')\n"
    static let (a, b) = ("CORS(app, origins='https://a.example')", "CORS(app, origins='https://b.example')")

    /// Code that a condition chooses.
    static let choices = [
        only("https://a.example", classes + arms("c = P", "c = D", "app.config.from_object(c)\nCORS(app)"), "depend on prod"),
        only("https://a.example", classes + "c = D\nif prod: c = P\napp.config.from_object(c)\nCORS(app)", "depend on prod"),
        only("https://a.example", classes + "c = P if prod else D\napp.config.from_object(c)\nCORS(app)", "depend on prod"),
        only(
            "https://a.example", classes + "c = {'p': P, 'd': D}\napp.config.from_object(c[name])\nCORS(app)", "depend on c[name]"
        ),
        only(
            "https://a.example", classes + "c = {'p': P, 'd': D}.get(name, D)\napp.config.from_object(c)\nCORS(app)", "depend on"),
        only(
            "https://a.example",
            "class S: pass\nS.c = ['https://a.example']\nif prod: S.c = ['https://a.example', '*']\nCORS(app, origins=S.c)",
            "depend on"),
        nobody(
            arms("cors = CORS(origins='https://a.example')", "cors = CORS(origins='https://b.example')", "cors.init_app(app)"),
            "neither lets in only what the other does"),
        nobody(
            arms("cors = CORS(origins='https://a.example')", "cors = CORS(origins='https://b.example')"),
            "neither lets in only what the other does"),
        nobody(
            "cors = CORS(origins='*')\nif prod: cors = CORS(origins='https://b.example')\ncors.init_app(app, origins=x)",
            "left out"),
        nobody(arms("def f(app): \(a)", "def f(app): \(b)", "f(app)"), "depending on prod", "left out"),
        nobody(arms("def f(app): \(a)", "def f(app): \(b)"), "CORS is called like this if prod", "unless prod"),
        nobody(arms("def f(app): \(a)", "def f(app): pass", "f(app)"), "CORS is called only depending on prod"),
        nobody("if prod:\n    def f(app): \(a)", "CORS is called only if prod"),
        only(
            "https://a.example",
            arms("app = Flask('x'); app.config['CORS_ORIGINS'] = 'https://a.example'", "app = Flask('x')", "CORS(app)"),
            "which app `app` is depends on prod"),
        nobody("\(a) if prod else None", "CORS is called only depending on prod"),
        nobody("prod and \(a)", "CORS is called only depending on prod"),
        nobody("def f():\n    if prod: return 'https://a.example'\nCORS(app, origins=f())", "what `f` returns"),
        Case(
            program: arms("s = cross_origin(origins='null')", "s = cross_origin()", "@app.route('/x')\n@s\ndef f(): pass\n\(a)"),
            has: ["s may name them", "not: { path: [/x], method: [GET, HEAD] }"], hasNot: ["null"]),
        // What is done with one of two lists is done to each.
        only(
            "https://a.example",
            "o = ['https://a.example', '*'] if x else ['https://a.example', '*', 'https://b.example']\no.remove('*')\nCORS(app, origins=o)",
            "depend on x"),
        // Code wins against nothing.
        told("https://a.example", "try:\n    from flask_cors import CORS\nexcept ImportError:\n    CORS = None\n\(a)"),
        told(
            "https://a.example",
            "try:\n    from flask_cors import CORS\nexcept ImportError:\n    from flask.ext.cors import CORS\n\(a)"),
        told("https://a.example", "cors = None\nif x: cors = CORS(origins='https://a.example')\ncors.init_app(app)"),
        // The arm that lets in less is taken only if the other lets in all of it.
        nobody(
            arms("CORS(app, origins='http://localhost:3000')", "CORS(app, origins=['https://a.example', 'https://b.example'])"),
            "neither"),
        nobody(arms("CORS(app, origins='https://a.example', supports_credentials=True)", "CORS(app)"), "neither"),
        nobody(arms("CORS(app, origins='https://a.example', resources='/a')", "CORS(app)"), "neither"),
        nobody(arms("CORS(app, origins='https://a.example', methods='PUT')", "CORS(app, methods='GET')"), "neither"),
        nobody(arms("CORS(app, resources={'/a': {'origins': 'null'}})", "CORS(app, resources={'/b': {}})"), "neither"),
        nobody(arms("\(a); \(b)", "CORS(app)"), "neither"),
        only(
            "https://a.example", arms(a, "CORS(app, supports_credentials=True, origins=['https://a.example', 'null'])"),
            "which is less"),
        only("https://a.example", arms("CORS(app)", a), "which is less"),
        only(
            "https://a.example",
            arms("CORS(app, resources={'/a': {'origins': 'https://a.example'}})", "CORS(app, resources={'/a': {}})"),
            "which is less"),
    ]

    /// What other files have, or may have changed.
    static let elsewhere = [
        nobody("def f(app): CORS(app, origins=app.config.get('O', '*'))", "app.config.get('O', '*')"),
        nobody("def f(app): CORS(app, origins=app.config.setdefault('O', '*'))", "app.config.setdefault('O', '*')"),
        nobody("CORS(current_app, origins=current_app.config.get('O', 'https://a.example'))", "current_app.config.get"),
        nobody(
            "def f(app):\n    if app.config.get('ENV') == 'production': \(a)\n    else: \(b)",
            "CORS is called like this if app.config"),
        nobody("app = Flask('x')\nif not app.config.get('DEBUG'): \(a)", "CORS is called only if not app.config"),
        nobody("def f(app, **rest):\n    if app.config: pass\n    else: \(a)", "CORS is called only unless app.config"),
        told("\"*\"", "def f(app): CORS(app)"),
        told(
            "https://a.example",
            "def f(app):\n    app.config['O'] = 'https://a.example'\n    CORS(app, origins=app.config.get('O', '*'))"),
        told("https://a.example", "app = Flask('x')\nCORS(app, origins=app.config.get('O', 'https://a.example'))"),
        told(
            "https://a.example",
            "class App(Flask): pass\napp = App('x')\napp.config['CORS_ORIGINS'] = 'https://a.example'\nCORS(app)"),
        told("https://a.example", "server = make()\nserver.config['CORS_ORIGINS'] = 'https://a.example'\nCORS(server)"),
        nobody("c = {'origins': '*'}\nc.update(load())\nCORS(app, origins=c['origins'])", "load()"),
        nobody("c = {'origins': '*'}\nload(c)\nCORS(app, origins=c['origins'])", "load(c)"),
        nobody("c = {'origins': '*'}\nc[k] = x\nCORS(app, origins=c['origins'])", "c[k]"),
        nobody("c = {'origins': '*'}\nc |= load()\nCORS(app, origins=c['origins'])", "load()"),
        nobody("c = {'origins': '*', **more}\nCORS(app, origins=c['origins'])", "**more"),
        nobody("CORS(app, origins='*', resources={'/a': {**ADMIN}})", "**ADMIN"),
        nobody("CORS(app, resources={'/a': {'origins': '*', **more}})", "**more"),
        only(
            "https://a.example", "CORS(app, resources={'/a': {**more, 'origins': 'https://a.example'}})", "methods: [",
            "**more may set it"),
        nobody("c = {}\nc.update(load())\nif c: pass\nelse: \(a)", "CORS is called only unless c"),
        nobody("c = [*load()]\nif c: \(a)", "CORS is called only if c"),
        only(
            "https://b.example", "o = 'https://a.example'\nfrom local import *\nCORS(app, origins=[o, 'https://b.example'])",
            "everything in local"),
        told("https://a.example", "from local import *\no = 'https://a.example'\nCORS(app, origins=o)"),
        told("https://a.example", "o = 'https://a.example'\nfrom flask import *\nCORS(app, origins=o)"),
        nobody("CORS_ORIGINS = 'https://a.example'\nfrom local import *", "everything in local"),
        nobody("app = Flask('x')\napp.config['CORS_ORIGINS'] = '*'\napp.config.from_pyfile('x')\nCORS(app)", "from_pyfile"),
        only(
            "https://a.example",
            "app = Flask('x')\napp.config.from_pyfile('x')\napp.config['CORS_ORIGINS'] = 'https://a.example'\nCORS(app)"),
        // One of the alternatives is not known.
        nobody("CORS(app, origins='https://a.example' if x else f())", "depends on x"),
        nobody("CORS(app, origins=f() if x else 'https://a.example')", "depends on x"),
        only("https://b.example", "CORS(app, origins=['https://b.example', f() if x else 'https://a.example'])", "depends on x"),
        only("https://b.example", "CORS(app, origins=['https://b.example', 'https://a.example' if x else f()])", "depends on x"),
        nobody("def create_app(o='https://a.example'): CORS(Flask('x'), origins=o)", "what `create_app` is given"),
    ]

    /// Arguments of functions.
    static let parameters: [Case] = {
        let f = "def f(app, o='*'): CORS(app, origins=o)\n"
        let object = { (kind: String, first: String) in
            "class S:\n    \(kind)\n    def f(\(first)app, o='*'): CORS(app, origins=o)\n"
        }
        return [
            told("https://a.example", f + "k = {'o': 'https://a.example'}\nf(app, **k)"),
            told("https://a.example", f + "app = Flask('x')\na = [app, 'https://a.example']\nf(*a)"),
            nobody(f + "f(app, **load())", "what `f` is given"),
            nobody(f + "f(*load())", "what `f` is given"),
            nobody(f + "f(app, *load())", "what `f` is given"),
            nobody(f + "k = {}\nif x: k['o'] = 'https://a.example'\nelse: k['o'] = 'https://b.example'\nf(app, **k)", "depend"),
            nobody(
                "def f(app, o='null'): CORS(app, origins=o)\nk = {}\nif x: k['o'] = 'https://a.example'\nf(app, **k)", "depend"),
            told("https://a.example", object("pass", "self, ") + "S().f(app, 'https://a.example')"),
            told("https://a.example", object("pass", "self, ") + "s = S()\ns.f(app, o='https://a.example')"),
            told("https://a.example", object("@staticmethod", "") + "S().f(app, 'https://a.example')"),
            told("https://a.example", object("@classmethod", "cls, ") + "S.f(app, 'https://a.example')"),
            told("https://a.example", "def f(app, *o): CORS(app, origins=o)\nf(app, 'https://a.example')"),
            told("https://a.example", "def f(app, **o): CORS(app, **o)\nf(app, origins='https://a.example')"),
            told("https://a.example", "def f(app, *, o='*'): CORS(app, origins=o)\nf(app, o='https://a.example')"),
        ]
    }()

    /// Files that are none of flask-cors', and names that do not count.
    static let names = [
        Case(
            program: "CORS_ALLOWED_ORIGINS = ['null']\nCORS_ALLOW_HEADERS = ['a']", has: ["django-cors-headers'"],
            hasNot: ["- cors:"]),
        Case(program: "CORS_ALLOW_HEADERS = ['a']\nCORS_ALLOW_ALL_ORIGINS = True", has: ["CORS_ALLOW_ALL_ORIGINS is django-"]),
        Case(
            program: "class C:\n    CORS_ORIGINS = '*'\n    CORS_ORIGIN_REGEX_WHITELIST = []",
            has: ["CORS_ORIGIN_REGEX_WHITELIST is django-"]),
        Case(
            program: "INSTALLED_APPS = ['corsheaders']\nCORS_ORIGINS = '*'", has: ["corsheaders is django-"], hasNot: ["- cors:"]),
        Case(
            program: "CORS_ORIGINS = '*'\napp.add_middleware(CORSMiddleware, allow_origins=CORS_ORIGINS)",
            has: ["CORSMiddleware is Starlette's", "Starlette then allows only GET, no headers"], hasNot: ["- cors:"]),
        Case(program: "CORS_ALLOW_HEADERS = ['a']", has: ["CORS_ALLOW_HEADERS alone does not say"], hasNot: ["- cors:"]),
        Case(program: "{'name': 'x', 'version': 1}", has: ["there are no options"]),
        Case(program: "{}", has: ["there are no options"]),
        Case(program: "{'/pets': {'get': {}}}", has: ["there are no options"]),
        Case(program: "{'/a': {'origins': 'https://a.example'}}", has: ["path: [/a]", "[https://a.example]"]),
        told("https://a.example", "{'CORS_ORIGINS': 'https://a.example'}"),
        only(
            "\"*\"", "CORS(app, CORS_ORIGINS='https://a.example')",
            "CORS_ORIGINS: no option of flask-cors, which lets every origin in then"),
        only(
            "https://a.example", "CORS(app, CORS_ORIGINS='*', origins='https://a.example')",
            "CORS_ORIGINS: no option of flask-cors; `origins` is"),
        only(
            "\"*\"", "app = Flask('x')\napp.config['origins'] = 'https://a.example'\nCORS(app)",
            "origins: no setting of flask-cors"),
        only(
            "\"*\"", "CORS(app, resources={'/a': {'CORS_ORIGINS': 'https://a.example'}})", "CORS_ORIGINS: no option of flask-cors"
        ),
    ]

    /// A view with a variable in its route, beside others.
    static func views(_ route: String, _ others: String, _ has: String..., not: [String] = []) -> Case {
        Case(
            program:
                "app = Flask('x')\n@app.route('\(route)')\n@cross_origin(origins='https://a.example')\ndef f(x): pass\n\(others)",
            has: has, hasNot: not)
    }

    static let routes = [
        views("/<x>", "@app.route('/account')\ndef g(): pass", "path: [/*], method: [GET, HEAD], not: { path: [/account"),
        views("/<x>", "@app.route('/account/')\ndef g(): pass", "not: { path: [/account] }"),
        views("/<x>", "@app.route('/<int:n>')\ndef g(n): pass", "regex:^/[0-9]+$"),
        views("/<int:x>", "@app.route('/<y>')\ndef g(y): pass", "path: [\"regex:^/[0-9]+$\"]", not: ["not:"]),
        views("/<path:x>", "@app.route('/a/<y>')\ndef g(y): pass", "not: { path: [/a/*, /static/*/**] }"),
        views("/u/<x>", "@app.route('/account')\ndef g(): pass", "path: [/u/*], method: [GET, HEAD] }"),
        views("/<x>", "@app.route('/<x>', methods=['POST'])\ndef g(x): pass", "path: [/*], method: [GET, HEAD] }"),
        views("/<x>", "@app.post('/account')\ndef g(): pass", "not: { path: [/account] }", "/account has a view of its own"),
        views(
            "/<x>", "b = Blueprint('b', 'b', url_prefix='/b')\napp.register_blueprint(b)\n@b.route('')\ndef g(): pass",
            "not: { path: [/b] }"),
        views(
            "/<x>", "@app.route('/account')\ndef g(): pass\nCORS(app)",
            "not: { path: [/*], method: [GET, HEAD], not: { path: [/account] } }"),
        // Its preflights are the app's.
        Case(
            program: "class V(MethodView):\n    decorators = [cross_origin(origins='null')]\n    def get(self): pass\n"
                + "app = Flask('x')\napp.add_url_rule('/v', view_func=V.as_view('v'))\n\(a)",
            has: ["not: { path: [/v], method: [GET, HEAD], request_header: { Access-Control-Request-Method: absent } }"]),
    ]

    @Test(arguments: [choices, elsewhere, parameters, names, routes].flatMap(\.self))
    func certain(_ one: Case) { FlaskCORSImportTests().table(one) }

    static func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    static let programs = [
        "x = 'a'\n\(many("x = f'{x}{x}'\n", 60))CORS(app, origins=x)",
        "x = 'a'\n\(many("x += x\n", 60))CORS(app, origins=x)",
        "x = ['a'] if a else ['b']\n\(many("x = x + x\n", 60))CORS(app, origins=x)",
        "r = {\((0..<200).map { "'/\($0)': {'origins': 'null'}," }.joined())}\n\(many("CORS(app, resources=r)\n", 200))",
        "r = {\((0..<200).map { "r'/\($0)/(?!x)': {'origins': 'null'}," }.joined())}\n\(many("CORS(app, resources=r)\n", 200))",
        "\(many("x = x.b\n", 30_000))CORS(app, origins=x)",
        "\(many("os = os.b\n", 30_000))CORS(app, origins=os)",
        "\(many("x = [x] if a else 1\n", 8_000))CORS(app, origins=x)",
        "\(many("x = CORS(a=x)\n", 8_000))x.init_app(app)",
        "x = {\(many("'a': 1,", 1_000))}\n\(many("x['b'] = 1\nx.update(y)\n", 5_000))CORS(app, resources=x)",
        "if a:\n  def f(x): return x\nelse:\n  def f(x): return [x]\nx = 1\n\(many("x = f(f(x))\n", 2_000))CORS(app, origins=x)",
        "if a:\n  def f(): return f() + f()\nelse:\n  def f(): return [f(), f()]\nCORS(app, origins=f())",
        "\(many("if a: app = Flask('x')\nelse: app = Flask('y')\n", 2_000))CORS(app)",
        (0..<200).map { "@app.route('/<a>/\($0)/<path:b>')\n@cross_origin()\ndef f(): pass\n" }.joined() + "CORS(app)",
    ]

    @Test(.timeLimit(.minutes(5)), arguments: programs.indices)
    func hostile(_ place: Int) { _ = FlaskCORSImportTests.yaml(Self.programs[place]) }
}
