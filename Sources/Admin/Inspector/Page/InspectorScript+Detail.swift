extension InspectorScript {
    /// Shows the details of the selected exchange.
    static let detail = #"""
        // One exchange

        // Where the time went.
        function timings(exchange) {
          const app = exchange.upstream_us;
          if (app === null) return null;
          const proxy = Math.max(0, exchange.us - app);
          const bar = element("div", { class: "bar", "aria-hidden": "true" }, element("span", { class: "app" }), element("span", { class: "proxy" }));
          bar.children[0].style.flexGrow = String(Math.max(1, app));
          bar.children[1].style.flexGrow = String(Math.max(1, proxy));
          return element("figure", {}, bar, element("figcaption", { class: "legend" },
            element("span", { class: "app" }, "until the app answered: " + milliseconds(app)),
            element("span", { class: "proxy" }, "proxy and bodies: " + milliseconds(proxy))));
        }

        // Names from the configuration stand between backticks.
        const sentence = (text) => text.split("`").map((part, place) => place % 2 === 1 ? element("code", {}, part) : part);

        function verdict(exchange) {
          const judged = exchange.verdict;
          return judged && element("div", { class: "verdict " + (judged.good ? "good" : "bad") },
            element("p", {}, sentence(judged.text)),
            judged.advice.map((one) => element("p", { class: "advice" },
              element("b", {}, "Change: "), sentence(one.text), one.place && element("span", { class: "mono" }, " [" + one.place + "]"))));
        }

        function fact(name, value) {
          return value === null || value === "" ? [] : [element("dt", {}, name), element("dd", {}, value)];
        }

        function upstreamText(exchange) {
          if (!exchange.upstream_address) return exchange.upstream;
          const retries = exchange.retries === 0 ? "" : ", after " + exchange.retries + (exchange.retries === 1 ? " other" : " others");
          return exchange.upstream + " at " + exchange.upstream_address + retries;
        }

        function showDetail(exchange) {
          const back = element("button", { type: "button", id: "back" }, "← All exchanges");
          back.addEventListener("click", goBack);
          const isLocal = exchange.source === "proxy";
          byId("detail").replaceChildren(...[
            back,
            element("h2", {}, exchange.method + " " + exchange.scheme + "://" + exchange.host + exchange.target),
            copyButtons(exchange),
            verdict(exchange),
            element("dl", { class: "facts" },
              fact("Status", exchange.status === null ? "none: the client was gone" : String(exchange.status) + (isLocal ? ", by the proxy" : ", by the app")),
              fact(exchange.preflight ? "Preflight of" : "Preflight", partnerButton(exchange)),
              fact("Reason", exchange.reason), fact("Why", exchange.why),
              fact("Route", exchange.route ? exchange.route.text + "  [" + exchange.route.place + "]" : "none"),
              fact("Upstream", upstreamText(exchange)), fact("Time", milliseconds(exchange.us)), fact("Client", exchange.client + ", " + exchange.version),
              fact("Request id", exchange.id), fact("Began", new Date(exchange.time).toLocaleString()),
              fact("Bodies", exchange.request_bytes + " bytes in, " + exchange.response_bytes + " out"),
              fact("Debug", exchange.traced ? "the client was told which rules touched the response" : "")),
            timings(exchange),
            ...sides("Response", isLocal ? "as the proxy made it" : "from the app", "to the client", exchange.response.lines),
            ruleList("Response rules", exchange.response.rules),
            ...shadowed(exchange),
            ...sides("Request", "from the client", exchange.upstream ? "to the app" : "not sent to an app", exchange.request.lines),
            ruleList("Request rules", exchange.request.rules),
          ].filter(Boolean));
        }

        function showNothing() {
          const isMissing = /^#\d+-/.test(location.hash);
          byId("detail").classList.toggle("missing", isMissing);
          if (isMissing) {
            byId("detail").replaceChildren(element("h2", {}, "This exchange is not here"),
              element("p", { class: "hint" }, "The link leads to one that has not come yet, or is not kept any more."));
            return;
          }
          const signs = [
            ["+2 −1", "lines that the client gets and the app did not send, and the other way round"],
            ["✓ CORS", "the page that asked may read the response; ✗: it may not, and the exchange says what to change"],
            ["↳", "the preflight of the request above it"],
          ];
          byId("detail").replaceChildren(element("h2", {}, "Nothing is chosen"),
            element("p", { class: "hint" }, "Choose an exchange to see what each rule did to it."),
            element("dl", { class: "facts" }, signs.map(([sign, meaning]) => fact(sign, meaning)).flat()));
        }

        function goBack() {
          const button = view.chosen && view.chosen.button;
          choose(null, true);
          if (button && button.isConnected) button.focus();
        }

        """#
}
