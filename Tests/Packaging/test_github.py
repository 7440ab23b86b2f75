"""The files for GitHub are what its schemas say, and call what there is."""

import pathlib
import re
import unittest

from roots import ROOT, WORK, run

FOLDER = ROOT / ".github"


class GitHub(unittest.TestCase):
    def test_they_are_what_the_schemas_say(self):
        for schema, files in [
            ("vendor.github-workflows", sorted((FOLDER / "workflows").glob("*.yml"))),
            ("vendor.github-issue-forms", sorted(set((FOLDER / "ISSUE_TEMPLATE").glob("*.yml")) - {FOLDER / "ISSUE_TEMPLATE/config.yml"})),
            ("vendor.github-issue-config", [FOLDER / "ISSUE_TEMPLATE/config.yml"]),
        ]:
            self.assertTrue(files, schema)
            run(WORK / "venv/bin/check-jsonschema", "--builtin-schema", schema, *files)

    def test_what_they_call_is_there(self):
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
        for file in FOLDER.rglob("*.*"):
            called = re.findall(r"(?:run: |`)make ([a-z-]+)", file.read_text())
            self.assertLessEqual(set(called), targets, file)

    def test_forms_ask_for_what_helps(self):
        for form in ["wrong-response.yml", "failure.yml"]:
            text = pathlib.Path(FOLDER, "ISSUE_TEMPLATE", form).read_text()
            for what in ["letterhead --version", "HAR", "letterhead explain"]:
                self.assertIn(what, text, form)


if __name__ == "__main__":
    unittest.main(verbosity=2)
