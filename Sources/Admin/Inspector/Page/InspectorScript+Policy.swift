extension InspectorScript {
    /// Shows the current policy and the counters.
    static let policy = #"""
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
}
