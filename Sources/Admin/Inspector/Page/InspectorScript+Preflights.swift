extension InspectorScript {
    /// Places a preflight below the request that it was for.
    static let preflights = #"""
        // Preflights

        function sent(exchange, name) {
          const lines = exchange.request.lines.filter((line) => line.kind !== "added" && line.name.toLowerCase() === name);
          return lines.map((line) => line.value).join(", ");
        }

        // The newest preflight of the same page, for the same method and address, that was not refused and belongs to no other
        // request. One older than a minute does not count: the browser may have sent another that was not seen.
        function preflightOf(request) {
          const origin = request.preflight ? "" : sent(request, "origin");
          return origin && view.all.find((other) => other.preflight && !other.partner && !(other.verdict && !other.verdict.good)
            && other.client === request.client && other.host === request.host && other.target === request.target
            && request.time - other.time < 60000
            && sent(other, "access-control-request-method") === request.method && sent(other, "origin") === origin);
        }

        // Takes the preflight out of the list, because it is shown below its request.
        function takePreflight(request) {
          const preflight = preflightOf(request);
          if (!preflight) return [];
          preflight.partner = request;
          request.partner = preflight;
          request.item.classList.add("asked");
          preflight.item.classList.add("asking");
          return view.all.splice(view.all.indexOf(preflight), 1);
        }

        function partnerButton(exchange) {
          const other = exchange.partner;
          if (!other) return null;
          const status = other.status === null ? "no answer" : String(other.status);
          const button = element("button", { type: "button" }, other.method + ", " + status + ", " + milliseconds(other.us));
          button.addEventListener("click", () => {
            choose(other, true);
            other.button.focus();
          });
          return button;
        }

        """#
}
