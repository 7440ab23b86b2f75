/// What becomes of nginx's directives that have no part in the output.
enum NginxVocabulary {
    /// Said elsewhere, or about something that Letterhead does by itself or that cannot be seen from outside.
    static func isSilent(_ name: String) -> Bool {
        silent.contains(name) || name.hasPrefix("proxy_buffer") || name.hasPrefix("proxy_temp")
            || name.hasPrefix("open_file_cache")
            || name.hasPrefix("ssl_session") || name.hasPrefix("types_hash") || name.hasPrefix("variables_hash")
            || name.hasPrefix("server_names_hash") || name.hasPrefix("map_hash") || name.hasPrefix("client_body_")
    }

    private static let silent: Set<String> = [
        "add_header", "proxy_set_header", "proxy_hide_header", "proxy_pass_header", "proxy_cookie_flags", "proxy_redirect",
        "allow", "deny", "more_set_headers", "more_clear_headers", "more_set_input_headers", "more_clear_input_headers",
        "client_max_body_size", "proxy_connect_timeout", "proxy_read_timeout", "expires", "default_type", "auth_basic",
        "auth_basic_user_file", "auth_request", "auth_request_set", "auth_jwt", "root", "alias", "set", "listen", "server_name",
        "location", "return", "rewrite", "proxy_pass", "try_files", "if", "map", "types", "index", "autoindex", "internal",
        "uwsgi_pass", "fastcgi_pass", "scgi_pass", "grpc_pass", "stub_status", "empty_gif", "break", "set_real_ip_from",
        "real_ip_header", "real_ip_recursive", "satisfy", "ssl_certificate", "ssl_certificate_key",
        "proxy_http_version", "proxy_send_timeout", "proxy_ssl_server_name", "proxy_ssl_name", "proxy_next_upstream",
        "proxy_request_buffering", "proxy_ignore_client_abort", "proxy_socket_keepalive", "proxy_intercept_errors",
        "sendfile", "tcp_nopush", "tcp_nodelay", "server_tokens", "charset", "etag", "if_modified_since", "aio", "directio",
        "log_format", "access_log", "error_log", "log_not_found", "log_subrequest", "default", "http2", "resolver",
        "resolver_timeout", "reset_timedout_connection", "lingering_close", "keepalive_timeout", "keepalive_requests",
        "keepalive", "zone", "send_timeout", "client_header_timeout", "client_body_timeout", "client_header_buffer_size",
        "merge_slashes", "port_in_redirect", "absolute_redirect", "server_name_in_redirect", "underscores_in_headers",
        "ignore_invalid_headers", "msie_padding", "recursive_error_pages", "ssl_prefer_server_ciphers", "ssl_protocols",
        "ssl_ciphers", "ssl_dhparam", "ssl_ecdh_curve", "ssl_buffer_size", "ssl_stapling", "ssl_stapling_verify",
        "proxy_headers_hash_max_size", "proxy_headers_hash_bucket_size", "proxy_force_ranges", "upstream", "server",
    ]

    /// Files that come with nginx and say nothing about fields of HTTP or the way to an app.
    static func isSilentFile(_ name: String) -> Bool {
        ["mime.types", "fastcgi_params", "fastcgi.conf", "uwsgi_params", "scgi_params"].contains { name.hasSuffix($0) }
    }

    /// Why a directive did not carry over.
    static func reason(_ name: String) -> String? {
        if let reason = reasons[name] { return reason }
        return families.first { name.hasPrefix($0.prefix) }?.reason
    }

    private static let reasons = [
        "error_page": "error pages are the app's, or a `respond` route's",
        "large_client_header_buffers": "see `limits: { request_headers, request_target }`, 64KB and 16KB",
        "proxy_method": "the method is the client's", "proxy_set_body": "the body is the client's",
        "proxy_cookie_path": "write `cookies: { path: … }`", "proxy_cookie_domain": "write `cookies: { domain: … }`",
        "proxy_ssl_verify": "certificates of upstreams are verified unless `tls: { verify: false }`",
        "add_trailer": "trailers pass untouched", "etag": "entity tags are the app's", "geo": "variables are not computed here",
        "split_clients": "see `when: { sample: 10% }`",
        "ssl_verify_client": "see `tls: { client_certificates: … }` of a listener",
        "ssl_client_certificate": "see `tls: { client_certificates: … }` of a listener",
        "mirror": "requests are not copied", "http2_push": "see `early_hints: true`",
        "more_set_input_headers": "see `request_headers`", "access_by_lua_block": "no Lua runs here, so nobody is kept out by it",
    ]

    private static let families: [(prefix: String, reason: String)] = [
        ("gzip", "Letterhead does not compress: let the app do it"),
        ("brotli", "Letterhead does not compress: let the app do it"),
        ("limit_", "rates are not limited here"), ("proxy_cache", "Letterhead keeps no responses"),
        ("fastcgi_", "Letterhead speaks HTTP to apps"), ("uwsgi_", "Letterhead speaks HTTP to apps"),
        ("scgi_", "Letterhead speaks HTTP to apps"), ("sub_filter", "bodies pass untouched"), ("ssl_", "see `tls` of a listener"),
        ("proxy_ssl_", "see `tls` of an upstream"), ("lua_", "no Lua runs here"), ("proxy_cookie_", "see `cookies`"),
    ]
}
