extension InspectorScript {
    /// Handles events of the proxy and of the user.
    static let live = #"""
        // Events

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

        function filter() {
          view.terms = parse(byId("filter").value);
          showList();
        }

        function openLink() {
          const linked = view.all.find((exchange) => link(exchange) === location.hash);
          if (linked) {
            choose(linked, true);
            linked.button.scrollIntoView({ block: "nearest" });
          } else if (location.hash !== "#list") {
            show(null);
          }
        }

        addEventListener("hashchange", openLink);
        byId("filter").addEventListener("input", filter);
        byId("tools").addEventListener("submit", (event) => {
          event.preventDefault();
          move(0);
        });
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
            if (isTyping) {
              byId("filter").value = "";
              byId("filter").blur();
              filter();
            } else if (byId("exchanges").hidden) {
              showTab("exchanges");
            } else {
              goBack();
            }
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
        show(null);
        connect();

        """#
}
