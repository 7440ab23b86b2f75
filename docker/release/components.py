"""What a binary of Letterhead is made of: for licence texts and for the list of components, which say the same."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUMMARY = "A reverse proxy that puts the headers you wrote, in order, on every response"
CHECKOUTS = ROOT / ".build-static" / "checkouts"


@dataclasses.dataclass(frozen=True)
class Component:
    name: str
    version: str
    licence: str  # an SPDX expression
    texts: tuple  # files with its licence, and what must be told with it
    address: str  # where it is from
    purl: str  # https://github.com/package-url/purl-spec
    kind: str  # program, swift, library


def output(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout.strip()


def version(binary):
    return output(binary, "--version")


def epoch():
    """What stands for the present, so that the same sources make the same files."""
    if said := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(said)
    committed = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True)
    return int(committed.stdout.strip() or 1_000_000_000)


def components(binary):
    return [program(binary), runtime(), *packages(), *libraries()]


def program(binary):
    now = version(binary)
    return Component("letterhead", now, "Apache-2.0", (ROOT / "LICENSE",), "NOASSERTION", f"pkg:pypi/letterhead@{now}", "program")


def runtime():
    """Swift's standard library, and the libdispatch in it."""
    # `swift` itself may be a program that only finds the toolchain.
    usr = pathlib.Path(json.loads(output("swift", "-print-target-info"))["paths"]["runtimeResourcePath"]).parents[1]
    now = re.search(r"Swift version (\S+)", output("swift", "--version"))[1]
    return Component(
        "swift", now, "Apache-2.0 WITH Swift-exception", (usr / "share/swift/LICENSE.txt",),
        f"https://github.com/swiftlang/swift/tree/swift-{now}-RELEASE", f"pkg:swift/github.com/swiftlang/swift@{now}", "swift")


def packages():
    """The Swift packages whose modules ship; the others of Package.resolved are for tests."""
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    for pin in pins:
        name, now = pin["identity"], pin["state"].get("version")
        if name in ("swift-log", "swift-collections"):
            address = pin["location"].removesuffix(".git")
            texts = tuple(file for text in ("LICENSE.txt", "NOTICE.txt") if (file := CHECKOUTS / name / text).exists())
            yield Component(
                name, now, "Apache-2.0 WITH Swift-exception" if name == "swift-collections" else "Apache-2.0", texts, address,
                f"pkg:swift/{address.removeprefix('https://')}@{now}", "swift")


def libraries():
    """Those of Debian, of the versions that were linked."""
    gcc = output("clang", "-print-file-name=libstdc++.a").split("/")[-2]
    for package, licence in [
        ("libnghttp2-dev", "MIT"), ("libuv1-dev", "MIT AND BSD-2-Clause AND BSD-3-Clause AND ISC"), ("libssl-dev", "Apache-2.0"),
        ("libyaml-dev", "MIT"), (f"libstdc++-{gcc}-dev", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    ]:
        said = output("dpkg-query", "--show", "--showformat", "${source:Package} ${source:Version} ${Homepage}", package)
        source, now, address = said.split()
        yield Component(
            source, now, licence, (pathlib.Path(f"/usr/share/doc/{package}/copyright"),), address,
            f"pkg:deb/debian/{source}@{now}?arch=source", "library")


def licence_files(binary):
    """The names and bytes of the licence texts of all that is in the binary. A text that several components share comes once."""
    owners = {}
    for component in components(binary):
        for text in component.texts:
            suffix = "" if component.kind == "program" else f".{component.name}"
            owners.setdefault((text.stem, text.read_bytes()), []).append(suffix)
    for (stem, data), suffixes in owners.items():
        yield stem + ("" if "" in suffixes else "".join(suffixes)), data


def documents(binary):
    """The man page and the completions, where they belong under a prefix: pairs of a path and bytes."""
    for path, words in [
        ("share/man/man1/letterhead.1", ["man"]),
        ("share/bash-completion/completions/letterhead", ["completions", "bash"]),
        ("share/zsh/site-functions/_letterhead", ["completions", "zsh"]),
        ("share/fish/vendor_completions.d/letterhead.fish", ["completions", "fish"]),
    ]:
        yield path, (output(binary, *words) + "\n").encode()


def stripped(binary, folder):
    path = pathlib.Path(folder, "letterhead")
    subprocess.run(["strip", "-o", path, binary], check=True)
    return path.read_bytes()


def require_portable(binary):
    """Whoever is given the file has glibc, and nothing else that we know of."""
    needed = re.findall(r"NEEDED\s+(\S+)", output("objdump", "--private-headers", binary))
    others = [name for name in needed if not re.match(r"(libc|libm|libdl|libpthread|librt|ld-linux[\w-]*)\.so\.", name)]
    if others:
        raise SystemExit(f"{binary} needs {', '.join(others)}: make portable builds one that needs libc alone")


def glibc(binary):
    """The oldest glibc that has all that the binary uses."""
    found = re.findall(r"GLIBC_(\d+)\.(\d+)", output("objdump", "--dynamic-syms", binary))
    return max((int(major), int(minor)) for major, minor in found)
