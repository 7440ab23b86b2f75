"""What the GitHub action says of a pull request, run without GitHub."""

import os
import pathlib
import re
import tempfile
import unittest

from roots import BINARY, ROOT, WORK, run

ACTION = ROOT / ".github/actions/policy"
POLICY = "upstreams: {{ app: http://127.0.0.1:1 }}\nresponse_headers:\n  - set: {{ X-Frame-Options: {} }}\n"


class Action(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.repository = self.folder / "repository"
        self.repository.mkdir()
        for name in ["output", "summary"]:
            (self.folder / name).touch()
        (self.folder / "bin").mkdir()
        (self.folder / "bin/letterhead").symlink_to(BINARY)
        self.git("init", "--quiet")
        self.commit("DENY")
        self.base = self.git("rev-parse", "HEAD").stdout.strip()

    def git(self, *words):
        return run("git", "-C", self.repository, "-c", "user.name=n", "-c", "user.email=n@example.org", *words)

    def commit(self, value):
        (self.repository / "letterhead.yaml").write_text(POLICY.format(value))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "policy")

    def policy(self, step, **variables):
        environment = {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "CONFIG": "letterhead.yaml", "RUNNER_TEMP": str(self.folder),
            "GITHUB_OUTPUT": str(self.folder / "output"), "GITHUB_STEP_SUMMARY": str(self.folder / "summary"), "BASE": self.base,
            "REQUESTS": "", "ALLOW": "", "STRICT": "false", **variables}
        return run(ACTION / "policy", step, cwd=self.repository, env=environment, check=False)

    def summary(self):
        return (self.folder / "summary").read_text()

    def test_it_is_what_the_schema_says(self):
        run(WORK / "venv/bin/check-jsonschema", "--builtin-schema", "vendor.github-actions", ACTION / "action.yml")
        said = (ACTION / "action.yml").read_text()
        inputs = set(re.findall(r"^  ([a-z-]+):$", said.partition("runs:")[0], re.M))
        self.assertEqual(inputs, set(re.findall(r"inputs\.([a-z-]+)", said)))

    def test_findings_are_written(self):
        self.assertEqual(self.policy("check").returncode, 0)
        sarif = re.fullmatch(r"sarif=(.+)\n", (self.folder / "output").read_text())[1]
        self.assertIn('"2.1.0"', pathlib.Path(sarif).read_text())
        self.commit("[")
        self.assertEqual(self.policy("check").returncode, 2)

    def test_tests_are_run(self):
        for value, code in [("DENY", 0), ("SAMEORIGIN", 1)]:
            (self.repository / "a.test.yaml").write_text(
                "tests: [{ request: /, expect: { headers: { X-Frame-Options: %s } } }]\n" % value)
            self.assertEqual(self.policy("test", TESTS="a.test.yaml").returncode, code)

    def test_changes_are_said(self):
        self.assertEqual(self.policy("diff").returncode, 0)
        self.assertIn("no difference", self.summary())
        self.commit("SAMEORIGIN")
        self.assertEqual(self.policy("diff").returncode, 0)
        self.assertIn("<code>SAMEORIGIN</code>", self.summary())
        self.assertNotIn(str(self.folder), self.summary())
        self.assertEqual(self.policy("diff", STRICT="true").returncode, 1)
        self.assertEqual(self.policy("diff", STRICT="true", ALLOW="X-Frame-Options\n").returncode, 0)
        self.commit("[")
        self.assertEqual(self.policy("diff").returncode, 2)

    def test_a_new_configuration_is_compared_with_nothing(self):
        self.git("mv", "letterhead.yaml", "other.yaml")
        self.assertEqual(self.policy("diff", CONFIG="other.yaml").returncode, 0)
        self.assertIn("is new", self.summary())


if __name__ == "__main__":
    unittest.main(verbosity=2)
