import HeaderPolicy
import Migration
import ProxyConfig
import Testing

/// What single constructs of flask-cors come to. Whole programs are in `Tests/MigrationTests/Golden`, and before the real flask-cors in
/// `FlaskTwinTests`.
struct FlaskCORSImportTests {
    static func yaml(_ text: String) -> String {
        do throws(ConfigurationErrors) {
            return try FlaskCORSImport.yaml(text, file: "app.py", upstream: "http://127.0.0.1:5000")
        } catch {
            return "\(error)"
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var program: String
        var has: [String] = []
        var hasNot: [String] = []
        var testDescription: String { program }
    }

    static func origins(_ value: String, _ has: String..., not: [String] = []) -> Case {
        Case(program: "CORS(app, origins=\(value))", has: has, hasNot: not)
    }

    static func path(_ resource: String, _ has: String..., not: [String] = []) -> Case {
        Case(program: "CORS(app, origins='https://a.example', resources=\(resource))", has: has, hasNot: not)
    }

    /// A list of three origins, something that is done to it, and a call with it.
    static func lists(_ lines: String, _ has: String..., not: [String] = []) -> Case {
        let list = "o = ['https://a.example', 'https://b.example', 'https://c.example']"
        return Case(program: "\(list)\n\(lines)\nCORS(app, origins=o)", has: has, hasNot: not)
    }

    static func resources(_ lines: String, _ has: String..., not: [String] = []) -> Case {
        let table =
            "r = {'/a/*': {'origins': 'https://a.example'}, '/b/*': {'origins': 'https://b.example', 'supports_credentials': True}}"
        return Case(program: "\(table)\n\(lines)\nCORS(app, resources=r)", has: has, hasNot: not)
    }

    /// Beside a call that is told.
    static func beside(_ lines: String, _ has: String) -> Case {
        Case(
            program: "CORS(app, resources='/only', origins='https://only.example')\n\(lines)", has: [has, "path: [/only]"],
            hasNot: has.hasPrefix("[") ? [] : ["Everything carried over."])
    }

    static let cases: [Case] = [
        // Paths.
        path("'/api'", "path: [/api] }", not: ["**"]),
        path("'/api/'", "path: [/api/] }", not: ["**"]),
        path("r'/test_acl*'", "path: [/test_ac*/**]"),
        path("r'/api/*'", "path: [/api*/**]"),
        path("r'/api/.*'", "path: [/api/, /api/*/**]"),
        path("r'^/api/v[0-9]+/'", "regex:^/api/v[0-9]+/"),
        path("r'/(a|b)/*'", "regex:^/(a|b)/*"),
        path("r'/a|/b$'", "regex:^(?:/a|/b$)"),
        path("r'/x$'", "path: [/x] }"),
        path("'*'", "allow_origins", not: ["when:"]),
        path("'/*'", "allow_origins", not: ["when:"]),
        path("r'/(?!admin).*'", "no path pattern says that expression: no rule", not: ["- cors:"]),
        path("'api'", "no path begins like that", not: ["- cors:"]),
        path("['/b', '/a']", "path: [/b]", "path: [/a]"),
        path("where()", "which path it is cannot be told", not: ["- cors:"]),
        Case(
            program: "CORS(app, resources={r'/(?!x)a': {'origins': 'https://a.example'}, r'/*': {'origins': '*'}})",
            has: ["no path pattern"], hasNot: ["- cors:"]),
        // Origins.
        origins("None", "None is no origin", not: ["- cors:"]),
        origins("[]", "no origin is left", not: ["- cors:"]),
        origins("['https://a.example', 'https://b.example/']", "[https://a.example]", "has a closing slash"),
        origins("['https://a.example', 'a.example']", "[https://a.example]", "has no scheme"),
        origins("'https://a.example, https://b.example'", "is several in one text", not: ["- cors:"]),
        origins("['https://a.example:443', 'https://b.example']", "[https://b.example]", "a port that browsers leave out"),
        origins("['https://*.a.example', 'https://b.example']", "[https://b.example]", "left out"),
        origins("'http://localhost:*'", "http://localhost:*"),
        origins("r'https://[A-Z]+\\.a\\.example$'", "regex:(?i)https://[A-Z]+"),
        origins("re.compile('https?://.*')", "lets every site in", "[\"*\"]"),
        origins("'*', supports_credentials=True", "[\"*\"]", not: ["allow_credentials"]),
        origins("['*', 'https://a.example'], supports_credentials=True", "[https://a.example]", "allow_credentials: true"),
        origins("os.environ['A']", "A in the environment", not: ["- cors:"]),
        origins("os.getenv('A', 'https://a.example')", "\"${A:-https://a.example}\""),
        origins("os.getenv('A', 'https://a.example').split(',')", "[https://a.example]", "depend on A in the environment"),
        origins("[o.strip() for o in os.getenv('A', '*').split(',')]", "A in the environment", not: ["- cors:"]),
        origins("['https://a.example'] if x else '*'", "[https://a.example]", "depend on x"),
        origins("['https://a.example'] if x else ['https://b.example']", "depend on x", not: ["- cors:"]),
        origins("(X := 'https://a.example')", not: ["- cors:"]),
        origins("['https://a.example', *more]", "[https://a.example]", "more is cannot be told"),
        // Other options.
        origins("'*', methods='*'", "`*` is no method", "allow_methods: []", "allow_headers: []"),
        origins("'*', methods=None", "allow_origins", "allow_methods: []", "allow_headers: []"),
        origins("'*', allow_headers='A, B'", "is not the name of a header", "allow_headers: []"),
        origins("'*', allow_headers=['X-A', r'X-.*']", "allow_headers: [X-A]", "the expression `X-.*` is left out"),
        origins("'*', expose_headers='A, B'", "expose_headers: [A, B]"),
        origins("'*', max_age=0", "allow_origins", not: ["max_age: "]),
        origins("'*', max_age=10**9", "max_age: how many seconds"),
        origins("'*', max_age=99999999999", "max_age: 31536000s"),
        origins("'*', max_age=timedelta(days=1, hours=1)", "max_age: 90000s"),
        origins("'https://a.example', supports_credentials=cfg", "supports_credentials: what it is", not: ["allow_credentials"]),
        origins("'https://a.example', **options", "**options may name them", not: ["- cors:"]),
        Case(program: "CORS(app, **options)", has: ["**options may name"], hasNot: ["- cors:"]),
        // Where options come from.
        Case(
            program: "app = Flask('x')\napp.config['CORS_ORIGINS'] = 'https://a.example'\nCORS(app)",
            has: ["[https://a.example]"]),
        Case(
            program: "app = Flask('x')\nCORS(app)\napp.config['CORS_ORIGINS'] = 'https://a.example'",
            has: ["[\"*\"]", "set after CORS was called"]),
        Case(
            program: "class C:\n    CORS_ORIGINS = ['https://a.example']\napp = Flask('x')\napp.config.from_object(C)\nCORS(app)",
            has: ["[https://a.example]"]),
        Case(
            program: "app = Flask('x')\napp.config.from_pyfile('x.py')\nCORS(app)",
            has: ["comes from app.config.from_pyfile('x.py')"]),
        Case(program: "CORS_ORIGINS = 'https://a.example'", has: ["[https://a.example]", "CORS is not called here"]),
        Case(
            program: "import os\nCORS(app, origins=os.getenv('ORIGINS', '').split(','))",
            has: ["`allow_origins: \"${ORIGINS}\"` reads them", "so there is no rule: write one"], hasNot: ["has no scheme"]),
        origins("['https://*.example.com']", "write \"https://*.example.com\" into `allow_origins`"),
        Case(program: "app.add_middleware(CORSMiddleware, allow_origins=['*'])", has: ["CORSMiddleware is Starlette's"]),
        Case(program: "CORS_ALLOWED_ORIGINS = ['https://a.example']", has: ["CORS_ALLOWED_ORIGINS is django-cors-headers'"]),
        Case(program: "CORS_ORIGIN_WHITELIST = 1", has: ["CORS_ORIGIN_WHITELIST is django-cors-headers'"]),
        Case(program: "from other import CORS\nCORS(app)", has: ["what it does cannot be told"], hasNot: ["- cors:"]),
        Case(
            program:
                "from .extensions import cors\ndef create_app():\n    app = Flask('x')\n    cors.init_app(app)\n    return app",
            has: ["the options with which .extensions.cors was made"], hasNot: ["- cors:"]),
        Case(program: "if debug:\n    CORS(app)", has: ["CORS is called only if debug: left out"], hasNot: ["- cors:"]),
        Case(
            program: "bp = Blueprint('a', 'a')\nCORS(bp)", has: ["where `bp` is registered cannot be told"], hasNot: ["- cors:"]),
        Case(
            program:
                "bp = Blueprint('a', 'a', url_prefix='/a')\nCORS(bp)\n@bp.route('/<int:n>')\n@cross_origin(origins='null')\ndef f(n): pass",
            has: ["path: [/a/**]", "path: [\"regex:^/a/[0-9]+$\"]", "registered in another file"]),
        Case(program: "@app.route('/x')\n@cross_origin\ndef f(): pass", has: ["has no parentheses"], hasNot: ["- cors:"]),
        Case(program: "f = cross_origin()(g)", has: ["which path it is for cannot be told"], hasNot: ["- cors:"]),
        // What is taken away again, or changed in place.
        lists("del o[1]", "[https://a.example, https://c.example]"),
        lists("del o[0], o[-1]", "[https://b.example]"),
        lists("del o", "what o is cannot be told", not: ["- cors:"]),
        lists("del o[1:]", "what o[1:] is cannot be told", not: ["- cors:"]),
        lists("o[1:] = []", "what o[1:] is cannot be told", not: ["- cors:"]),
        lists("o[0] = 'https://z.example'", "[https://z.example, https://b.example, https://c.example]"),
        lists("o[7] = 'https://z.example'", "what o[7] is cannot be told", not: ["- cors:"]),
        lists("if x: o[0] = 'https://z.example'", "cannot be told", not: ["- cors:"]),
        lists("o.pop()", "[https://a.example, https://b.example]"),
        lists("o.pop(0)", "[https://b.example, https://c.example]"),
        lists("o.reverse(); o.pop()", "[https://c.example, https://b.example]"),
        lists("o.clear(); o.append('https://z.example')", "[https://z.example]"),
        lists("o.insert(0, 'https://z.example'); del o[1:2][0]; del o[0]", "[https://a.example, https://b.example"),
        lists("if x: o.clear()", "cannot be told", not: ["- cors:"]),
        lists("def f():\n    global o\n    o = ['https://z.example']\nf()", "[https://z.example]", not: ["a.example"]),
        lists("def f():\n    global o\n    if x: o = ['https://z.example']\nf()", "depend on x", not: ["[https"]),
        lists(
            "def f():\n    p = o\n    def g():\n        nonlocal p\n        p = ['https://z.example']\n    g()\n    return p\no = f()",
            "[https://z.example]", not: ["a.example"]),
        lists(
            "class C:\n    o = ['https://y.example']\nif x: C.o = ['https://z.example']\no = C.o", "depend on x", not: ["- cors:"]
        ),
        lists("class C: pass\nsetattr(C, 'o', ['https://z.example'])\no = getattr(C, 'o')", "[https://z.example]"),
        lists(
            "match x:\n    case 1: o = ['https://z.example']\n    case _:\n        o = ['https://y.example']", "depend on",
            not: ["- cors:"]),
        lists("match = 1\nprint(match)", "[https://a.example, https://b.example, https://c.example]"),
        lists("while (o := o[1:]): pass", "cannot be told", not: ["Everything"]),
        lists("from other import grow\ngrow(o)", "what grow(o) is cannot be told", "https://a.example"),
        lists("print(o)", "Everything carried over."),
        resources("del r['/a/*']", "/b*/**", not: ["/a*/**"]),
        resources("r.pop('/a/*')", "/b*/**", not: ["/a*/**"]),
        resources("if x: del r['/a/*']", "/b*/**", "/a/*: the options cannot be told", not: ["/a*/**"]),
        resources("del r['/b/*']['supports_credentials']", "/b*/**", not: ["allow_credentials"]),
        resources("r.clear()", not: ["- cors:"]),
        resources("del r[x]", "nothing is sure", not: ["- cors:"]),
        // flask-cors takes the options as they are when it is called.
        Case(
            program: "o = ['https://a.example']\nCORS(app, origins=o)\no.append('https://z.example')",
            has: ["[https://a.example]"]),
        Case(
            program:
                "r = {'/a': {'origins': ['https://a.example']}}\nCORS(app, resources=r)\nr['/a']['origins'] += ['https://z.example']\nr['/z'] = {}",
            has: ["[https://a.example]"], hasNot: ["/z"]),
        Case(
            program:
                "o = ['https://a.example']\nc = CORS(origins=o)\no.append('https://b.example')\nc.init_app(app)\no.append('https://z.example')",
            has: ["[https://a.example, https://b.example]"]),
        // CORS by other means than a call of it.
        beside("partial(CORS, origins='*')(app)", "CORS is handed on here"),
        beside("f = lambda a: CORS(a)", "lambda a: CORS(a): what it does cannot be told"),
        beside("class C(CORS):\n    def __init__(self, a): super().__init__(a)\nC(app)", "`C` is a CORS of its own"),
        beside("class C(CORS): pass\nC(app, resources=['/c'], origins='https://c.example')", "[https://c.example]"),
        beside("getattr(flask_cors, 'CORS')(app, resources='/c', origins='https://c.example')", "[https://c.example]"),
        beside("exec('CORS(app)')", "what it does cannot be told"),
        beside("for c in [CORS]: c(app)", "CORS is handed on here"),
        Case(program: "CORS(app, origins=yield x)", has: ["could not be read"], hasNot: ["- cors:"]),
        Case(
            program: "class S:\n    def __init__(self):\n        self.app = Flask('x')\n        CORS(self.app, origins='null')",
            has: ["[\"null\"]"]),
    ]

    @Test(arguments: cases)
    func table(_ one: Case) {
        let yaml = Self.yaml(one.program)
        for text in one.has { #expect(yaml.contains(text), "\(text)\n\(yaml)") }
        for text in one.hasNot { #expect(!yaml.contains(text), "\(text)\n\(yaml)") }
    }

    @Test("What opens more comes before what is missing, and that before what differs little")
    func danger() throws {
        let yaml = Self.yaml("CORS(app,\n vary_header=False,\n nonsense=1,\n origin='https://a.example')")
        let lines = yaml.split(separator: "\n").filter { $0.hasPrefix("#   ") }.map { $0.split(separator: ":")[1] }
        #expect(lines == ["4", "3", "2"])
    }

    static func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    /// `CORS` in as many `if`s.
    static func nested(_ depth: Int) -> String {
        let ifs = (0..<depth).map { many(" ", $0) + "if a:\n" }.joined()
        return ifs + many(" ", depth) + "CORS(app)"
    }

    static let programs = [
        "CORS(app, origins=\(many("'a'+", 50_000))'a')",
        "CORS(app, origins=\(many("[", 5_000))\(many("]", 5_000)))",
        "x = \(many("not ", 50_000))1\nCORS(app)",
        "x = a\(many(".b()", 20_000))\nCORS(app)",
        "x = f'\(many("{f\"", 200))'\nCORS(app)",
        "if a:\n  x = 1\n\(many("elif a:\n  x = 1\n", 5_000))CORS(app)",
        "\(many("if a:\n  x = [1]\n", 3_000))CORS(app, origins=x)",
        "def f(): return f() + f()\ndef g(): return [f(), g(), f()]\nCORS(app, origins=g())",
        "x = []\nx.append(x)\nx += x\nx += x\nfor a in x:\n  for b in x:\n    for c in x:\n      x.append(a)\nCORS(app, origins=x)",
        "x = []\nx.append(x)\ny = {'a': x}\n\(many("y = {'a': y, 'b': y}\n", 300))CORS(app, resources=y, origins=x)",
        "x = []\n\(many("x = [x]\n", 10_000))CORS(app, origins=x)",
        "x = []\n\(many("x = {'a': [x]}\n", 8_000))CORS(app, resources=x)",
        "\(many("match a:\n  case 1: x = 1\n", 1_000))CORS(app)",
        (0..<80).map { many("  ", $0) + "match a:\n" + many("  ", $0) + " case 1:\n" }.joined() + many("  ", 80) + "CORS(app)",
        "def f():\n\(many("  global a\n  del a, b[0]\n", 500))f()\nCORS(app)",
        "x = {}\nx['a'] = x\n\(many("x.update(x, **y)\n", 100))CORS(app, resources=x)",
        nested(40),
        "a = Blueprint('a', 'a')\na.register_blueprint(a, url_prefix='/a')\nCORS(a)",
        "CORS(app, resources={\(many("r'/a*': {'origins': '*'},", 3_000))})",
        "x = 'a'\n\(many("x = x + x\n", 60))CORS(app, origins=x)",
        "x = ['a']\n\(many("x = x if a else x + x\n", 60))CORS(app, origins=x)",
        "CORS(app, max_age=timedelta(weeks=999999999, days=999999999))",
        "CORS(app, max_age=timedelta(days=-\(1 << 62)*2))",
    ]

    /// Nothing that is deep, long or circular takes the process with it, or the time.
    @Test(.timeLimit(.minutes(5)), arguments: programs.indices)
    func hostile(_ place: Int) { _ = Self.yaml(Self.programs[place]) }
}
