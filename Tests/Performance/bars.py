"""What has to hold: ratios of medians in one run."""

import typing

import curves

DEBIAN = ["nginx", "haproxy", "nghttpx"]
PEERS = [*DEBIAN, "envoy", "caddy"]
# Below it, throughput says more about the load and the app, or about what else runs, than about the proxy.
FULL = 0.95


class Bar(typing.NamedTuple):
    """`ours` over the best of `against`: at most the limit; for what is better when it is more, at least. Against nobody, the figure itself."""

    title: str
    scenario: str
    figure: str
    against: list[str]
    limit: float
    at_least: bool = False
    ours: str = "letterhead"


TITLES = {
    "http1": "HTTP/1.1", "http2": "HTTP/2", "tls1": "TLS, HTTP/1.1", "tls2": "TLS, HTTP/2", "large": "responses of 1 MiB",
}
BARS = [
    Bar("HTTP/1.1, CPU per request", "http1", "cpu_us", DEBIAN, 0.88),
    Bar("HTTP/2, CPU per request", "http2", "cpu_us", ["nghttpx"], 0.95),
    Bar("TLS, HTTP/1.1, CPU per request", "tls1", "cpu_us", PEERS, 0.80),
    Bar("TLS, HTTP/2, CPU per request", "tls2", "cpu_us", PEERS, 1.0),
    Bar("responses of 1 MiB, CPU per byte", "large", "cpu_us", ["nginx"], 0.90),
    *[Bar(f"{title}, throughput", name, "per_second", PEERS, 1.0, at_least=True) for name, title in TITLES.items()],
    *[
        Bar(f"{title}, CPU", name, "cpu_us", [*DEBIAN, "envoy"], 1.0)
        for name, title in {
            "huge2": "64 MiB over HTTP/2", "huge-tls": "64 MiB over TLS", "websocket": "a WebSocket message", "events": "a server-sent event",
            "handshakes": "a TLS handshake", "handshakes-rsa": "a TLS handshake with RSA",
        }.items()
    ],
    Bar("a connection for each request, CPU", "connections", "cpu_us", ["nginx"], 1.0),
    Bar("p99 at half load", "half", "p99_ms", PEERS, 1.1),
    Bar("KiB of memory for an idle connection", "idle", "kib_each", [], 1.0),
    Bar("1,000 rules, CPU per request", "rules", "cpu_us", ["letterhead, 10 rules"], 1.15, ours="letterhead, 1,000 rules"),
    Bar("1,000 routes, CPU per request", "routes", "cpu_us", ["letterhead, 10 routes"], 1.15, ours="letterhead, 1,000 routes"),
    Bar("start to first answered request", "start", "milliseconds", ["nginx"], 0.7),
    Bar("resident memory under load", "http1", "resident_mib", ["nginx"], 1.0),
]
BARS += [
    Bar(f"{large:,} {curves.CURVES[name].title}, CPU per request", name, "cpu_us", [f"letterhead, {small:,} {place}"], 1.15,
        ours=f"letterhead, {large:,} {place}")
    for name, (_, place, *_, (small, large)) in curves.CURVES.items()
]
BARS += [
    Bar(f"{count:,} clients, CPU per request", "clients", "cpu_us", [f"letterhead, {curves.CLIENTS[0]} clients"], 1.2,
        ours=f"letterhead, {count:,} clients")
    for count in curves.CLIENTS[1:]
]
SMALL, LARGE = (f"letterhead, {count:,} routes" for count in curves.ROUTES_READ)
for what in ("check", "explain", "reload"):
    BARS.append(Bar(f"{what} of 20,000 routes to 10,000", what, "milliseconds", [SMALL], 2.3, ours=LARGE))
    BARS.append(Bar(f"{what} of 20,000 routes, ms", what, "milliseconds", [], 2_000, ours=LARGE))
BARS.append(Bar("memory after ten reloads to after one", "reload", "growth", [], 1.2, ours=LARGE))


def judge(results):
    """Each bar whose figures are there, as a dictionary."""
    judged = []
    for bar in BARS:
        figures = results.get(bar.scenario, {})
        best = {label: figures[label][bar.figure] for label in bar.against if label in figures}
        if bar.ours not in figures or (bar.against and not best):
            continue
        peer = (max if bar.at_least else min)(best, key=best.get) if best else ""
        ratio = figures[bar.ours][bar.figure] / best.get(peer, 1)
        busy = figures[bar.ours].get("cores_busy", 1)
        judged.append({
            "bar": bar.title, "ours": figures[bar.ours][bar.figure], "peer": peer, "theirs": best.get(peer, 1), "ratio": ratio,
            "limit": bar.limit, "at_least": bar.at_least, "holds": ratio >= bar.limit if bar.at_least else ratio <= bar.limit,
            "note": f"its core {busy:.0%} busy" if bar.at_least and busy < FULL else "",
        })
    return judged
