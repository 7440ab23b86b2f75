"""What `make` says: of tests that fail, that hang, that are not there; and of what is missing before it is installed."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from roots import ROOT

PASSED = """◇ Test run started.
◇ Suite Many started.
{tests}✔ Test run with 500 tests in 1 suite passed after 2.0 seconds.
"""
FAILED = """◇ Test run started.
◇ Test good() started.
◇ Test bad(_:) started.
✘ Test bad(_:) recorded an issue with 1 argument text → "x" at Bad.swift:7:9: Expectation failed: 1 == 2
↳ // It is one.
↳ the comment
✔ Test good() passed after 0.1 seconds.
✘ Test bad(_:) with 2 test cases failed after 0.2 seconds with 1 issue.
✘ Suite Bad failed after 0.3 seconds with 1 issue.
✘ Test run with 2 tests in 1 suite failed after 0.3 seconds with 1 issue.
"""
CRASHED = """◇ Test run started.
◇ Test good() started.
◇ Test trap() started.
✔ Test good() passed after 0.1 seconds.
Bad.swift:9: Fatal error: it trapped
"""


class MakeTest(unittest.TestCase):
    """With a `swift` that says what it is told to."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / ".build").mkdir()

    def say(self, said, code, *words, built=("", 0)):
        for name, (text, ends) in {"build": built, "test": (said, code)}.items():
            (self.folder / name).write_text(text)
            (self.folder / f"{name}.code").write_text(str(ends))
        swift = self.folder / "swift"
        swift.write_text('#!/bin/sh\ncd "$(dirname "$0")"\necho "$@" >>called\ncat "$1"\nexit "$(cat "$1.code")"\n')
        swift.chmod(0o755)
        path = f"{self.folder}:{os.environ['PATH']}"
        done = subprocess.run([ROOT / ".ci/test", *words], cwd=self.folder, capture_output=True, text=True, env={**os.environ, "PATH": path})
        return done.returncode, done.stdout + done.stderr, (self.folder / ".build/test.log").read_text()

    def test_success_is_short(self):
        tests = "".join(f"◇ Test t{number}() started.\n✔ Test t{number}() passed after 0.1 seconds.\n" for number in range(500))
        code, said, log = self.say(PASSED.format(tests=tests), 0)
        self.assertEqual(code, 0)
        self.assertIn("✔ Test run with 500 tests in 1 suite passed after 2.0 seconds.\n", said)
        self.assertLess(len(said.splitlines()), 5)
        self.assertIn("t499() passed", log)

    def test_failures_are_printed(self):
        code, said, log = self.say(FAILED, 1)
        self.assertEqual(code, 1)
        for line in FAILED.splitlines():
            self.assertEqual(line.startswith(("✘", "↳")), line in said.splitlines(), line)
        self.assertIn(FAILED, log)

    def test_a_crash_says_what_ran(self):
        code, said, _ = self.say(CRASHED, 133)
        self.assertEqual(code, 133)
        self.assertIn("Fatal error: it trapped", said)
        self.assertIn("running: trap()", said)

    def test_a_part(self):
        code, said, _ = self.say(PASSED.format(tests="◇ Test a() started.\n✔ Test a() passed after 0.1 seconds.\n"), 0, "CORS|Cookies")
        self.assertEqual(code, 0)
        self.assertIn("--filter CORS|Cookies", (self.folder / "called").read_text())

    def test_no_such_test(self):
        code, said, _ = self.say("✔ Test run with 0 tests in 0 suites passed after 0.001 seconds.\n", 0, "nonsense")
        self.assertNotEqual(code, 0)
        self.assertIn("no test is called nonsense", said)

    def test_what_does_not_compile(self):
        built = "[1/9] Compiling A\n" * 300 + "/a/B.swift:1:1: error: no such thing\n 1 | x\n"
        code, said, _ = self.say("", 0, built=(built, 1))
        self.assertEqual(code, 1)
        self.assertIn("error: no such thing", said)
        self.assertLess(len(said.splitlines()), 12)


class Install(unittest.TestCase):
    def run_without(self, *words):
        """On a path with a shell, and without what is asked for."""
        with tempfile.TemporaryDirectory() as folder:
            for tool in ["bash", "env", "dirname", "id", "sed", "tr"]:
                os.symlink(f"/usr/bin/{tool}", f"{folder}/{tool}")
            for tool in ["swift", "apt-get"]:
                pathlib.Path(folder, tool).write_text(f'#!/bin/bash\necho "{tool} $*" >>{folder}/called\n')
                os.chmod(f"{folder}/{tool}", 0o755)
            done = subprocess.run(words, capture_output=True, text=True, env={"PATH": folder, "NO_INSTALL": "1"})
            called = pathlib.Path(folder, "called")
            self.assertFalse(called.exists(), "nothing is installed")
            return done

    def test_no_install_says_what_is_missing(self):
        done = self.run_without(ROOT / ".ci/install", "build")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for package in ["pkg-config", "libnghttp2-dev", "libuv1-dev", "libssl-dev", "libyaml-dev"]:
            self.assertIn(package, done.stderr)

    def test_no_install_makes_no_environment(self):
        done = self.run_without(ROOT / ".ci/venv", "somewhere", ROOT / "Tests/IntegrationTests/requirements.txt")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("pip install -r", done.stderr)
        self.assertFalse(pathlib.Path("somewhere").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
