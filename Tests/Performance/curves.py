"""What must not cost more where there is more of it: rules, routes and origins of every form, clients, and reading a large configuration.
Each curve is two points of the same thing, a small and a large one, and a bar for the ratio of the two."""

import random
import subprocess
import time
import typing
import urllib.request

import loads
import peers


class Curve(typing.NamedTuple):
    """`line` is number N of what there are many of, in a place of the configuration; the last one is asked for."""

    title: str
    place: str
    line: typing.Callable
    path: typing.Callable = lambda number: "/"
    header: typing.Callable = lambda number: peers.ORIGIN
    counts: tuple = (10, 1_000)


def rule(condition):
    return lambda n: f'  - {{ set: {{ X-Place: "{n}" }}, when: {{ {condition(n)} }} }}'


def route(test):
    return lambda n: f"  - {{ {test(n)}, upstream: app }}"


MANY_ROUTES = (10, 20_000)
CURVES = {
    "rules-path": Curve("rules by path", "rules", rule(lambda n: f"path: /p{n}/**"), lambda n: f"/p{n}/x"),
    "rules-star": Curve("rules by what follows a star", "rules", rule(lambda n: f'path: "/*/p{n}"'), lambda n: f"/x/p{n}"),
    "rules-host": Curve("rules by host", "rules", rule(lambda n: f"host: h{n}.example"), header=lambda n: f"Host: h{n}.example"),
    "rules-value": Curve(
        "rules by a field's value", "rules", rule(lambda n: f"request_header: {{ X-Tenant: t{n} }}"), header=lambda n: f"X-Tenant: t{n}"),
    "rules-regex": Curve(
        "rules by an expression", "rules", rule(lambda n: f'request_header: {{ User-Agent: {{ matches: "bot-{n}/" }} }}'),
        header=lambda n: f"User-Agent: x bot-{n}/1"),
    "routes-start": Curve("routes by their start", "routes", route(lambda n: f"path: /p{n}/**"), lambda n: f"/p{n}/x", counts=MANY_ROUTES),
    "routes-star": Curve(
        "routes that begin with a star", "routes", route(lambda n: f'path: "/*/p{n}"'), lambda n: f"/x/p{n}", counts=MANY_ROUTES),
    "routes-regex": Curve(
        "routes by an expression", "routes", route(lambda n: f'path: "regex:^/p{n}/[0-9]+$"'), lambda n: f"/p{n}/7", counts=MANY_ROUTES),
    "routes-host": Curve(
        "routes by host", "routes", route(lambda n: f"host: h{n}.example"), header=lambda n: f"Host: h{n}.example", counts=MANY_ROUTES),
    "origins": Curve("origins", "origins", lambda n: f"https://app{n}.example", header=lambda n: f"Origin: https://app{n}.example"),
}
CLIENTS = (32, 200, 1_000)
ROUTES_READ = (10_000, 20_000)


def configuration(name, count):
    """What the curve puts into the places of `configs/letterhead.yaml`."""
    curve = CURVES[name]
    lines = [curve.line(number) for number in range(count)]
    if curve.place == "origins":
        return {"ORIGINS": "".join(f", {line}" for line in lines)}
    if curve.place == "routes":
        return {"ROUTES": "\n".join(["routes:", *lines, "  - { upstream: app }"])}
    return {"RULES": "\n".join(lines)}


def ask_last(name, count):
    curve = CURVES[name]
    return lambda server, seconds: loads.wrk(
        server, seconds, path=curve.path(count - 1), headers=[curve.header(count - 1)])


def command(*arguments):
    """Milliseconds of a command on a configuration of so many routes."""

    def measure(proxy, upstream, settings):
        file = written(settings["routes"])
        began = time.monotonic()
        done = subprocess.run([peers.LETTERHEAD, *arguments, "--config", file], capture_output=True, text=True)
        if done.returncode:
            raise peers.Failure(f"letterhead {' '.join(arguments)}: {done.stderr[:500]}")
        return {"milliseconds": (time.monotonic() - began) * 1e3}

    return measure


def reload(proxy, upstream, settings):
    """Ten reloads: how long the last took, and how memory then compares with memory after the first."""
    admin = peers.free_port()
    file = written(settings["routes"], admin)
    process = subprocess.Popen([peers.LETTERHEAD, "run", "--config", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        resident = []
        wait(f"http://127.0.0.1:{admin}/healthz")
        text = file.read_text()
        for number in range(10):
            file.write_text(text + f"# {number}\n")
            began = time.monotonic()
            urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{admin}/-/reload", method="POST"), timeout=60).read()
            elapsed = time.monotonic() - began
            # Long enough for the old configuration to go, and for what it took to be given back.
            time.sleep(1.5)
            status = open(f"/proc/{process.pid}/status").read()
            resident.append(int(status.split("VmRSS:")[1].split()[0]))
        return {"milliseconds": elapsed * 1e3, "after_one_mib": resident[0] / 1024, "after_ten_mib": resident[-1] / 1024,
                "growth": resident[-1] / resident[0]}
    finally:
        process.terminate()
        process.wait()


def wait(url):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            return urllib.request.urlopen(url, timeout=1).read()
        except OSError:
            time.sleep(0.05)
    raise peers.Failure(f"{url} does not answer")


def written(routes, admin=None):
    """A file with so many routes of all forms, in an order of its own each time."""
    forms = [curve.line for curve in CURVES.values() if curve.place == "routes"]
    lines = [forms[number % len(forms)](number) for number in range(routes)]
    random.shuffle(lines)
    file = peers.scratch / f"routes-{routes}.yaml"
    text = [f"listen: 127.0.0.1:{peers.free_port()}", "workers: 1", "upstreams: { app: http://127.0.0.1:1 }", "response_headers:"]
    text += ["  - preset: security", "routes:", *lines, "  - { upstream: app }"]
    file.write_text("\n".join([f"admin: 127.0.0.1:{admin}", *text] if admin else text) + "\n")
    return file
