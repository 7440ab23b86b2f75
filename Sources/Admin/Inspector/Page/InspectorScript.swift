/// The page's script. Everything that an exchange contains goes into text nodes; the page's policy allows no other way.
enum InspectorScript {
    static let text = base + filter + list + preflights + comparison + detail + copying + policy + live

    private static let base = #"""
        "use strict";
        const LIMIT = 500;
        const byId = (id) => document.getElementById(id);
        const view = { all: [], chosen: null, terms: [], isPaused: false, waiting: [] };

        // Characters that are invisible, or turn the direction of writing. They are written out.
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

        """#
}
