"""What `make release` does beside the packages themselves: the version and the changelog, the archive, the list of components."""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest

from roots import PORTABLE, ROOT, WORK, run

CHANGELOG = """# Changelog

## [Unreleased]

### Added

- A thing.

## [0.1.0] - 2026-01-02

- The first.
"""


class Version(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        (self.root / "Sources/letterhead").mkdir(parents=True)
        self.source, self.changelog = self.root / "Sources/letterhead/Version.swift", self.root / "CHANGELOG.md"
        self.source.write_text((ROOT / "Sources/letterhead/Version.swift").read_text())
        self.source.write_text(re.sub('= "[^"]+"', '= "0.1.0"', self.source.read_text()))
        self.changelog.write_text(CHANGELOG)
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "All")

    def git(self, *words):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        return run("git", *identity, *words, cwd=self.root).stdout.strip()

    def release(self, version):
        names = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return run(
            sys.executable, ROOT / "docker/release/version", version, check=False, cwd=self.root,
            env={**os.environ, **names, "SOURCE_DATE_EPOCH": "1800000000"})

    def test_a_release(self):
        done = self.release("0.2.0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('static let version = "0.2.0"', self.source.read_text())
        day = datetime.datetime.fromtimestamp(1800000000, datetime.timezone.utc).strftime("%Y-%m-%d")
        released = CHANGELOG.replace("## [Unreleased]\n", f"## [Unreleased]\n\n## [0.2.0] - {day}\n")
        self.assertEqual(self.changelog.read_text(), released)
        self.assertEqual(self.git("log", "-1", "--format=%s"), "Release 0.2.0")
        self.assertEqual(self.git("describe", "--tags"), "v0.2.0")
        self.assertIn("- A thing.", self.git("tag", "--list", "--format=%(contents)", "v0.2.0"))
        self.assertEqual(self.git("status", "--porcelain"), "")

    def test_what_is_refused(self):
        for version, because in [
            ("0.2", "no semantic version"), ("v0.2.0", "no semantic version"), ("0.2.0; id", "no semantic version"), ("0.2.0-rc.1", "no semantic version"),
            ("0.0.9", "the version is 0.1.0 already"), ("0.1.0", "the version is 0.1.0 already"),
        ]:
            done = self.release(version)
            self.assertNotEqual(done.returncode, 0, version)
            self.assertIn(because, done.stderr)
        self.assertEqual(self.git("tag", "--list"), "")

    def test_nothing_is_mixed_in(self):
        self.changelog.write_text(CHANGELOG + "- More.\n")
        self.assertIn("not committed", self.release("0.2.0").stderr)

    def test_nothing_to_say(self):
        self.changelog.write_text(CHANGELOG.replace("### Added\n\n- A thing.\n", ""))
        self.git("commit", "--all", "--message", "Less")
        self.assertIn("nothing under Unreleased", self.release("0.2.0").stderr)

    def test_the_version_stands_in_one_place(self):
        version = re.search('= "([^"]+)"', (ROOT / "Sources/letterhead/Version.swift").read_text())[1]
        found = run("git", "-C", ROOT, "grep", "-lE", rf"(letterhead|Letterhead|VERSION|version)[\"'A-Za-z ]*[ :=]+\"?{re.escape(version)}\b", check=False)
        # Of old, or of what was measured.
        own = {"Sources/letterhead/Version.swift", "CHANGELOG.md", "Tests/Performance/results.md", "Tests/Performance/results.json", "Tests/Packaging/test_release.py"}
        self.assertLessEqual(set(found.stdout.split()), own)


class Archive(unittest.TestCase):
    def test_it_runs_where_it_is_unpacked(self):
        with tempfile.TemporaryDirectory() as folder:
            run(ROOT / "docker/release/archive", PORTABLE, folder)
            path = next(pathlib.Path(folder).glob("*.tar.gz"))
            with tarfile.open(path) as tar:
                tar.extractall(folder)
            home = pathlib.Path(folder, path.name.removesuffix(".tar.gz"))
            version = run(home / "bin/letterhead", "--version").stdout.strip()
            self.assertIn(f"letterhead-{version}-linux-", path.name)
            self.assertIn(".TH LETTERHEAD 1", (home / "share/man/man1/letterhead.1").read_text())
            self.assertEqual(run(home / "bin/letterhead", "check", "--config", home / "config/letterhead.yaml", check=False).returncode, 0)
            self.assertIn("LICENSE", os.listdir(home / "licences"))


class Components(unittest.TestCase):
    def test_the_list_is_sound(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "letterhead-1-py3-none-any.whl").write_bytes(b"wheel")
            run(ROOT / "docker/release/sbom", PORTABLE, folder)
            path = next(pathlib.Path(folder).glob("*.spdx.json"))
            run(WORK / "venv/bin/pyspdxtools", "--infile", path)
            document = json.loads(path.read_text())
        packages = {package["name"]: package for package in document["packages"]}
        self.assertEqual(packages["letterhead"]["versionInfo"], run(PORTABLE, "--version").stdout.strip())
        for name in ["swift", "swift-log", "swift-collections", "openssl", "nghttp2", "libuv1", "libyaml", "glibc"]:
            self.assertRegex(packages[name]["versionInfo"], r"^\d", name)
            self.assertNotEqual(packages[name]["licenseDeclared"], "NOASSERTION", name)
        installed = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libssl-dev"], capture_output=True, text=True).stdout
        self.assertEqual(packages["openssl"]["versionInfo"], installed)
        self.assertEqual(document["files"][0]["fileName"], "./letterhead-1-py3-none-any.whl")


if __name__ == "__main__":
    unittest.main(verbosity=2)
