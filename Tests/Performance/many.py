"""A thousand rules or routes, the way each proxy would be given them. Number N is about the paths under /place-N/; the last is asked for."""


def place(number):
    return f"/place-{number:04}/"


def rules(proxy, count):
    """One more response field for each place, so that one of them applies to a request. Where there is no natural way: nothing."""
    lines = []
    for number in range(count):
        if proxy == "letterhead":
            lines += [f'  - set: {{ X-Place: "{number}" }}', f"    when: {{ path: {place(number)}** }}"]
        elif proxy == "haproxy":
            lines.append(f"    http-response set-header X-Place {number} if {{ var(txn.path) -m beg {place(number)} }}")
    if proxy == "haproxy" and count:
        lines.insert(0, "    http-request set-var(txn.path) path")
    return "\n".join(lines)


def routes(proxy, count, upstream, scratch):
    """One route for each place, all to the same app."""
    places = [place(number) for number in range(count)]
    if not places:
        return ""
    if proxy == "letterhead":
        lines = ["routes:", *[f"  - {{ path: {each}**, upstream: app }}" for each in places], "  - { upstream: app }"]
    elif proxy == "nginx":
        lines = [f"        location {each} {{ proxy_pass http://app; }}" for each in places]
    elif proxy == "haproxy":
        map_file = scratch / f"haproxy-{count}.map"
        map_file.write_text("".join(f"{each} app\n" for each in places))
        lines = [f"    use_backend %[path,map_beg({map_file},app)]"]
    elif proxy == "nghttpx":
        lines = [f"backend=127.0.0.1,{upstream};{each}" for each in places]
    elif proxy == "envoy":
        lines = [f"{' ' * 24}- {{ match: {{ prefix: {each} }}, route: {{ cluster: app, timeout: 0s }} }}" for each in places]
    else:
        lines = [f"\thandle {each}* {{\n\t\timport app\n\t}}" for each in places]
    return "\n".join(lines)
