/// The HTML document, which the script fills.
enum InspectorPage {
    static let html = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Letterhead inspector</title>
        <link rel="icon" type="image/svg+xml" href="/inspector/icon.svg">
        <link rel="stylesheet" href="/inspector/style.css">
        <script src="/inspector/script.js" defer></script>
        </head>
        <body>
        <a class="skip" href="#list">To the exchanges</a>
        <header>
        <h1>Letterhead <span>inspector</span></h1>
        <p id="live" role="status">connecting</p>
        <nav aria-label="Views">
        <button type="button" id="tab-exchanges" aria-pressed="true">Exchanges</button>
        <button type="button" id="tab-policy" aria-pressed="false">Policy</button>
        </nav>
        <dl id="counters" aria-label="Counters since the start"></dl>
        </header>
        <main id="exchanges">
        <form id="tools" role="search">
        <label for="filter">Filter</label>
        <input id="filter" type="search" autocomplete="off" spellcheck="false" placeholder="path:/api status:5xx header:vary" aria-describedby="filter-help">
        <button type="button" id="pause" aria-pressed="false">Pause</button>
        <button type="button" id="clear">Clear</button>
        <a href="/inspector/har" download="letterhead.har">Save as HAR</a>
        <p id="filter-help"><kbd>/</kbd> filter <kbd>j</kbd> <kbd>k</kbd> move <kbd>p</kbd> pause <kbd>Esc</kbd> clear</p>
        </form>
        <section id="overview" aria-label="Exchanges, newest first">
        <p id="count"></p>
        <ol id="list" tabindex="-1"></ol>
        <p id="empty">Nothing has passed yet. Send a request through the proxy.</p>
        </section>
        <article id="detail" aria-label="The chosen exchange" tabindex="0"></article>
        </main>
        <main id="policy" hidden></main>
        </body>
        </html>

        """#
}

/// A sheet with its head, shown in the browser's tab.
enum InspectorIcon {
    static let svg = #"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1a5fb4"/><path fill="#fff" d="M8 5h16v22H8z"/><path fill="#f0a030" d="M11 8h10v4H11z"/><path stroke="#8a95a1" stroke-width="2" d="M11 16h10M11 20h10M11 24h6"/></svg>

        """#
}
