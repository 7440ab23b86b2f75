"""What is measured: each scenario, who takes part, and what each of them does."""

import typing

import curves
import idle
import loads
import peers
import starting
import streams

ALL = list(peers.PROXIES)
UPLOAD = 16 << 20


class Entrant(typing.NamedTuple):
    """A proxy in a scenario; its label is the proxy's name, and more where one takes part twice. `load` is its own, where the scenario has
    none for all."""

    label: str
    proxy: str
    settings: dict = {}
    load: typing.Callable | None = None


class Scenario(typing.NamedTuple):
    """`load` is run over and over, on a proxy that runs; `once` starts one itself and returns what it measured."""

    title: str
    entrants: list[Entrant]
    load: typing.Callable | None = None
    once: typing.Callable | None = None
    unit: str = "request"
    warm_up: typing.Callable = loads.warm_up


def each(proxies=ALL):
    return [Entrant(proxy, proxy) for proxy in proxies]


def variants(proxies, key, values, unit):
    return [Entrant(f"{proxy}, {value:,} {unit}", proxy, {key: value}) for proxy in proxies for value in values]


def upload(server, seconds):
    body = peers.scratch / "upload"
    if not body.exists():
        body.write_bytes(bytes(UPLOAD))
    return loads.h2load(server, requests=48 * seconds, path="/upload", clients=4, http1=True, data=body)


def last_place(server, seconds):
    return loads.wrk(server, seconds, path=f"{peers.many.place(server.count - 1)}page")


def each_but(site, **settings):
    """Those in C, with a certificate or an upstream of their own."""
    return [Entrant(proxy, proxy, {"site": site, **settings}) for proxy in ("letterhead", "nginx", "haproxy", "nghttpx")]


def handshakes(server, seconds):
    return loads.wrk(server, seconds, headers=["Connection: close"], tls=True)


EVERY_CORE = f"{peers.PROXY_CORE},{peers.OTHER_CORE}"
MANY = (10, 1000)
SCENARIOS = {
    "http1": Scenario("HTTP/1.1, 32 connections", each(), loads.wrk),
    "http2": Scenario("HTTP/2, 8 connections × 8 streams", each(), loads.h2load),
    "tls1": Scenario("TLS 1.3, HTTP/1.1, 32 connections", each(), lambda s, n: loads.wrk(s, n, tls=True)),
    "tls2": Scenario("TLS 1.3, HTTP/2, 8 connections × 8 streams", each(), lambda s, n: loads.h2load(s, n, tls=True)),
    "large": Scenario(
        "Responses of 1 MiB, HTTP/1.1, 8 connections", each(), lambda s, n: loads.wrk(s, n, path="/large", connections=8), unit="MiB",
        warm_up=lambda s: loads.warm_up(s, "/large")),
    "huge2": Scenario(
        "Responses of 64 MiB, HTTP/2, 2 connections × 1 stream", each(),
        lambda s, n: loads.h2load(s, requests=16 * n, path="/huge", clients=2, streams=1), unit="64 MiB",
        warm_up=lambda s: loads.h2load(s, requests=2, path="/huge", clients=1, streams=1)),
    "huge-tls": Scenario(
        "Responses of 64 MiB, TLS 1.3, HTTP/1.1, 2 connections", each(),
        lambda s, n: loads.h2load(s, requests=12 * n, path="/huge", clients=2, http1=True, tls=True), unit="64 MiB",
        warm_up=lambda s: loads.h2load(s, requests=2, path="/huge", clients=1, http1=True)),
    "websocket": Scenario(
        "WebSocket messages of 100 bytes and their answers, 32 connections", each_but("site", behind=streams.app), streams.messages("websocket"),
        unit="message", warm_up=lambda s: None),
    "events": Scenario(
        "Server-sent events of 100 bytes, 32 connections", each_but("site", behind=streams.app), streams.messages("events"), unit="event",
        warm_up=lambda s: None),
    "handshakes": Scenario(
        "A TLS 1.3 handshake for each request, 32 at a time, a key of P-256", each(), handshakes, unit="handshake"),
    "handshakes-rsa": Scenario(
        "A TLS 1.3 handshake for each request, 32 at a time, a key of RSA 2048", each_but("rsa"), handshakes, unit="handshake"),
    "upload": Scenario("Uploads of 16 MiB, HTTP/1.1, 4 connections", each(), upload, unit="16 MiB"),
    "connections": Scenario(
        "A new connection for each request, 32 at a time", each(), lambda s, n: loads.wrk(s, n, headers=["Connection: close"])),
    "half": Scenario("Latency at a fixed rate, half of what the slowest of letterhead, nginx, haproxy and nghttpx can do", each()),
    "rules": Scenario(
        "One rule of many applies", variants(["letterhead", "haproxy"], "rules", MANY, "rules"), last_place),
    "routes": Scenario("The last of many routes is taken", variants(ALL, "routes", MANY, "routes"), last_place),
    "idle": Scenario(f"{idle.CONNECTIONS:,} idle connections", each(), once=idle.measure),
    "start": Scenario("From start to the first answered request", each(), once=starting.measure),
    "workers": Scenario(
        "Workers on two cores, with the load and the app on the same two, 64 connections",
        [Entrant(f"letterhead, {n} worker{'s' * (n > 1)}", "letterhead", {"workers": n, "core": EVERY_CORE}) for n in (1, 2)],
        lambda s, n: loads.wrk(s, n, connections=64, cores=EVERY_CORE)),
}


def curve(name):
    """The two points of a curve."""
    one = curves.CURVES[name]
    return Scenario(
        f"Of many {one.title} one applies",
        [Entrant(f"letterhead, {count:,} {one.place}", "letterhead", {"texts": curves.configuration(name, count)},
                 curves.ask_last(name, count)) for count in one.counts])


SCENARIOS |= {name: curve(name) for name in curves.CURVES}
SCENARIOS["clients"] = Scenario(
    "HTTP/1.1, more and more connections",
    [Entrant(f"{proxy}, {count:,} clients", proxy, {}, lambda s, n, count=count: loads.wrk(s, n, connections=count))
     for proxy in ("letterhead", "nginx") for count in curves.CLIENTS])
for name, measure in {"check": curves.command("check"), "explain": curves.command("explain", "--url", "/p19995/x"), "reload": curves.reload}.items():
    SCENARIOS[name] = Scenario(
        f"{name.capitalize()} of many routes",
        [Entrant(f"letterhead, {count:,} routes", "letterhead", {"routes": count}) for count in curves.ROUTES_READ], once=measure)
