import Testing

/// What a program does only where nothing fails, in some rounds of a loop, in a class or in code that other code calls.
struct FlaskCORSFlowTests {
    typealias Case = FlaskCORSImportTests.Case

    static let (a, all) = ("https://a.example", "origins='https://a.example'")
    static func told(_ program: String) -> Case { FlaskCORSCertaintyTests.told(a, program) }
    static func only(_ program: String, _ has: String) -> Case { FlaskCORSCertaintyTests.only(a, program, has) }
    static func nobody(_ program: String, _ has: String) -> Case { FlaskCORSCertaintyTests.nobody(program, has) }

    /// A list of one origin, what may replace it, and a call with it.
    static func replaced(_ lines: String, _ has: String) -> Case { only("o = ['\(a)']\n\(lines)\nCORS(app, origins=o)", has) }

    /// Failures.
    static let attempts = [
        replaced("try:\n    import nope\n    o = '*'\nexcept ImportError: pass", "depend on the `try` of line 3"),
        replaced("try: import nope\nexcept ImportError: pass\nelse: o = '*'", "depend on the `try`"),
        nobody(
            "try:\n    o = '\(a)'\n    check(o)\nexcept E: o = ['\(a)', '*']\nexcept F: o = 'null'\nCORS(app, origins=o)",
            "depend on the `try` of line 3"),
        replaced("with suppress(ImportError):\n    import nope\n    o = '*'", "depend on the `try`"),
        replaced(
            "import contextlib\nwith (open('x') as f, contextlib.suppress(E)):\n    f.read(); o = '*'", "depend on the `try`"),
        only(
            "o = '*'\ntry:\n    n = int(x)\n    o = ['\(a)']\n    m = int(y)\n    o = '*'\nexcept E: pass\nCORS(app, origins=o)",
            "depend on"),
        nobody(
            "try:\n    run()\n    CORS(app, \(all))\nexcept E: pass",
            "CORS is called only without a failure in the `try` of line 2"),
        nobody("def f():\n    try: return load()\n    except E: return '\(a)'\nCORS(app, origins=f())", "what `f` returns"),
        nobody("with open('x') as o: pass\nCORS(app, origins=o)", "open('x')"),
        // What cannot fail, and what is not gone on from.
        told("try: o = '\(a)'\nfinally: print(1)\nCORS(app, origins=o)"),
        told("try: run()\nfinally: CORS(app, \(all))"),
        told("try: CORS(app, \(all))\nexcept E: log()"),
        told("try:\n    import nope\n    o = '\(a)'\nexcept ImportError:\n    print(1)\n    raise\nCORS(app, origins=o)"),
        told("try: import nope; o = '\(a)'\nexcept ImportError: sys.exit(1)\nCORS(app, origins=o)"),
        told("with app.app_context(): CORS(app, \(all))"),
        told("try: from flask_cors import CORS\nexcept ImportError: CORS = None\nif CORS: CORS(app, \(all))"),
        told("try: from flask_cors import CORS\nexcept ImportError: CORS = None\nif CORS is not None: CORS(app, \(all))"),
        told("try:\n    from flask_cors import CORS\n    HAS = True\nexcept ImportError: HAS = False\nif HAS: CORS(app, \(all))"),
        nobody("from flask_cors import CORS\nif x: CORS = None\nif CORS: CORS(app, \(all))", "CORS is called only if CORS"),
    ]

    /// Rounds of loops.
    static let loops = [
        replaced("for x in ['https://b.example', 'null']:\n    if skip(x): continue\n    o.append(x)", "depends on skip(x)"),
        replaced("for x in ['*']:\n    if skip(x): continue\n    o = x", "depend on a loop"),
        replaced("for x in ['*']:\n    match x:\n        case f: continue\n    o = x", "depend on"),
        replaced("for x in ['\(a)', '*']:\n    if skip(x): break\n    o = x", "depend on a loop"),
        replaced("for x in [1, 2]:\n    if skip(x):\n        o = '*'\n        continue\n    n = 1", "depend on"),
        replaced("for x in more:\n    o = '*'\n    if x: break\n    o = ['\(a)']", "depend on a loop"),
        replaced("while True:\n    if skip(): break\n    o = '*'", "depend on a loop"),
        replaced("for x in [1]:\n    if skip(): break\nelse: o = '*'", "depend on the `else` of a loop"),
        only(
            "def f(l):\n    for x in l:\n        if x: return '\(a)'\n    return '*'\nCORS(app, origins=f([y, z]))",
            "what `f` returns"),
        told(
            "o = []\nfor x in '# b\\n\\n\(a)'.split('\\n'):\n    if not x or x.startswith('#'): continue\n    o.append(x)\nCORS(app, origins=o)"
        ),
        told("for x in ['\(a)', 'null']:\n    o = x\n    break\nCORS(app, origins=o)"),
        told("for x in ['null', '\(a)']: o = x\nelse: CORS(app, origins=o)"),
    ]

    /// An app, and a class whose settings it takes.
    static func settings(_ classes: String, _ taken: String) -> String {
        "\(classes)\napp = Flask('x')\napp.config.from_object(\(taken))\nCORS(app)"
    }

    static let (first, second) = ("class A: CORS_ORIGINS = '\(a)'\n", "class B: CORS_ORIGINS = '*'\n")

    static let classes = [
        nobody(settings("from other import Base\nclass P(Base): DEBUG = False", "P"), "depends on other.Base"),
        only(settings("from other import Base\nclass P(Base): CORS_ORIGINS = '\(a)'", "P"), "other.Base"),
        nobody(settings("from other import Base\n\(first)class P(Base, A): pass", "P"), "depends on other.Base"),
        told(settings("\(first)class P(A, MethodView): pass", "P")),
        told(settings("\(first)\(second)class P(A, B): pass", "P")),
        told(settings("\(first)\(second)class C(A): pass\nclass D(A): CORS_ORIGINS = '\(a)'\nclass P(C, D): pass", "P")),
        told(settings("\(second)class P(B): pass\nB.CORS_ORIGINS = '\(a)'", "P")),
        only(settings("\(first)class P(A):\n    if x: CORS_ORIGINS = '*'", "P"), "depend on x"),
        nobody("class S(BaseSettings): o = '*'\nCORS(app, origins=S().o)", "depends on BaseSettings"),
        told("class S(BaseSettings): o = '*'\nCORS(app, origins=S(o='\(a)').o)"),
        told("@dataclass\nclass S:\n    o: str = '*'\nCORS(app, origins=S(o='\(a)').o)"),
        nobody("@dataclass\nclass S:\n    o: str = '*'\nCORS(app, origins=S('\(a)').o)", "S('\(a)')"),
        nobody("class S(NamedTuple):\n    o: str = '*'\ns = S(**load())\nCORS(app, origins=s.o)", "S(**load())"),
        told("class S:\n    def __init__(self, o='*'): self.o = o\nCORS(app, origins=S('\(a)').o)"),
        told(
            "class S:\n    o = '*'\n    def __init__(self): self.o = '\(a)'\ns, t = S(), S()\nt.o = '*'\nCORS(app, origins=s.o)"),
        told(
            "class A:\n    def __init__(self, o): self.o = o\nclass S(A):\n    def __init__(self): super().__init__('\(a)')\nCORS(app, origins=S().o)"
        ),
        told("class S:\n    @property\n    def o(self): return '\(a)'\nCORS(app, origins=S().o)"),
        told(
            "class App(Flask):\n    def __init__(self):\n        super().__init__('x')\n        CORS(self, \(all))\napp = App()"),
        told("class App(Flask):\n    def __init__(self): self.add()\n    def add(self): CORS(self, \(all))\napp = App()"),
        // A file of settings does not say which of its classes is used.
        only("\(second)\(first)", "which let in less"),
        only("\(first)class P(A): DEBUG = False\n\(second)", "which let in less"),
        nobody("\(first)class B: CORS_ORIGINS = 'https://b.example'", "which are used is said elsewhere"),
    ]

    /// What runs only by itself, or only if other code calls it.
    static let calls = [
        nobody("if __name__ == '__main__': CORS(app, \(all))\nelse: CORS(app, origins='null')", "neither lets in only"),
        only("if __name__ == '__main__': CORS(app, \(all))\nelse: CORS(app)", "which is less"),
        only("def main(): CORS(app, \(all))\nif __name__ == '__main__': main()", "when the file is run by itself"),
        only("o = '\(a)'\nif '__main__' == __name__: o = '*'\nCORS(app, origins=o)", "whether the file is run by itself"),
        only(
            "if __name__ == '__main__':\n    app = Flask('x')\n    app.config['CORS_ORIGINS'] = '\(a)'\n    CORS(app)",
            "when the file"),
        only(
            "CORS(app, \(all))\ndef dev(): CORS(app, origins='*')",
            "CORS is called in `dev`, which nothing here calls: left out, for line 1"),
        only("app = Flask('x')\ndef dev(): CORS(app)\ndef prod(): CORS(app, \(all))", "and as in line 3 in another function"),
        nobody("app = Flask('x')\ndef f(): CORS(app, origins='null')\ndef g(): CORS(app, \(all))", "nothing here calls either"),
        only(
            "o = '\(a)'\ndef dev():\n    global o\n    o = '*'\ndef create(app): CORS(app, origins=o)", "whether `dev` is called"),
        only(
            "o = ['\(a)']\ndef dev(): o.append('*')\ndef create(app): CORS(app, origins=o)", "depends on whether `dev` is called"),
        only("class C: o = '\(a)'\ndef dev(): C.o = '*'\ndef create(app): CORS(app, origins=C.o)", "whether `dev` is called"),
        only(
            "k = {'origins': '\(a)'}\ndef dev(): k.pop('origins')\ndef create(app): CORS(app, **k)", "whether `dev` is called"),
        // To itself it is sure.
        told("o = []\ndef create(app):\n    o.append('\(a)')\n    CORS(app, origins=o)"),
        told("def create(app):\n    app.config['CORS_ORIGINS'] = '\(a)'\n    helper(app)\ndef helper(app): CORS(app)"),
        told("def api(app): CORS(app, \(all), resources='/a')\ndef other(app): CORS(app, \(all), resources='/b')"),
    ]

    /// Values that change, and plain ones.
    static let values = [
        told("o = '*'\nk, *o = ['k', '\(a)']\nCORS(app, origins=o)"),
        nobody("o = '*'\nk, *o = load()\nCORS(app, origins=o)", "o is cannot be told"),
        nobody("o = '*'\n(k, o), n = [f(), 1]\nCORS(app, origins=o)", "o is cannot be told"),
        told(
            "app = Flask('x')\napp.config['CORS_ORIGINS'] = '*'\napp.config = {**app.config, 'CORS_ORIGINS': '\(a)'}\nCORS(app)"),
        nobody("app = Flask('x')\napp.config['CORS_ORIGINS'] = '*'\napp.config = load()\nCORS(app)", "depends on app.config"),
        nobody("CORS(app, origins='\(a),null'.split(',', 1))", "cannot be told"),
        nobody("CORS(app, origins='\(a),null'.split(maxsplit=1))", "cannot be told"),
        told("CORS(app, origins=sorted(['\(a)', 'null'])[0])"),
        nobody("CORS(app, origins=sorted(['\(a)', 'null'], key=f)[0])", "cannot be told"),
        nobody("CORS(app, origins=list({'\(a)', '*'})[0])", "cannot be told"),
        replaced("@(lambda f: f())\ndef g():\n    global o\n    o = '*'", "depend on"),
        told("o = ['*']\ndef now(f): f()\n@now\ndef g(): o[0] = '\(a)'\nCORS(app, origins=o)"),
        nobody("o = '*'\nglobals().update(load())\nCORS(app, origins=o)", "globals()"),
        nobody("o = '*'\nglobals()['o'] = f()\nCORS(app, origins=o)", "globals()"),
        nobody("o = '*'\nexec(open('x').read())\nCORS(app, origins=o)", "exec("),
        nobody("class C: o = '*'\nvars(C)\nfor k in l: setattr(C, k, l[k])\nCORS(app, origins=C.o)", "vars(C)"),
        FlaskCORSCertaintyTests.only(
            "\"null\"", "o = ['*']\nif o.count('*'): o = 'null'\nCORS(app, origins=o)", "depend on o.count"),
        // Plain ones.
        told("CORS(app, origins=[f'https://{h}.{t}' for h in ['a'] for t in ['example'] if t])"),
        told("CORS(app, origins=[f'https://{h}.{t}' for h, t in [('a', 'example')]])"),
        told("CORS(app, origins=['https://{}.{t}'.format(h, t='example') for h in ['a']])"),
        told("CORS(app, origins='https://%s.%s' % ('a', 'example'))"),
        told("o = []\no += ['https://%s.example' % h for h in ['a']]\nCORS(app, origins=o)"),
        told("o = ['\(a)', 'null']\nCORS(app, origins=o[0:1])"),
        told("o = ['\(a)', 'null']\nCORS(app, origins=o[:-1])"),
        FlaskCORSCertaintyTests.only(
            "\(a), \"null\"", "o = ['\(a)']\no += os.getenv('O', 'null').split(',')\nCORS(app, origins=o)", "O in the environment"
        ),
    ]

    @Test(arguments: [attempts, loops, classes, calls, values].flatMap(\.self))
    func certain(_ one: Case) { FlaskCORSImportTests().table(one) }

    static func many(_ count: Int, _ line: (Int) -> String) -> String { (0..<count).map(line).joined() }

    static let programs = [
        many(3_000) { "x\($0) = \($0)\n" } + many(3_000) { "if a\($0):\n    y\($0) = 1\nelse:\n    y\($0) = 2\n" } + "CORS(app)",
        many(60) { String(repeating: " ", count: $0) + "try:\n" } + String(repeating: " ", count: 60) + "CORS(app)",
        many(3_000) { "try:\n    f()\n    x\($0) = 1\nexcept E: x\($0) = 2\n" } + "CORS(app)",
        "x = 1\nfor i in [\(many(100) { "\($0)," })]:\n" + many(800) { "    if a\($0): continue\n    x = i\n" } + "CORS(app)",
        "class C0: pass\n" + many(3_000) { "class C\($0 + 1)(C\($0)): x = 1\n" } + "CORS(app, origins=C3000.x)",
        "o = []\n" + many(500) { "def f\($0)():\n    o.append('\($0)')\n" } + "CORS(app, origins=o)",
        "class A:\n    def __init__(self): self.a = A()\nCORS(app, origins=A().a)",
        "CORS(app, origins=[x for x in l" + many(30) { " for y\($0) in [1, 2, 3, 4, 5, 6, 7, 8]" } + "])",
    ]

    /// Nothing takes more than its share of time; the first one looks only at names that change.
    @Test(.timeLimit(.minutes(5)), arguments: programs.indices)
    func hostile(_ place: Int) { _ = FlaskCORSImportTests.yaml(Self.programs[place]) }
}
