extension InspectorScript {
    /// Lists the exchanges, newest first, with the selected one.
    static let list = #"""
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
              exchange.shadow && exchange.shadow.length > 0 && element("span", {}, "shadow: " + exchange.shadow.length),
              exchange.preflight && element("span", {}, "preflight"),
              exchange.source === "proxy" && !exchange.preflight && element("span", {}, "by the proxy" + (exchange.reason ? ": " + exchange.reason : "")),
              element("span", {}, exchange.host)));
          button.addEventListener("click", () => choose(exchange, true));
          exchange.button = button;
          exchange.item = element("li", {}, button);
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
          row(exchange);
          const focused = document.activeElement;
          const group = [exchange, ...takePreflight(exchange)];
          view.all.unshift(...group);
          byId("list").prepend(...group.filter(matches).map((one) => one.item));
          if (group.some((one) => one.button === focused)) focused.focus({ preventScroll: true });
          while (view.all.length > LIMIT) view.all.pop().item.remove();
          if (!view.chosen && link(exchange) === location.hash) choose(exchange, false);
          showCount();
        }

        function show(exchange) {
          if (view.chosen) view.chosen.button.removeAttribute("aria-current");
          view.chosen = exchange;
          document.body.classList.toggle("chosen", exchange !== null);
          if (exchange) {
            exchange.button.setAttribute("aria-current", "true");
            showDetail(exchange);
          } else {
            showNothing();
          }
          byId("detail").scrollTop = 0;
        }

        function choose(exchange, isByHand) {
          try {
            history.replaceState(null, "", exchange ? link(exchange) : location.pathname);
          } catch {
            // Safari refuses too many calls, as when a key is held down.
          }
          show(exchange);
          if (exchange && isByHand && matchMedia("(max-width: 760px)").matches) {
            byId("detail").focus();
            scrollTo(0, 0);
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
}
