"""What shells complete, in the shells themselves, and the man page as man reads it; all of it against what `--help` says."""

import pathlib
import re
import tempfile
import unittest

from roots import BINARY, run

CASES = [
    (["ch"], ["check"]),
    (["check", "--fo"], ["--format"]),
    (["check", "--format", ""], ["json", "sarif", "text"]),
    (["explain", "--mode", "no"], ["no-cors"]),
    (["diff", "--format", "m"], ["markdown"]),
    (["import", "ng"], ["nginx"]),
    (["import", "nginx", "--in"], ["--include-outside"]),
    (["import", "flask-cors", "--up"], ["--upstream"]),
    (["completions", "f"], ["fish"]),
    (["validate", "--gr"], ["--grade"]),
    (["explain", "--insec"], ["--insecure"]),
]


def commands(path=()):
    """Every command with its options, as its help lists them."""
    said = run(BINARY, *path, "--help").stdout
    options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", said.partition("OPTIONS:")[2].partition("COMMANDS:")[0], re.M)
    below = re.findall(r"^  ([a-z][\w-]*)(?:,|  )", said.partition("COMMANDS:")[2], re.M)
    yield path, options + below
    for name in below:
        yield from commands((*path, name))


class Completions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.all = list(commands())
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.scripts = {}
        for shell in ["bash", "zsh", "fish"]:
            cls.scripts[shell] = pathlib.Path(cls.folder.name, f"_letterhead.{shell}")
            cls.scripts[shell].write_text(run(BINARY, "completions", shell).stdout)

    def bash(self, words):
        script = 'source "$0"; COMP_WORDS=(letterhead "$@"); COMP_CWORD=$#; _letterhead; printf "%s\\n" "${COMPREPLY[@]}"'
        return sorted(run("bash", "--norc", "-uc", script, self.scripts["bash"], *words).stdout.split())

    def fish(self, words):
        line = " ".join(["letterhead", *words])
        script = f"source {self.scripts['fish']}; complete --do-complete '{line}'"
        environment = {"HOME": self.folder.name, "PATH": "/usr/bin:/bin"}
        return sorted(line.split("\t")[0] for line in run("fish", "--no-config", "-c", script, env=environment).stdout.splitlines())

    def test_bash(self):
        for words, expected in CASES:
            self.assertEqual(self.bash(words), expected, words)
        self.assertEqual(self.bash(["check", "--format", "=", "j"]), ["json"])
        self.assertEqual(self.bash(["check", "--format", "="]), ["json", "sarif", "text"])
        for files in [["check", "-c", ""], ["test", ""], ["explain", "--origin", "h"]]:
            self.assertEqual(self.bash(files), [], "bash completes files by itself")

    def test_bash_knows_all_that_help_says(self):
        for path, words in self.all:
            offered = self.bash([*path, ""]) + self.bash([*path, "-"])
            self.assertLessEqual(set(words), set(offered), path)

    def test_fish(self):
        for words, expected in CASES:
            self.assertEqual(self.fish(words), expected, words)
        for path, words in self.all:
            offered = self.fish([*path, ""]) + self.fish([*path, "--"])
            self.assertLessEqual(set(words), set(offered), path)

    def test_zsh(self):
        """In a terminal of its own: a tab completes the one thing that there is."""
        script = r"""
            zmodload zsh/zpty
            zpty shell zsh -f -i
            say() { zpty -w shell "$1"; zpty -r shell answer "*$2*" }
            zpty -w shell 'PROMPT=; autoload -Uz compinit; compinit -u -D; source '$1'; letterhead() { print "<${(j:|:)@}>" }; print rea""dy'
            zpty -r shell answer '*ready*'
            for line in ${@:2}; do
                zpty -w -n shell "$line"$'\t\n'
                zpty -r shell answer '*<*>*'
                print -r -- "${${answer##*<}%%>*}"
            done
            zpty -d shell
        """
        single = [(words, expected[0]) for words, expected in CASES if len(expected) == 1]
        lines = [" ".join(["letterhead", *words]) for words, _ in single]
        done = run("zsh", "-fc", script, "zsh", self.scripts["zsh"], *lines, timeout=60)
        completed = [line.split("|")[-1].rstrip("=") for line in done.stdout.split()]
        self.assertEqual(completed, [expected for _, expected in single])

    def test_zsh_knows_all_that_help_says(self):
        run("zsh", "-n", self.scripts["zsh"])
        functions = dict(re.findall(r"^(_\w+)\(\) \{\n(.*?)^\}", self.scripts["zsh"].read_text(), re.M | re.S))
        for path, words in self.all:
            text = functions["_".join(["_letterhead", *path]).replace("-", "_")]
            for word in words:
                self.assertRegex(text, rf"(?<![\w-]){word}(?![\w-])", path)


class ManPage(unittest.TestCase):
    def test_man_reads_it(self):
        with tempfile.NamedTemporaryFile("w", suffix=".1") as file:
            file.write(run(BINARY, "man").stdout)
            file.flush()
            shown = run("man", "--local-file", "--warnings", file.name, env={"MANWIDTH": "100", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
        self.assertEqual(shown.stderr, "")
        text = re.sub(r"\s+", " ", shown.stdout)
        self.assertIn(f"letterhead {run(BINARY, '--version').stdout.strip()}", text)
        for path, words in commands():
            for word in [" ".join(["letterhead", *path]), *words]:
                self.assertIn(word, text, path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
