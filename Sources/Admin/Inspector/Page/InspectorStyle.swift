/// The page's style sheet, light and dark, for phones and larger screens.
enum InspectorStyle {
    static let css = #"""
        :root {
          color-scheme: light dark;
          --page: #f6f7f9; --card: #ffffff; --text: #1b1f24; --dim: #59626e; --line: #d6dbe1; --accent: #1a5fb4;
          --added: #dff5e3; --added-text: #0b5a24; --removed: #fde5e3; --removed-text: #8c1d13; --chosen: #e3edfb;
          --good: #0b6b2d; --bad: #a61c10; --warn: #8a5300;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #14171b; --card: #1c2026; --text: #e4e8ed; --dim: #9aa5b1; --line: #343b45; --accent: #8ab8ff;
            --added: #12351d; --added-text: #8fe3a8; --removed: #431b18; --removed-text: #ffb3ab; --chosen: #1f3350;
            --good: #7fdc9a; --bad: #ff9d93; --warn: #f0c070;
          }
        }
        * { box-sizing: border-box; min-width: 0; }
        html { background: var(--page); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
        body { margin: 0; }
        code, .mono, td, .row, .rule-text { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, monospace; font-size: 13px; }
        .skip { position: absolute; left: -99rem; }
        .skip:focus { left: 0.5rem; top: 0.5rem; background: var(--card); padding: 0.5rem; z-index: 1; }
        [hidden] { display: none !important; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

        header { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 1rem; padding: 0.6rem 1rem; background: var(--card); border-bottom: 1px solid var(--line); }
        h1 { font-size: 1.1rem; margin: 0; }
        h1 span { color: var(--dim); font-weight: 400; }
        h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
        h3 { font-size: 0.95rem; margin: 1.2rem 0 0.4rem; }
        nav { display: flex; gap: 0.3rem; }
        #live { margin: 0; color: var(--dim); }
        #live::before { content: "●"; margin-right: 0.35em; color: var(--warn); }
        #live.on::before { color: var(--good); }
        #live.off::before { color: var(--bad); }
        #counters { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0 0 0 auto; }
        #counters div { display: flex; gap: 0.35em; }
        #counters dt { color: var(--dim); }
        #counters dd { margin: 0; font-variant-numeric: tabular-nums; }

        button, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 0.35rem 0.7rem; }
        button { cursor: pointer; }
        button[aria-pressed="true"] { background: var(--chosen); border-color: var(--accent); }
        kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 0.35em; font-size: 0.85em; }

        main { padding: 0.8rem 1rem 2rem; }
        #exchanges { display: grid; grid-template-columns: minmax(20rem, 2fr) 3fr; gap: 0.8rem 1.2rem; align-items: start; }
        #tools { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
        #filter { flex: 1 1 14rem; }
        #filter-help { margin: 0; color: var(--dim); }
        #count { margin: 0 0 0.3rem; color: var(--dim); }
        #empty, .hint { color: var(--dim); }
        #list { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; background: var(--card); }
        #list:empty { display: none; }
        #list li + li { border-top: 1px solid var(--line); }
        .row { display: grid; grid-template-columns: 3.2em 1fr auto; gap: 0 0.6em; width: 100%; text-align: left; border: 0; border-radius: 0; padding: 0.45rem 0.7rem; }
        .row:hover { background: color-mix(in srgb, var(--chosen) 50%, var(--card)); }
        .row[aria-current="true"] { background: var(--chosen); box-shadow: inset 3px 0 var(--accent); }
        .row:focus-visible { outline-offset: -2px; }
        .row .what { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .row .more { grid-column: 2 / -1; color: var(--dim); font-size: 12px; display: flex; flex-wrap: wrap; gap: 0 0.8em; }
        .ms { color: var(--dim); }
        .s2, .s1 { color: var(--good); } .s3 { color: var(--accent); } .s4 { color: var(--warn); } .s5, .s0 { color: var(--bad); }
        .good { color: var(--good); } .bad { color: var(--bad); }
        .plus { color: var(--added-text); } .minus { color: var(--removed-text); }

        #count { position: sticky; top: 0; background: var(--page); z-index: 1; }
        .asking .row { padding-left: 1.9rem; }
        .asking .what::before { content: "↳ "; color: var(--dim); }
        #list .asked + .asking { border-top-color: transparent; }

        #detail { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 0.9rem 1rem; }
        #back { display: none; margin-bottom: 0.6rem; }
        .facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 0.9rem; margin: 0.6rem 0; }
        .facts dt { color: var(--dim); }
        .facts dd { margin: 0; overflow-wrap: anywhere; }
        .facts button { padding: 0 0.5em; }
        .copies { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem; margin: 0.6rem 0; }
        .copies button { padding: 0.15rem 0.6rem; }
        .copies output { color: var(--dim); }
        .copy { position: fixed; left: -99rem; }
        .verdict { border-left: 4px solid; padding: 0.3rem 0.7rem; margin: 0.6rem 0; overflow-wrap: anywhere; }
        .verdict p { margin: 0; }
        .verdict .advice { color: var(--text); margin-top: 0.3rem; }
        figure { margin: 0.6rem 0; }
        .legend { display: flex; flex-wrap: wrap; gap: 0 1.2rem; color: var(--dim); font-size: 0.9rem; }
        .legend span::before { content: "■"; margin-right: 0.35em; }
        .legend .app::before { color: var(--accent); } .legend .proxy::before { color: var(--warn); }
        .bar { display: flex; height: 0.6rem; border-radius: 3px; overflow: hidden; background: var(--line); margin: 0.3rem 0; }
        .bar .app { background: var(--accent); } .bar .proxy { background: var(--warn); }

        table { width: 100%; border-collapse: collapse; table-layout: fixed; }
        caption { text-align: left; color: var(--dim); font-size: 0.9rem; padding-bottom: 0.2rem; }
        th { text-align: left; font-size: 0.85rem; color: var(--dim); font-weight: 600; padding: 0.2rem 0.4rem; }
        td { vertical-align: top; padding: 0.15rem 0.4rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; white-space: pre-wrap; }
        td + td { border-left: 1px solid var(--line); }
        td b { font-weight: 600; }
        td.added { background: var(--added); } td.removed { background: var(--removed); }
        td.added b::before { content: "+ "; color: var(--added-text); } td.removed b::before { content: "− "; color: var(--removed-text); }
        td.added .by { color: var(--added-text); } td.removed .by { color: var(--removed-text); }
        td.removed .value { text-decoration: line-through; text-decoration-thickness: 1px; }
        .by { display: block; font-size: 11.5px; }
        .rules { padding-left: 0; list-style: none; margin: 0.4rem 0; }
        .rules li { border-top: 1px solid var(--line); padding: 0.3rem 0; overflow-wrap: anywhere; }
        .rules .idle { color: var(--dim); }
        .rules small { display: block; color: var(--dim); }
        summary { cursor: pointer; padding: 0.2rem 0; }
        #policy section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 0.8rem 1rem; margin-bottom: 0.8rem; }

        /* The list and the chosen exchange scroll apart, where there is room for both. */
        @media screen and (min-width: 761px) and (min-height: 480px) {
          body { display: flex; flex-direction: column; height: 100vh; }
          main { flex: 1; min-height: 0; overflow: auto; }
          #exchanges { grid-template-rows: auto minmax(0, 1fr); align-items: stretch; overflow: hidden; padding-bottom: 0.8rem; }
          #overview, #detail { overflow: auto; overscroll-behavior: contain; }
        }
        @media (max-width: 760px) {
          main { padding: 0.6rem 0.6rem 2rem; }
          #exchanges { grid-template-columns: 1fr; }
          #counters { margin-left: 0; }
          #filter-help { display: none; }
          #filter { flex-basis: 100%; }
          body.chosen #overview, body.chosen #tools { display: none; }
          body:not(.chosen) #detail:not(.missing) { display: none; }
          body:not(.chosen) #detail { order: -1; }
          #back { display: inline-block; }
          #detail { padding: 0.7rem; }
          table, tbody, tr, td, caption { display: block; }
          thead { position: absolute; left: -99rem; }
          td.same-left, td.nothing { display: none; }
          td + td { border-left: 0; }
          .facts { grid-template-columns: 1fr; }
          .facts dd { margin-bottom: 0.3rem; }
        }
        @media (prefers-reduced-motion: no-preference) { .row { transition: background 0.1s; } }
        @media print { header, #tools, #overview { display: none; } }

        """#
}
