import HTTPModel

/// Variables of other proxies and of templates, and what they are called here.
public enum ForeignVariable {
    /// Those that nginx writes behind a dollar.
    private static let ofNginx: [String: Placeholder] = [
        "remote_addr": .clientIP, "realip_remote_addr": .clientIP, "remote_port": .clientPort, "host": .host,
        "http_host": .authority, "server_name": .host, "server_port": .hostPort, "scheme": .scheme, "request_method": .method,
        "request_uri": .uri, "uri": .path, "document_uri": .path, "args": .query, "query_string": .query,
        "request_id": .requestID, "http_x_request_id": .requestID, "status": .status, "ssl_protocol": .tlsVersion,
        "ssl_cipher": .tlsCipher, "ssl_server_name": .tlsServerName, "ssl_client_s_dn": .tlsClientSubject,
        "time_iso8601": .timeISO, "msec": .timeUnix, "proxy_host": .upstream,
    ]
    private static let ofOthers: [String: Placeholder] = [
        "remote_ip": .clientIP, "client_ip": .clientIP, "remote_host": .clientIP, "request.remote.host": .clientIP,
        "ip": .clientIP, "client_port": .clientPort, "request.host": .host, "hostname": .host, "request.port": .hostPort,
        "port": .hostPort, "hostport": .authority, "request.hostport": .authority, "request.scheme": .scheme,
        "proto": .scheme, "request.method": .method, "request.uri": .uri, "request.url": .uri, "url": .uri,
        "request.path": .path, "request.uri.path": .path, "request.query": .query, "request.uri.query": .query,
        "response.status": .status, "response.status_code": .status, "request.uuid": .requestID, "unique_id": .requestID,
        "time.now": .timeISO,
    ]
    /// The beginnings of names in which a field, a cookie, a parameter or a variable of the environment is named. `FIELD` is the
    /// name of a field with underscores in it.
    private static let starts: [(start: String, own: String)] = [
        ("cookie_", "{request.cookie.NAME}"), ("http_", "{request.header.FIELD}"), ("sent_http_", "{response.header.FIELD}"),
        ("upstream_http_", "{response.header.FIELD}"), ("arg_", "{query}"), ("cookie.", "{request.cookie.NAME}"),
        ("request.cookies.", "{request.cookie.NAME}"), ("http.request.header.", "{request.header.NAME}"),
        ("header.", "{request.header.NAME}"), ("headers.", "{request.header.NAME}"),
        ("request.headers.", "{request.header.NAME}"), ("response.headers.", "{response.header.NAME}"),
        ("env.", "${NAME}"), ("query.", "{query}"),
    ]

    /// Returns what to write for the name of a variable, such as `remote_addr` or `cookie.sid`; nil for others.
    public static func placeholder(for name: String) -> String? {
        let lower = name.lowercased()
        if let own = ofNginx[lower] ?? ofOthers[lower] { return "{\(own.text)}" }
        if let own = named(name) { return own }
        return lower.hasPrefix("http.request.") ? placeholder(for: String(name.dropFirst("http.".count))) : nil
    }

    private static func named(_ name: String) -> String? {
        let lower = name.lowercased()
        guard let (start, own) = starts.first(where: { lower.hasPrefix($0.start) && lower != $0.start }) else { return nil }
        let rest = String(name.dropFirst(start.count))
        let field = rest.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "-")
        return own.replacing("NAME", by: rest).replacing("FIELD", by: field)
    }

    /// Returns the first foreign variable that a template would send as it stands, and its name here: `$remote_addr` of nginx, or
    /// `{{ host }}` of Jinja and Go, of which one pair of braces would be left. All other dollars and braces are taken to be
    /// meant.
    public static func first(in template: String) -> (written: String, own: String)? {
        guard template.utf8.contains(where: { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "{") }) else { return nil }
        for part in template.split(separator: "$", omittingEmptySubsequences: false).dropFirst() {
            let name = String(part.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
            guard name == name.lowercased() else { continue }
            let own = ofNginx[name].map { "{\($0.text)}" } ?? (name.contains("_") ? named(name) : nil)
            if let own { return ("$\(name)", own) }
        }
        guard let start = template.range(ofFirst: "{{ "), let end = template[start.upperBound...].range(ofFirst: " }}") else {
            return nil
        }
        let name = String(template[start.upperBound..<end.lowerBound])
        let own = Placeholder.parse(name) == nil ? placeholder(for: name) : "{\(name)}"
        return own.map { ("{{ \(name) }}", $0) }
    }
}
