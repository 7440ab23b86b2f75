"""The ways in which Letterhead is shipped: a container image, a Debian package, a systemd unit, Kubernetes manifests.

    make package-test

Each is built from a release binary with a static Swift library (LETTERHEAD_STATIC, or .build-static/release/letterhead) on a base that
debootstrap makes, and run for real: as the user and with the root file system that it has in production, in a network of its own.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import unittest

from roots import BASE, BINARY, ROOT, WORK, Process, base, run, status


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.storage = WORK / "storage"
        cls.options = ["--root", cls.storage / "root", "--runroot", cls.storage / "run", "--storage-driver", "vfs"]
        cls.folder = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        environment = {**os.environ, "BASE": str(BASE), "IMAGE_STORAGE": str(cls.storage), "REVISION": "0123abc"}
        run(ROOT / "docker/release/image", BINARY, cls.folder, env=environment)
        cls.archive = next(cls.folder.glob("*.tar"))
        cls.container = cls.buildah("from", "localhost/letterhead").stdout.strip()
        cls.root = cls.buildah("mount", cls.container).stdout.strip()

    @classmethod
    def tearDownClass(cls):
        cls.buildah("rm", "--all", check=False)
        run("rm", "-rf", cls.storage, cls.folder, check=False)

    @classmethod
    def buildah(cls, *words, check=True):
        return run("buildah", *cls.options, *words, check=check)

    def test_what_it_says_of_itself(self):
        config = json.loads(self.buildah("inspect", "--type", "image", "letterhead").stdout)["Docker"]["config"]
        self.assertEqual(config["User"], "65532:65532")
        self.assertEqual(config["StopSignal"], "SIGTERM")
        self.assertEqual(config["Entrypoint"] + config["Cmd"], ["letterhead", "run"])
        self.assertEqual(config["Healthcheck"]["Test"], ["CMD", "letterhead", "healthcheck"])
        self.assertEqual(list(config["ExposedPorts"]), ["8080/tcp"])
        labels = {name.removeprefix("org.opencontainers.image."): text for name, text in config["Labels"].items()}
        self.assertEqual(labels["version"], run(BINARY, "--version").stdout.strip())
        self.assertEqual((labels["revision"], labels["licenses"]), ("0123abc", "Apache-2.0"))
        self.assertLessEqual({"title", "description", "base.name"}, set(labels))

    def test_its_archive(self):
        """Other tools read it: `skopeo copy`, `podman load`, `ctr image import`."""
        with tarfile.open(self.archive) as tar:
            index = json.load(tar.extractfile("index.json"))
            self.assertEqual(index["schemaVersion"], 2)
            digest = index["manifests"][0]["digest"].removeprefix("sha256:")
            manifest = json.load(tar.extractfile(f"blobs/sha256/{digest}"))
            self.assertEqual(manifest["config"]["mediaType"], "application/vnd.oci.image.config.v1+json")

    def test_it_is_small_and_holds_no_shell(self):
        size = int(run("du", "--summarize", "--block-size=1000000", self.root).stdout.split()[0])
        print(f"image: {size} MB, {self.archive.stat().st_size / 2**20:.1f} MiB as an archive")
        self.assertLess(size, 30 * 1.048576)
        for program in ["bin/sh", "usr/bin/bash", "usr/bin/apt-get"]:
            self.assertFalse(pathlib.Path(self.root, program).exists(), program)
        self.assertEqual(run("find", self.root, "-perm", "/6000", "-type", "f").stdout, "", "nothing runs as somebody else")

    def test_it_runs_read_only_as_nobody(self):
        with Process(self.root, "65532:65532", ["letterhead", "run"], read_only=True, environment={"PATH": "/usr/sbin:/usr/bin"}) as proxy:
            print(f"image: listens after {proxy.wait_until_listening() * 1000:.0f} ms")
            self.assertEqual(status(proxy, "http://127.0.0.1:8080/"), "502", "nobody is at port 5000")
            fields = proxy.beside("curl", "-si", "http://127.0.0.1:8080/").stdout
            self.assertIn("X-Content-Type-Options: nosniff", fields)
            healthy = proxy.inside("letterhead", "healthcheck")
            self.assertNotIn("USAGE", healthy.stdout)
            identity = pathlib.Path(f"/proc/{proxy.process.pid}/status").read_text()
            self.assertIn("65532\t65532\t65532\t65532", identity)
            self.assertEqual(proxy.end(), 0)
        starts = []
        for _ in range(5):
            with Process(self.root, "65532:65532", ["letterhead", "run"], read_only=True, environment={"PATH": "/usr/sbin:/usr/bin"}) as proxy:
                starts.append(proxy.wait_until_listening())
        print(f"image: starts in {min(starts) * 1000:.0f} ms")
        self.assertLess(min(starts), 0.1)

    def test_it_believes_the_authorities_that_are_in_it(self):
        """An app with TLS is verified: an authority counts once it stands where the image has them."""
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = f"{folder}/app.pem", f"{folder}/app.key"
            run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                "-keyout", key, "-out", certificate, "-subj", "/CN=app", "-addext", "subjectAltName=IP:127.0.0.1")
            configuration = pathlib.Path(self.root, "etc/letterhead/verified.yaml")
            configuration.write_text("listen: 127.0.0.1:8080\nupstreams: { app: https://127.0.0.1:8443 }\n")
            authorities = pathlib.Path(self.root, "etc/ssl/certs/ca-certificates.crt")
            link, elsewhere = pathlib.Path(self.root, "usr/lib/ssl"), pathlib.Path(self.root, "usr/lib/elsewhere")
            known = authorities.read_text()
            self.assertIn("BEGIN CERTIFICATE", known)
            try:
                trusted = pathlib.Path(certificate).read_text()
                # Where OpenSSL looks of itself, and without that, as on a system that is no Debian.
                for more, hidden, expected in [("", False, "502"), (trusted, False, "200"), (trusted, True, "200"), ("", True, "502")]:
                    authorities.write_text(known + more)
                    if hidden and link.exists():
                        link.rename(elsewhere)
                    arguments = ["letterhead", "run", "--config", "/etc/letterhead/verified.yaml"]
                    with Process(self.root, "65532:65532", arguments, environment={"PATH": "/usr/sbin:/usr/bin"}) as proxy:
                        proxy.wait_until_listening()
                        app = subprocess.Popen(
                            ["nsenter", f"--net=/proc/{proxy.process.pid}/ns/net", "openssl", "s_server", "-quiet", "-www",
                             "-accept", "127.0.0.1:8443", "-cert", certificate, "-key", key],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                        try:
                            proxy.beside(
                                "curl", "-sko", "/dev/null", "--retry", "50", "--retry-delay", "0", "--retry-connrefused",
                                "https://127.0.0.1:8443/")
                            self.assertEqual(status(proxy, "http://127.0.0.1:8080/"), expected)
                        finally:
                            app.kill()
                            app.wait()
            finally:
                authorities.write_text(known)
                configuration.unlink()
                if elsewhere.exists():
                    elsewhere.rename(link)

    def test_it_is_unhealthy_where_nobody_serves(self):
        with Process(self.root, "65532:65532", ["letterhead", "healthcheck"], environment={"PATH": "/usr/sbin:/usr/bin"}) as probe:
            self.assertEqual(probe.process.wait(timeout=10), 1)


class DebianPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(dir=WORK)
        run(ROOT / "docker/debian/build", BINARY, cls.folder)
        cls.package = next(pathlib.Path(cls.folder).glob("*.deb"))
        cls.root = pathlib.Path(cls.folder, "root")
        run("cp", "-a", "--reflink=auto", base(), cls.root)
        shutil.copy(cls.package, cls.root / "letterhead.deb")

    @classmethod
    def tearDownClass(cls):
        run("rm", "-rf", cls.folder)

    def dpkg(self, *words):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
        return run("chroot", self.root, "dpkg", *words, env=environment)

    def test_its_life(self):
        """Installed, started, reloaded, upgraded, removed, purged; there is no systemd in this root."""
        self.dpkg("--install", "/letterhead.deb")
        self.assertIn("Status: install ok installed", self.dpkg("--status", "letterhead").stdout)
        self.assertIn("letterhead:", (self.root / "etc/passwd").read_text())
        self.assertEqual(self.dpkg("--verify", "letterhead").stdout.strip(), "")
        user = "letterhead:letterhead"
        with Process(self.root, user, ["letterhead", "run", "--config", "/etc/letterhead/letterhead.yaml"]) as proxy:
            proxy.wait_until_listening()
            self.assertEqual(status(proxy, "http://127.0.0.1:8080/"), "502")
            self.assertEqual(status(proxy, "http://127.0.0.1:8080/", "--http2-prior-knowledge"), "502")
            self.assertEqual(proxy.inside("letterhead", "healthcheck").returncode, 0)
            if "SIGHUP" in run(BINARY, "run", "--help").stdout:
                proxy.process.send_signal(signal.SIGHUP)
                self.assertEqual(proxy.inside("letterhead", "healthcheck").returncode, 0)
                self.assertEqual(status(proxy, "http://127.0.0.1:8080/"), "502")
            self.assertEqual(proxy.end(), 0)
        configuration = self.root / "etc/letterhead/letterhead.yaml"
        with configuration.open("a") as file:
            file.write("# mine\n")
        self.dpkg("--install", "/letterhead.deb")
        self.assertIn("# mine", configuration.read_text(), "an upgrade keeps the configuration")
        self.dpkg("--remove", "letterhead")
        self.assertFalse((self.root / "usr/bin/letterhead").exists())
        self.assertTrue(configuration.exists())
        self.dpkg("--purge", "letterhead")
        left = [path for path in self.root.rglob("*letterhead*") if "deb" not in path.name and "proc" not in path.parts]
        self.assertEqual([path for path in left if "var/log" not in str(path)], [])
        self.assertNotIn("letterhead:", (self.root / "etc/passwd").read_text())

    def test_what_it_says_of_itself(self):
        fields = run("dpkg-deb", "--field", self.package).stdout
        print("package:", re.search("Depends: .*", fields)[0], f"{self.package.stat().st_size / 1e6:.0f} MB")
        for package in ["libnghttp2-14", "libssl3", "libuv1", "libyaml-0-2", "libc6", "adduser"]:
            self.assertRegex(fields, rf"Depends:.*\b{package}\b")
        contents = run("dpkg-deb", "--contents", self.package).stdout
        self.assertNotRegex(contents, r"swift")
        for path in [
            "man/man1/letterhead.1.gz", "bash-completion/completions/letterhead", "zsh/vendor-completions/_letterhead",
            "fish/vendor_completions.d/letterhead.fish",
        ]:
            self.assertIn(f"./usr/share/{path}", contents)
        # What the README leads to is beside it, and so are the codes that the commands print.
        for linked in re.findall(r"\]\((config/[^)#]+)", (ROOT / "README.md").read_text()) + ["config/reference/doctor.md"]:
            self.assertIn(f"./usr/share/doc/letterhead/{linked}", contents)
        owners = {line.split()[1] for line in run("dpkg-deb", "--contents", self.package).stdout.splitlines()}
        self.assertEqual(owners, {"root/root"})

    def test_its_scripts_where_systemd_runs(self):
        """The calls that they make, with stand-ins that note them."""
        with tempfile.TemporaryDirectory() as folder:
            calls = pathlib.Path(folder, "calls")
            for name in ["systemctl", "deb-systemd-invoke", "adduser", "deluser"]:
                stand_in = pathlib.Path(folder, name)
                stand_in.write_text(f'#!/bin/sh\necho {name} "$@" >>{calls}\nexit 1\n')
                stand_in.chmod(0o755)
            for script, words in [("postinst", ["configure", ""]), ("postinst", ["configure", "0.0.9"]), ("prerm", ["remove"])]:
                text = (ROOT / "docker/debian" / script).read_text()
                text = text.replace("-d /run/systemd/system", "-d /").replace("/usr/bin/deb-systemd-helper", "/nonexistent")
                text = text.replace("getent passwd letterhead", "true")
                run("sh", "-c", text, script, *words, env={"PATH": f"{folder}:/usr/bin:/bin"})
            seen = calls.read_text()
            for call in ["start letterhead.service", "restart letterhead.service", "stop letterhead.socket letterhead.service"]:
                self.assertIn(f"deb-systemd-invoke {call}", seen)


class SystemdUnit(unittest.TestCase):
    unit = ROOT / "docker/systemd/letterhead.service"

    def test_it_is_sound(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder, "letterhead.service")
            copy.write_text(self.unit.read_text().replace("/usr/bin/letterhead", "/bin/true").replace(
                "file:///usr/share/doc/letterhead/README.md", "https://letterhead.example"))
            ports = shutil.copy(self.unit.with_suffix(".socket"), folder)
            done = run("systemd-analyze", "verify", "--man=no", copy, ports)
            self.assertEqual([line for line in done.stderr.splitlines() if "letterhead" in line], [])

    def test_it_is_hardened(self):
        done = run("systemd-analyze", "security", "--offline=yes", "--threshold=25", self.unit)
        print("unit:", done.stdout.strip().splitlines()[-1].strip("→ "))


class Kubernetes(unittest.TestCase):
    manifests = sorted((ROOT / "docker/kubernetes").glob("*.yaml"))

    def test_they_are_what_the_schemas_say(self):
        for manifest in self.manifests:
            run(WORK / "venv/bin/kubernetes-validate", "--strict", manifest)

    def test_their_configurations_load(self):
        for manifest in self.manifests:
            text = manifest.read_text()
            found = re.findall(r"^  letterhead\.yaml: \|\n((?:    .*\n|\n)+)", text, re.M)
            self.assertTrue(found, manifest)
            for block in found:
                configuration = re.sub("^    ", "", block, flags=re.M)
                with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                    file.write(configuration)
                    file.flush()
                    # The Deployment says which address the pod has.
                    checked = run("env", "POD_IP=10.42.7.3", BINARY, "check", "--config", file.name)
                    found = set(re.findall(r"(?:warning|error)\S*:", checked.stderr))
                    # The node's probes come to the address of the pod, whichever that is.
                    self.assertLessEqual(found, {"warning[LH191]:"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
