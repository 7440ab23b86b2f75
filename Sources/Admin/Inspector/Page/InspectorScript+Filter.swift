extension InspectorScript {
    /// Decides which exchanges are listed.
    static let filter = #"""
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

        """#
}
