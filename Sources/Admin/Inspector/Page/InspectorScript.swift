/// What the page does. Everything that an exchange says goes into text nodes; the policy of the page allows no other way.
enum InspectorScript {
    static let text = base + detail + policy + start

    private static let base = #"""
        "use strict";
        const LIMIT = 500;
        const byId = (id) => document.getElementById(id);
        const view = { all: [], chosen: null, terms: [], isPaused: false, waiting: [] };

        // What is not seen as itself, or turns the direction of writing, is written out.
        const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
        const visible = (text) => text.replace(hidden, (one) => one === "\n" ? one : "\\u{" + one.codePointAt(0).toString(16) + "}");

        function element(tag, attributes, ...children) {
          const node = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes || {})) {
            if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
          }
          const shown = children.flat().filter((child) => child !== null && child !== undefined && child !== false);
          node.append(...shown.map((child) => typeof child === "string" ? visible(child) : child));
          return node;
        }

        const milliseconds = (us) => us < 100 ? "< 0.1 ms" : (us < 10000 ? (us / 1000).toFixed(1) : Math.round(us / 1000)) + " ms";
        const changes = (lines, kind) => lines.filter((line) => line.kind === kind).length;

        // Filter

        function words(exchange) {
          const lines = [...exchange.request.lines, ...exchange.response.lines];
          const rules = [...exchange.request.rules, ...exchange.response.rules].filter((rule) => rule.applied);
          const route = exchange.route ? exchange.route.text + " " + exchange.route.place : "";
          const by = {
            method: exchange.method, status: exchange.status === null ? "none" : String(exchange.status),
            path: exchange.target, host: exchange.host, client: exchange.client, id: exchange.id,
            reason: exchange.reason, source: exchange.source, route,
            header: lines.map((line) => line.name + ": " + line.value).join("\n"),
            rule: rules.map((rule) => rule.text + " " + rule.place + " " + (rule.name || "")).join("\n"),
            verdict: exchange.verdict ? (exchange.verdict.good ? "good " : "bad ") + exchange.verdict.text : "",
          };
          for (const key of Object.keys(by)) by[key] = by[key].toLowerCase();
          by.any = Object.values(by).join("\n");
          return by;
        }

        function parse(text) {
          return text.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
            const isNot = word.length > 1 && word.startsWith("-");
            const term = isNot ? word.slice(1) : word;
            const colon = term.indexOf(":");
            const key = colon > 0 ? term.slice(0, colon) : "";
            const known = ["method", "status", "path", "host", "client", "id", "reason", "source", "route", "header", "rule", "verdict"];
            return known.includes(key) ? { isNot, key, value: term.slice(colon + 1) } : { isNot, key: "any", value: term };
          });
        }

        function matches(exchange) {
          return view.terms.every((term) => {
            const text = exchange.words[term.key];
            const digits = term.key === "status" ? term.value.replace(/x+$/, "") : term.value;
            const holds = term.key === "status" || term.key === "path" || term.key === "client" ? text.startsWith(digits) : text.includes(digits);
            return holds !== term.isNot;
          });
        }

        // List

        function row(exchange) {
          const kind = "s" + (exchange.status === null ? 0 : Math.floor(exchange.status / 100));
          const lines = exchange.response.lines;
          const plus = changes(lines, "added");
          const minus = changes(lines, "removed");
          const button = element("button", { type: "button", class: "row" },
            element("span", { class: kind }, exchange.status === null ? "—" : String(exchange.status)),
            element("span", { class: "what" }, exchange.method + " " + exchange.target),
            element("span", { class: "ms" }, milliseconds(exchange.us)),
            element("span", { class: "more" },
              element("span", {}, new Date(exchange.time).toLocaleTimeString()),
              element("span", { class: "plus" }, "+" + plus),
              element("span", { class: "minus" }, "−" + minus),
              exchange.verdict && element("span", { class: exchange.verdict.good ? "good" : "bad" },
                exchange.verdict.good ? "✓ CORS" : "✗ CORS"),
              exchange.preflight && element("span", {}, "preflight"),
              exchange.source === "proxy" && !exchange.preflight && element("span", {}, "by the proxy" + (exchange.reason ? ": " + exchange.reason : "")),
              element("span", {}, exchange.host)));
          button.addEventListener("click", () => choose(exchange, true));
          exchange.button = button;
          exchange.item = element("li", {}, button);
          return exchange.item;
        }

        function showCount() {
          const shown = byId("list").children.length;
          const waiting = view.waiting.length ? ", " + view.waiting.length + " waiting" : "";
          byId("count").textContent = view.all.length === 0 ? "" : shown + " of " + view.all.length + " kept here" + waiting;
          byId("empty").hidden = view.all.length > 0;
        }

        function showList() {
          byId("list").replaceChildren(...view.all.filter(matches).map((exchange) => exchange.item));
          showCount();
        }

        function add(exchange) {
          exchange.words = words(exchange);
          view.all.unshift(exchange);
          row(exchange);
          if (matches(exchange)) byId("list").prepend(exchange.item);
          while (view.all.length > LIMIT) view.all.pop().item.remove();
          showCount();
        }

        function choose(exchange, isByHand) {
          if (view.chosen) view.chosen.button.removeAttribute("aria-current");
          view.chosen = exchange;
          document.body.classList.toggle("chosen", exchange !== null);
          if (exchange) {
            exchange.button.setAttribute("aria-current", "true");
            showDetail(exchange);
            if (isByHand && matchMedia("(max-width: 760px)").matches) byId("detail").focus();
          } else {
            byId("detail").replaceChildren(element("p", { class: "hint" }, "Choose an exchange to see what each rule did to it."));
          }
        }

        function move(step) {
          const shown = view.all.filter(matches);
          if (shown.length === 0) return;
          const place = view.chosen ? shown.indexOf(view.chosen) : -1;
          const next = shown[Math.min(shown.length - 1, Math.max(0, place < 0 ? 0 : place + step))];
          choose(next, false);
          next.button.focus();
          next.button.scrollIntoView({ block: "nearest" });
        }

        """#

    private static let detail = #"""
        // One exchange

        function pairs(lines) {
          const rest = lines.filter((line) => line.kind === "added");
          const rows = [];
          for (const line of lines) {
            if (line.kind === "kept") rows.push({ left: line, right: line });
            if (line.kind !== "removed") continue;
            const place = rest.findIndex((other) => other.name.toLowerCase() === line.name.toLowerCase());
            rows.push({ left: line, right: place < 0 ? null : rest.splice(place, 1)[0] });
          }
          return rows.concat(rest.map((line) => ({ left: null, right: line })));
        }

        function cell(line, kind) {
          if (!line) return element("td", { class: "nothing" });
          return element("td", { class: line.kind === "kept" ? kind : line.kind },
            element("b", {}, line.name), ": ", element("span", { class: "value" }, line.value),
            line.by && element("span", { class: "by" }, line.kind === "removed" ? "gone by " + line.by : "by " + line.by));
        }

        function sides(title, left, right, lines) {
          const table = element("table", {},
            element("caption", {}, changes(lines, "added") + " added, " + changes(lines, "removed") + " gone"),
            element("thead", {}, element("tr", {}, element("th", { scope: "col" }, left), element("th", { scope: "col" }, right))),
            element("tbody", {}, pairs(lines).map((pair) =>
              element("tr", {}, cell(pair.left, "same-left"), cell(pair.right, "same")))));
          return [element("h3", {}, title), table];
        }

        function ruleList(title, rules) {
          if (rules.length === 0) return null;
          const applied = rules.filter((rule) => rule.applied).length;
          return element("details", {},
            element("summary", {}, title + ": " + applied + " of " + rules.length + " changed something"),
            element("ol", { class: "rules" }, rules.map((rule) =>
              element("li", { class: rule.applied ? null : "idle" },
                element("span", { class: "rule-text" }, rule.number + ". " + rule.text),
                element("small", {}, rule.place + (rule.name ? " “" + rule.name + "”" : "") + " — " + rule.outcome
                  + (rule.because ? ": " + rule.because : "") + (rule.notes.length ? ": " + rule.notes.join("; ") : ""))))));
        }

        function timings(exchange) {
          const app = exchange.upstream_us;
          if (app === null) return null;
          const proxy = Math.max(0, exchange.us - app);
          const bar = element("div", { class: "bar", role: "img", "aria-label": "app " + milliseconds(app) + ", proxy and body " + milliseconds(proxy) },
            element("span", { class: "app" }), element("span", { class: "proxy" }));
          bar.children[0].style.flexGrow = String(Math.max(1, app));
          bar.children[1].style.flexGrow = String(Math.max(1, proxy));
          return bar;
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
          const time = milliseconds(exchange.us) + (exchange.upstream_us === null ? "" : ", of it " + milliseconds(exchange.upstream_us) + " until the app answered");
          byId("detail").replaceChildren(...[
            back,
            element("h2", {}, exchange.method + " " + exchange.scheme + "://" + exchange.host + exchange.target),
            exchange.verdict && element("p", { class: "verdict " + (exchange.verdict.good ? "good" : "bad") }, exchange.verdict.text),
            element("dl", { class: "facts" },
              fact("Status", exchange.status === null ? "none: the client was gone" : String(exchange.status) + (isLocal ? ", by the proxy" : ", by the app")),
              fact("Reason", exchange.reason), fact("Why", exchange.why),
              fact("Route", exchange.route ? exchange.route.text + "  [" + exchange.route.place + "]" : "none"),
              fact("Upstream", upstreamText(exchange)), fact("Time", time), fact("Client", exchange.client + ", " + exchange.version),
              fact("Request id", exchange.id), fact("Began", new Date(exchange.time).toLocaleString()),
              fact("Bodies", exchange.request_bytes + " bytes in, " + exchange.response_bytes + " out"),
              fact("Debug", exchange.traced ? "the client was told which rules touched the response" : "")),
            timings(exchange),
            ...sides("Response", isLocal ? "as the proxy made it" : "from the app", "to the client", exchange.response.lines),
            ruleList("Response rules", exchange.response.rules),
            ...sides("Request", "from the client", exchange.upstream ? "to the app" : "not sent to an app", exchange.request.lines),
            ruleList("Request rules", exchange.request.rules),
          ].filter(Boolean));
        }

        function goBack() {
          const button = view.chosen && view.chosen.button;
          choose(null, true);
          if (button && button.isConnected) button.focus();
        }

        """#

    private static let policy = #"""
        // Policy

        function stage(title, rules) {
          return [
            element("h3", {}, title + (rules.length ? "" : ": no rules")),
            element("ol", { class: "rules" }, rules.map((rule) =>
              element("li", {}, element("span", { class: "rule-text" }, rule.number + ". " + rule.text), element("small", {}, rule.from)))),
          ];
        }

        async function showPolicy() {
          const response = await fetch("/inspector/policy");
          if (!response.ok) return byId("policy").replaceChildren(element("p", {}, await response.text()));
          const policy = await response.json();
          byId("policy").replaceChildren(...policy.routes.map((route) => element("section", {},
            element("h2", {}, "Route " + route.number + ": " + route.text),
            element("p", { class: "hint" }, route.place),
            route.listeners.map((listener) => [
              listener.name && element("p", {}, "On " + listener.name),
              stage("Request rules", listener.request), stage("Response rules", listener.response),
            ].flat().filter(Boolean)).flat())));
        }

        function showTab(name) {
          for (const tab of ["exchanges", "policy"]) {
            byId(tab).hidden = tab !== name;
            byId("tab-" + tab).setAttribute("aria-pressed", String(tab === name));
          }
          if (name === "policy") showPolicy().catch(() => byId("policy").replaceChildren(element("p", {}, "The proxy does not answer.")));
        }

        function showCounts(counts) {
          const names = ["no answer", "1xx", "2xx", "3xx", "4xx", "5xx"];
          const entries = [["all", counts.all], ...counts.statuses.map((count, kind) => [names[kind], count]).filter((entry) => entry[1] > 0),
            ["by the proxy", counts.local], ["looked at", counts.taken]];
          byId("counters").replaceChildren(...entries.map(([name, count]) =>
            element("div", {}, element("dt", {}, name), element("dd", {}, String(count)))));
        }

        """#

    private static let start = #"""
        // The rest

        function pause(isPaused) {
          view.isPaused = isPaused;
          byId("pause").setAttribute("aria-pressed", String(isPaused));
          if (!isPaused) view.waiting.splice(0).forEach(add);
          showCount();
        }

        function live(text, kind) {
          byId("live").textContent = text;
          byId("live").className = kind;
        }

        function connect() {
          const events = new EventSource("/inspector/events");
          events.addEventListener("open", () => live("live", "on"));
          events.addEventListener("error", () => {
            live(events.readyState === EventSource.CLOSED ? "ended; load the page again" : "reconnecting", "off");
          });
          events.addEventListener("message", (event) => {
            const exchange = JSON.parse(event.data);
            if (!view.isPaused) return add(exchange);
            view.waiting.push(exchange);
            if (view.waiting.length > LIMIT) view.waiting.shift();
            showCount();
          });
          events.addEventListener("counts", (event) => showCounts(JSON.parse(event.data)));
        }

        byId("filter").addEventListener("input", () => {
          view.terms = parse(byId("filter").value);
          showList();
        });
        byId("tools").addEventListener("submit", (event) => event.preventDefault());
        byId("pause").addEventListener("click", () => pause(!view.isPaused));
        byId("clear").addEventListener("click", () => {
          view.all = [];
          view.waiting = [];
          choose(null, true);
          showList();
        });
        byId("tab-exchanges").addEventListener("click", () => showTab("exchanges"));
        byId("tab-policy").addEventListener("click", () => showTab("policy"));
        document.addEventListener("keydown", (event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const isTyping = event.target instanceof HTMLInputElement;
          if (event.key === "Escape") {
            if (isTyping) byId("filter").blur();
            else goBack();
            return;
          }
          if (isTyping || byId("exchanges").hidden) return;
          const isInList = byId("list").contains(event.target);
          if (event.key === "/") byId("filter").focus();
          else if (event.key === "j" || (isInList && event.key === "ArrowDown")) move(1);
          else if (event.key === "k" || (isInList && event.key === "ArrowUp")) move(-1);
          else if (event.key === "p") pause(!view.isPaused);
          else return;
          event.preventDefault();
        });
        showCount();
        connect();

        """#
}
