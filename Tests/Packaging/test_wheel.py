"""The wheel: what is in it, and what a stranger has of it on a Debian with Python, and without Swift or any library of ours.

SUITE=trixie takes a newer Debian, with a newer glibc.
"""

import email
import json
import os
import pathlib
import re
import shutil
import tempfile
import time
import unittest
import zipfile

from roots import PORTABLE, ROOT, WORK, Process, base, run

SUITE = os.environ.get("SUITE")
POLICY = """
listen: 127.0.0.1:8080
upstreams: { app: http://127.0.0.1:5000 }
response_headers:
  - cors: { allow_origins: [http://localhost:3000], allow_credentials: true, allow_methods: [PUT], allow_headers: [Content-Type] }
"""
APP = """
import flask
app = flask.Flask(__name__)
@app.put("/orders")
def order():
    return flask.request.get_json()
@app.get("/boom")
def boom():
    raise RuntimeError
"""
PAGE = ["-H", "Origin: http://localhost:3000"]


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        cls.wheel = cls.build("built")

    @classmethod
    def tearDownClass(cls):
        run("rm", "-rf", cls.folder)

    @classmethod
    def build(cls, name):
        run(ROOT / "docker/wheel/build", PORTABLE, cls.folder / name)
        return next((cls.folder / name).glob("*.whl"))

    def test_it_is_small(self):
        size = self.wheel.stat().st_size / 2**20
        print(f"wheel: {size:.2f} MiB, {self.wheel.name}")
        # Patches of the libraries that are linked in make some kilobytes of difference.
        self.assertLessEqual(size, 7.2)

    def test_it_needs_libc_alone(self):
        shown = run(WORK / "venv/bin/auditwheel", "show", self.wheel).stdout
        tag = self.wheel.stem.split("-")[-1]
        self.assertIn(f'is consistent with the following platform tag: "{tag}"', " ".join(shown.split()))
        self.assertLessEqual(set(re.findall(r"(\S+\.so\S*) with versions", " ".join(shown.split()))), {"libc.so.6", "libm.so.6"})

    def test_the_same_sources_make_the_same_wheel(self):
        self.assertEqual(self.build("again").read_bytes(), self.wheel.read_bytes())

    def test_what_it_says_of_itself(self):
        with zipfile.ZipFile(self.wheel) as files:
            self.assertIsNone(files.testzip())
            info = next(name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
            metadata = email.message_from_bytes(files.read(info))
            named = metadata.get_all("License-File")
            for name in named:
                self.assertGreater(len(files.read(f"{info.removesuffix('METADATA')}licenses/{name}")), 500, name)
        self.assertEqual(metadata["Version"], run(PORTABLE, "--version").stdout.strip())
        self.assertIn("# Letterhead", metadata.get_payload())
        self.assertNotRegex(metadata.get_payload(), r"\]\((?!https?:)")
        for part in ["swift", "openssl", "nghttp2", "libuv1", "libyaml", "swift-log", "swift-collections"]:
            self.assertTrue(any(part in name for name in named), part)

    def root(self):
        if SUITE:
            run(ROOT / "docker/release/base", WORK / SUITE, "python3-venv")
        root = self.folder / "root"
        run("cp", "-a", "--reflink=auto", WORK / SUITE if SUITE else base(), root)
        if not SUITE:
            run("chroot", root, "/usr/bin/dpkg", "--purge", "libnghttp2-14", "libuv1", "libyaml-0-2")
        return root

    def test_a_stranger_installs_it(self):
        root = self.root()
        shutil.copy(self.wheel, root)
        # The root has no network; the app's packages are fetched for its Python.
        python = re.search(r"python(3\.\d+)", " ".join(os.listdir(root / "usr/bin")))[1]
        flask = next(line for line in (ROOT / "Tests/IntegrationTests/requirements.txt").read_text().splitlines() if line.startswith("Flask=="))
        run(WORK / "venv/bin/pip", "download", "--quiet", "--dest", root / "packages", "--only-binary=:all:", "--python-version", python, flask)
        (root / "app.py").write_text(APP)
        (root / "letterhead.yaml").write_text(POLICY)
        path = {"PATH": "/usr/sbin:/usr/bin:/bin"}
        with Process(root, "0:0", ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done"], environment=path) as home:
            home.wait_until_there()
            home.inside("python3", "-m", "venv", "/venv")
            home.inside("/venv/bin/pip", "install", "--quiet", "--no-compile", "--no-index", f"/{self.wheel.name}")
            home.inside("/venv/bin/pip", "install", "--quiet", "--no-compile", "--no-index", "--find-links", "/packages", "flask")
            self.assertEqual(home.inside("/venv/bin/letterhead", "--version").stdout, run(PORTABLE, "--version").stdout)
            self.assertEqual(home.inside("/venv/bin/letterhead", "check", "--config", "/letterhead.yaml").returncode, 0)
            for share in ["man/man1/letterhead.1", "bash-completion/completions/letterhead"]:
                self.assertTrue((root / "venv/share" / share).exists(), share)
            with home.start("/venv/bin/python", "-m", "flask", "--app", "/app.py", "run"):
                with home.start("/venv/bin/letterhead", "run", "--config", "/letterhead.yaml"):
                    self.ask(home)
            # One line, without a file; it starts the app as well.
            began = time.monotonic()
            with home.start("/venv/bin/letterhead", "proxy", "--", "/venv/bin/python", "-m", "flask", "--app", "/app.py", "run"):
                self.ask(home)
                print(f"wheel: `letterhead proxy -- flask` answers a page after {time.monotonic() - began:.1f} s")
                self.assertLess(time.monotonic() - began, 10)
            home.inside("/venv/bin/pip", "uninstall", "--quiet", "--yes", "letterhead")
            self.assertFalse((root / "venv/bin/letterhead").exists())

    def ask(self, home):
        """A page's credentialed PUT of JSON, with its preflight; and an app that crashes."""
        url = "http://127.0.0.1:8080"
        retry = ["--retry", "100", "--retry-delay", "0", "--retry-all-errors", "--retry-max-time", "60", "--fail"]
        body = json.dumps({"pens": 3})
        answered = home.beside("curl", "-si", *retry, *PAGE, "-X", "PUT", "--json", body, f"{url}/orders").stdout
        self.assertIn("Access-Control-Allow-Origin: http://localhost:3000", answered)
        self.assertEqual(json.loads(answered.split("\n\n")[-1]), {"pens": 3})
        asked = ["-H", "Access-Control-Request-Method: PUT", "-H", "Access-Control-Request-Headers: content-type"]
        preflight = home.beside("curl", "-si", *PAGE, *asked, "-X", "OPTIONS", f"{url}/orders").stdout
        self.assertRegex(preflight, r"^HTTP/1\.1 20[04]")
        self.assertIn("Access-Control-Allow-Credentials: true", preflight)
        crashed = home.beside("curl", "-si", *PAGE, f"{url}/boom").stdout
        self.assertIn("500", crashed.splitlines()[0])
        self.assertIn("Access-Control-Allow-Origin: http://localhost:3000", crashed)


if __name__ == "__main__":
    unittest.main(verbosity=2)
