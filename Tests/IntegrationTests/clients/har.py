"""har.py: headless Chromium opens a page that makes 30 fetches of another origin, and this writes what its DevTools saw as a HAR, in the form in which
Chrome exports one, and what the page saw of each fetch.

Output: {"har": …, "saw": {NAME: "readable" | "same_origin" | "opaque" | "opaque_redirect" | "refused"}}; each fetch has `?NAME` in its URL.
An argument is the address of a proxy that Chromium goes through.
"""

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from websockets.sync.client import connect

ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
PUT = {"method": "PUT", "body": "{}"}
JSON = {"method": "POST", "body": "{}", "headers": {"Content-Type": "application/json"}}
INCLUDE = {"credentials": "include"}
OWN, STAR, YES = "Access-Control-Allow-Origin: {page}", "Access-Control-Allow-Origin: *", "Access-Control-Allow-Credentials: true"
METHODS, FIELDS = "Access-Control-Allow-Methods: PUT, DELETE", "Access-Control-Allow-Headers: content-type, x-mine"

# Name: what the page passes to `fetch`, the lines of the response, the status and lines of the preflight's.
FETCHES = {
    "simple": ({}, [OWN], None),
    "star": ({}, [STAR], None),
    "exposed": ({}, [OWN, "X-Mine: 1", "Access-Control-Expose-Headers: X-Mine"], None),
    "text": ({"method": "POST", "body": "text"}, [OWN], None),
    "error": ({}, [OWN, "status: 500"], None),
    "gone": ({}, [OWN, "status: 404"], None),
    "head": ({"method": "HEAD"}, [OWN], None),
    "put": (PUT, [OWN], (204, [OWN, METHODS])),
    "json": (JSON, [OWN], (204, [OWN, FIELDS])),
    "field": ({"headers": {"X-Mine": "1"}}, [STAR], (200, [STAR, "Access-Control-Allow-Headers: *"])),
    "bearer": ({"headers": {"Authorization": "Bearer a-token-of-a-page"}}, [OWN], (200, [OWN, "Access-Control-Allow-Headers: authorization"])),
    "cookie": (INCLUDE, [OWN, YES], None),
    "cookie-put": ({**PUT, **INCLUDE}, [OWN, YES], (204, [OWN, YES, METHODS])),
    "moved": ({}, [OWN, "status: 302", "Location: /api/x?moved-here"], None),
    "opaque": ({"mode": "no-cors"}, [], None),
    "by-hand": ({"redirect": "manual"}, [OWN, "status: 302", "Location: /api/x?by-hand-to"], None),
    "own": ({}, [], None),
    "missing": ({}, [], None),
    "crash": ({}, ["status: 500"], None),
    "other": ({}, ["Access-Control-Allow-Origin: https://b.example"], None),
    "twice": ({}, [OWN, OWN], None),
    "star-cookie": (INCLUDE, [STAR, YES], None),
    "no-yes": (INCLUDE, [OWN], None),
    "preflight-404": (PUT, [OWN], (404, [OWN, METHODS])),
    "preflight-bare": (PUT, [OWN], (200, [])),
    "preflight-moved": (PUT, [OWN], (307, [OWN, METHODS, "Location: /api/x?preflight-to"])),
    "method": ({"method": "PATCH", "body": "{}"}, [OWN], (204, [OWN, METHODS])),
    "field-not": ({"headers": {"X-Other": "1"}}, [OWN], (204, [OWN, FIELDS])),
    "moved-bare": ({}, ["status: 302", "Location: /api/x?bare-to"], None),
    "hung-up": ({}, ["hang up"], None),
}
HERE = {"moved-here": ({}, [OWN], None)}

PAGE = """<!doctype html><title>page</title><script>
const saw = {};
const kinds = { cors: "readable", basic: "same_origin", opaque: "opaque", opaqueredirect: "opaque_redirect" };
const one = async (name, url, options) => {
  try {
    const response = await fetch(url, options);
    if (response.type !== "opaque" && response.type !== "opaqueredirect") await response.text();
    saw[name] = kinds[response.type];
  } catch { saw[name] = "refused"; }
};
const tasks = TASKS;
fetch("API/cookie", { mode: "no-cors", credentials: "include" })
  .then(() => Promise.all(tasks.map(([name, url, options]) => one(name, url, options)))).then(() => { window.done = true; });
</script>"""


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = self.path.partition("?")[2]
        lines, status = [], 200
        if self.path == "/page":
            tasks = [[n, (page if n == "own" else api) + "/api/x?" + n, f[0]] for n, f in FETCHES.items()]
            body = PAGE.replace("TASKS", json.dumps(tasks)).replace("API", api)
            lines = ["Content-Type: text/html"]
        else:
            body = "{}"
            lines = ["Set-Cookie: session=a-cookie-of-the-api; Path=/"] if self.path == "/cookie" else []
            _, response, preflight = (FETCHES | HERE).get(name, ({}, [], None))
            if self.command == "OPTIONS" and preflight:
                status, response = preflight
            lines = lines + response
        if "hang up" in lines:
            self.close_connection = True
            return
        status = next((int(l[8:]) for l in lines if l.startswith("status: ")), status)
        data = b"" if status == 204 or self.command == "HEAD" else body.encode()
        text = [f"HTTP/1.1 {status} X"] + [l.replace("{page}", page) for l in lines if not l.startswith("status: ")]
        if status != 204:
            text.append(f"Content-Length: {len(data)}")
        self.wfile.write("\r\n".join(text + ["", ""]).encode() + data)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def log_message(self, *_):
        pass


def serve():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


page, api = serve(), serve()


def lines(fields):
    return [{"name": n, "value": v} for n, joined in (fields or {}).items() for v in joined.split("\n")]


class Recording:
    """What DevTools keeps of a request, and how it exports that."""

    def __init__(self):
        self.entries, self.of, self.early = [], {}, {}

    def take(self, event, p):
        request_id = p.get("requestId")
        if event == "Network.requestWillBeSent":
            if "redirectResponse" in p:
                self.respond(self.of[request_id], p["redirectResponse"])
            request = p["request"]
            entry = {
                "_initiator": p["initiator"], "_resourceType": p.get("type", "Other").lower(), "cache": {}, "pageref": "page_1",
                "request": {"method": request["method"], "url": request["url"], "httpVersion": "http/1.1", "headers": lines(request["headers"]),
                            "queryString": [], "cookies": [], "headersSize": -1, "bodySize": 0},
                "response": {"status": 0, "statusText": "", "httpVersion": "", "headers": [], "cookies": [],
                             "content": {"size": 0, "mimeType": "x-unknown"}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
                             "_transferSize": 0, "_error": None},
                "startedDateTime": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(p["wallTime"])), "time": 1,
                "timings": {"send": 0, "wait": 1, "receive": 0},
            }  # fmt: skip
            self.entries.append(entry)
            self.of[request_id] = entry
            for name, early in self.early.pop(request_id, []):
                self.take(name, early)
        elif event in ("Network.requestWillBeSentExtraInfo", "Network.responseReceivedExtraInfo"):
            entry = self.of.get(request_id)
            side = "request" if event.startswith("Network.request") else "response"
            if entry is None or "_extra" + side in entry:
                # Of a redirect that is yet to be told.
                self.early.setdefault(request_id, []).append((event, p))
                return
            entry["_extra" + side] = True
            entry[side]["headers"] = lines(p["headers"])
            if "statusCode" in p:
                entry["response"]["status"] = p["statusCode"]
        elif event == "Network.responseReceived":
            self.respond(self.of[request_id], p["response"])
        elif event == "Network.loadingFailed":
            self.of[request_id]["response"]["_error"] = p["errorText"]

    @staticmethod
    def respond(entry, response):
        entry["response"]["status"] = response["status"]
        if "_extraresponse" not in entry:
            entry["response"]["headers"] = lines(response["headers"])
        entry["response"]["redirectURL"] = next((v for n, v in response["headers"].items() if n.lower() == "location"), "")

    def har(self):
        for entry in self.entries:
            entry.pop("_extrarequest", None)
            entry.pop("_extraresponse", None)
        pages = [{"startedDateTime": "2026-01-01T00:00:00.000Z", "id": "page_1", "title": page + "/page", "pageTimings": {}}]
        return {"log": {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "pages": pages, "entries": self.entries}}


def main():
    with tempfile.TemporaryDirectory() as profile:
        browser = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-breakpad", "--remote-debugging-port=0", f"--user-data-dir={profile}",
             *([f"--proxy-server={sys.argv[1]}", "--proxy-bypass-list=<-loopback>"] if sys.argv[1:] else ["--no-proxy-server"]), "about:blank"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)  # fmt: skip
        try:
            port = next(m[1] for line in browser.stderr if (m := re.search(r"ws://[^:]*:(\d+)/", line)))
            pages = json.load(ask(f"http://127.0.0.1:{port}/json/list"))
            url = next(p["webSocketDebuggerUrl"] for p in pages if p["type"] == "page")
            recording, number = Recording(), 0
            with connect(url, max_size=None, proxy=None) as socket:

                def call(method, **parameters):
                    nonlocal number
                    number += 1
                    socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
                    while True:
                        told = json.loads(socket.recv(timeout=30))
                        if told.get("id") == number:
                            return told.get("result", told)
                        recording.take(told.get("method"), told.get("params", {}))

                call("Network.enable")
                call("Page.navigate", url=page + "/page")
                end = time.monotonic() + 30
                while not call("Runtime.evaluate", expression="window.done === true")["result"].get("value"):
                    if time.monotonic() > end:
                        raise SystemExit("the page is not done in time")
                    time.sleep(0.05)
                # What is still under way comes before the answer.
                call("Runtime.evaluate", expression="new Promise((done) => setTimeout(done, 200))", awaitPromise=True)
                saw = call("Runtime.evaluate", expression="saw", returnByValue=True)["result"]["value"]
            print(json.dumps({"har": recording.har(), "saw": saw}))
        finally:
            browser.kill()
            browser.wait()


main()
