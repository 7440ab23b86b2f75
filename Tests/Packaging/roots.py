"""Roots that debootstrap makes, and programs that run in them: with a user, a file system and a network of their own."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

os.environ["PATH"] += ":/usr/sbin:/sbin"
ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / ".build" / "packaging"
BASE = WORK / "base"
# Linked with the system's libraries, and with libc alone.
BINARY = pathlib.Path(os.environ.get("LETTERHEAD_STATIC", ROOT / ".build-static/release/letterhead"))
PORTABLE = pathlib.Path(os.environ.get("LETTERHEAD_PORTABLE", ROOT / ".build-static/portable/letterhead"))
WORK.mkdir(parents=True, exist_ok=True)


def run(*command, check=True, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def base():
    run(ROOT / "docker/release/base", BASE)
    return BASE


class Process:
    """A program in a root of its own, as another user, in a network where nobody else is; of the environment it has the path alone."""

    def __init__(self, root, user, arguments, read_only=False, environment={}):
        script = "ip link set lo up && mount --bind $0 $0 && mount -t proc proc $0/proc"
        if read_only:
            script += " && mount -o remount,bind,ro $0"
        script += ' && exec chroot --userspec="$1" "$0" "${@:2}"'
        self.root, self.user = root, user
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--net", "bash", "-c", script, root, user, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"], **environment})

    def wait_until_listening(self):
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if '"message":"listening"' in line:
                return time.monotonic() - self.started
        raise AssertionError(f"it ended: {''.join(lines)}")

    def wait_until_there(self):
        """Until the program runs in its root."""
        while self.process.poll() is None:
            with contextlib.suppress(FileNotFoundError):
                if os.readlink(f"/proc/{self.process.pid}/root") == str(self.root):
                    return
            time.sleep(0.01)
        raise AssertionError(f"it ended: {self.process.stderr.read()}")

    @contextlib.contextmanager
    def start(self, *command):
        """Runs a program in the same network and root, until the block ends."""
        program = subprocess.Popen(
            ["nsenter", f"--net=/proc/{self.process.pid}/ns/net", f"--mount=/proc/{self.process.pid}/ns/mnt", "chroot", self.root, *command],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield program
        finally:
            program.terminate()
            program.wait()

    def beside(self, *command, check=True):
        """Runs a command in the same network, outside of the root."""
        return run("nsenter", f"--net=/proc/{self.process.pid}/ns/net", *command, check=check)

    def inside(self, *command, check=True):
        """Runs a command in the same network and root, as the same user. With `/proc`, from which a program of Swift has its arguments."""
        return self.beside(
            "nsenter", f"--mount=/proc/{self.process.pid}/ns/mnt", "chroot", f"--userspec={self.user}", self.root, *command, check=check)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def status(process, url, *arguments):
    return process.beside("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *arguments, url).stdout
