import HTTPModel

/// Hosts from which an attacker can get a script of their choice, although the host itself is honest. As of 2026-11, from public
/// lists of ways around a Content-Security-Policy.
enum ScriptHosts {
    private enum Offer: String {
        case jsonp = "answers with a function call of the caller's choice (JSONP)"
        case angular = "has old versions of AngularJS, which run what stands in the page"
        case anything = "has what anybody publishes"
    }

    private static let hosts: [(Offer, [String])] = [
        (
            .jsonp,
            [
                "accounts.google.com", "www.google.com", "cse.google.com", "clients1.google.com", "maps.google.com",
                "maps.googleapis.com", "www.googleapis.com", "translate.googleapis.com", "www.google-analytics.com",
                "ssl.google-analytics.com", "googleads.g.doubleclick.net", "www.youtube.com", "graph.facebook.com",
                "api.twitter.com", "syndication.twitter.com", "api.flickr.com", "www.flickr.com", "vimeo.com",
                "api.vimeo.com", "api.tumblr.com", "api.github.com", "www.reddit.com", "en.wikipedia.org", "dev.virtualearth.net",
                "api.bing.com", "search.yahoo.com", "suggest.taobao.com", "connect.mail.ru", "ulogin.ru", "api.vk.com",
                "api.map.baidu.com", "sp0.baidu.com", "widgets.pinterest.com", "api.pinterest.com", "www.paypal.com",
                "app.link", "gum.criteo.com", "cdn.syndication.twimg.com", "public-api.wordpress.com", "s3.amazonaws.com",
            ]
        ),
        (
            .angular,
            [
                "ajax.googleapis.com", "cdnjs.cloudflare.com", "code.angularjs.org", "ajax.aspnetcdn.com", "www.gstatic.com",
                "yastatic.net", "yandex.st", "cdn.bootcss.com", "cdn.bootcdn.net", "lib.baomitu.com", "cdn.staticfile.org",
            ]
        ),
        (
            .anything,
            [
                "cdn.jsdelivr.net", "unpkg.com", "esm.sh", "cdn.skypack.dev", "jspm.dev", "ga.jspm.io", "rawcdn.githack.com",
                "raw.githack.com", "cdn.statically.io", "gist.githubusercontent.com", "raw.githubusercontent.com",
                "storage.googleapis.com", "firebasestorage.googleapis.com",
            ]
        ),
    ]

    /// Returns the host that a source stands for or, with a wildcard, includes, and what it offers; nil for a source that names a
    /// file or folder, and for others.
    static func served(by source: String) -> (host: String, why: String)? {
        let rest = source.range(ofFirst: "://").map { source[$0.upperBound...] } ?? source[...]
        let name = rest.prefix { $0 != "/" && $0 != ":" }
        guard !name.isEmpty, !name.hasPrefix("'"), rest.drop(while: { $0 != "/" }).dropFirst().isEmpty else { return nil }
        for (offer, hosts) in hosts {
            let host = hosts.first { name.hasPrefix("*.") ? $0.hasSuffix(name.dropFirst()) : $0 == name }
            if let host { return (host, offer.rawValue) }
        }
        return nil
    }
}
