"""browser.py: headless Chromium that does what it is told: steps as a JSON list on standard input, what came of them as a JSON list on output.

open URL | size {width, height} | dark BOOL | wait EXPRESSION (until it is true) | eval EXPRESSION | key NAME | type TEXT | paste true (into what has
the focus) | shot FILE | get URL (not by the browser)
The last result is what the page's console said, errors and exceptions alone.
"""

import base64
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

from websockets.sync.client import connect

ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
KEYS = {"Escape": 27, "ArrowDown": 40, "ArrowUp": 38, "Enter": 13, "Tab": 9}


class Page:
    def __init__(self, socket):
        self.socket, self.number, self.complaints = socket, 0, []
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv(timeout=30))
            self.note(answer)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]

    def note(self, event):
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(event["params"]["exceptionDetails"].get("exception", {}).get("description", "exception"))
        if event.get("method") == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
            self.complaints.append(event["params"]["entry"]["text"])

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def do(self, what, how):
        if what == "open":
            self.call("Page.navigate", url=how)
            self.until("document.readyState === 'complete' && location.href !== 'about:blank'")
        elif what == "size":
            self.call("Emulation.setDeviceMetricsOverride", deviceScaleFactor=1, mobile=how["width"] < 600, **how)
        elif what == "dark":
            scheme = {"name": "prefers-color-scheme", "value": "dark" if how else "light"}
            self.call("Emulation.setEmulatedMedia", features=[scheme])
        elif what == "wait":
            self.until(how)
        elif what == "eval":
            return self.evaluate(how)
        elif what == "key":
            code = KEYS.get(how, ord(how.upper()[0]))
            text = {} if how in KEYS and how != "Enter" else {"text": "\r" if how == "Enter" else how}
            self.call("Input.dispatchKeyEvent", type="keyDown", key=how, windowsVirtualKeyCode=code, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=how, windowsVirtualKeyCode=code)
        elif what == "paste":
            self.call("Input.dispatchKeyEvent", type="keyDown", key="v", modifiers=2, commands=["paste"])
            self.call("Input.dispatchKeyEvent", type="keyUp", key="v", modifiers=2)
        elif what == "type":
            self.call("Input.insertText", text=how)
        elif what == "get":
            ask(how).read()
        elif what == "shot":
            with open(how, "wb") as file:
                file.write(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def until(self, expression):
        end = time.monotonic() + 20
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise SystemExit(f"not true in time: {expression}; the page: {self.evaluate('document.body.innerText')}")
            time.sleep(0.05)


def main():
    steps = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as profile:
        browser = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server",
             "--no-first-run", "--disable-background-networking", "--disable-breakpad", "--remote-debugging-port=0",
             f"--user-data-dir={profile}", *sys.argv[1:], "about:blank"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)  # fmt: skip
        try:
            port = next(m[1] for line in browser.stderr if (m := re.search(r"ws://[^:]*:(\d+)/", line)))
            pages = json.load(ask(f"http://127.0.0.1:{port}/json/list"))
            url = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            with connect(url, max_size=None, proxy=None) as socket:
                page = Page(socket)
                results = [page.do(*step) for step in steps]
                page.evaluate("0")
                print(json.dumps(results + [page.complaints]))
        finally:
            browser.kill()
            browser.wait()


main()
