extension InspectorScript {
    /// Copies parts of an exchange: the request as a command, its ID, a link.
    static let copying = #"""
        // Copying

        const link = (exchange) => "#" + exchange.number + "-" + encodeURIComponent(exchange.id);

        // Quotes for any POSIX shell. Invisible characters are escaped, because a terminal would act on them when they are
        // pasted.
        const octal = (text) => [...new TextEncoder().encode(text)].map((byte) => "\\" + byte.toString(8).padStart(3, "0")).join("");
        const quoted = (text) => "'" + text.replaceAll("'", "'\\''").replace(hidden, (one) => `'"$(printf '${octal(one)}')"'`) + "'";

        // The request as the client sent it; secrets stay hidden, and are to be filled in by hand.
        function asCurl(exchange) {
          const isPath = exchange.target.startsWith("/");
          const url = exchange.scheme + "://" + exchange.host + (isPath ? exchange.target : "/");
          const isHead = exchange.method === "HEAD";
          const words = ["curl", isHead ? "--head" : "-i"];
          if (!isHead && exchange.method !== "GET") words.push("-X", quoted(exchange.method));
          if (!isPath) words.push("--request-target", quoted(exchange.target));
          if (/[[\]{}]/.test(url)) words.push("--globoff");
          if (/\/(\.|%2e)/i.test(url)) words.push("--path-as-is");
          words.push(quoted(url));
          for (const { kind, name, value } of exchange.request.lines) {
            // Invalid names are left out: curl would read a file for one that begins with `@`.
            if (kind === "added" || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) continue;
            const lower = name.toLowerCase();
            if (lower === "host" || lower === "content-length" || lower === "transfer-encoding") continue;
            if (lower === "accept-encoding") words.push("--compressed");
            words.push("-H", quoted(value === "" ? name + ";" : name + ": " + value));
          }
          if (exchange.request_bytes > 0 && !isHead) {
            if (exchange.method === "GET") words.push("-X", "GET");
            words.push("--data-binary", quoted("[body of " + exchange.request_bytes + " bytes]"));
          }
          return words.join(" ");
        }

        // Over plain http, browsers give scripts a clipboard only on this machine. Elsewhere the text is selected and copied.
        function copyBySelection(text) {
          const area = element("textarea", { class: "copy" });
          area.value = text;
          document.body.append(area);
          area.select();
          const isDone = document.execCommand("copy");
          area.remove();
          return isDone;
        }

        async function copy(text) {
          try {
            await navigator.clipboard.writeText(text);
            return true;
          } catch {
            return copyBySelection(text);
          }
        }

        function copyButtons(exchange) {
          const told = element("output", {});
          const button = (name, text) => {
            const node = element("button", { type: "button" }, "Copy " + name);
            node.addEventListener("click", async () => {
              const isDone = await copy(text);
              node.focus();
              told.textContent = isDone ? "Copied: " + name : "This browser lets no page copy.";
            });
            return node;
          };
          return element("p", { class: "copies" }, button("as curl", asCurl(exchange)), exchange.id !== "" && button("id", exchange.id),
            button("link", location.origin + location.pathname + link(exchange)), told);
        }

        """#
}
