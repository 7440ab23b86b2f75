extension InspectorScript {
    /// Shows both sides of a message, with the rules between them.
    static let comparison = #"""
        // Both sides

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

        // What would have differed if no rule were in shadow; nothing of it was sent.
        function shadowed(exchange) {
          if (!exchange.shadow) return [];
          if (exchange.shadow.length === 0) {
            return [element("h3", {}, "In shadow"), element("p", { class: "hint" }, "Enforced, those rules would have changed nothing.")];
          }
          const lines = exchange.shadow.flatMap((one) => {
            const name = one.part === "request" ? "request " + one.field : one.field;
            const line = (kind) => (value) => ({ kind, name, value, by: null });
            return [...one.old.map(line("removed")), ...one.new.map(line("added"))];
          });
          return sides("In shadow", "as it was", "if those rules were enforced", lines);
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
                  + (rule.because ? ": " + rule.because : "")
                  + (rule.would ? "; it would change something" : "") + (rule.notes.length ? ": " + rule.notes.join("; ") : ""))))));
        }

        """#
}
