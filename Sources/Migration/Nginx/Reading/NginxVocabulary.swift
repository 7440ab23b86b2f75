import ProxyConfig

/// Classifies nginx's directives that have no part in the output.
enum NginxVocabulary {
    /// Whether the import reads the directive where it has a meaning.
    static func isTold(_ name: String) -> Bool { told.contains(name) || NginxScope.isGuardian(name) }

    private static let told: Set<String> = [
        "add_header", "proxy_set_header", "proxy_hide_header", "proxy_pass_header", "grpc_set_header", "grpc_hide_header",
        "grpc_pass_header", "proxy_cookie_flags", "proxy_cookie_path", "proxy_cookie_domain", "proxy_redirect", "allow", "deny",
        "more_set_headers", "more_clear_headers", "more_set_input_headers", "more_clear_input_headers", "client_max_body_size",
        "proxy_connect_timeout", "proxy_read_timeout", "grpc_connect_timeout", "grpc_read_timeout", "expires", "default_type",
        "auth_basic_user_file", "include", "root", "alias", "set", "listen", "server_name", "location", "return", "rewrite",
        "proxy_pass",
        "grpc_pass", "uwsgi_pass", "fastcgi_pass", "scgi_pass", "memcached_pass", "try_files", "if", "map", "geo", "types",
        "index",
        "internal", "stub_status", "empty_gif", "break", "set_real_ip_from", "real_ip_header", "satisfy", "limit_except",
        "valid_referers", "ssl_certificate", "ssl_certificate_key", "ssl_protocols", "ssl_verify_client",
        "ssl_client_certificate",
        "ssl_reject_handshake", "ssl", "http2", "proxy_ssl_server_name", "proxy_ssl_name", "proxy_ssl_trusted_certificate",
        "proxy_ssl_verify", "proxy_ssl_certificate", "proxy_ssl_certificate_key", "proxy_next_upstream",
        "proxy_next_upstream_tries",
        "proxy_http_version", "upstream", "server", "events", "http", "worker_processes", "keepalive_timeout",
        "keepalive_requests",
    ]

    /// Whether the directive is about nginx's internals or logs, and has no effect that a client or an app would see.
    static func isOwn(_ name: String) -> Bool {
        own.contains(name) || families.contains { name.hasPrefix($0) }
    }

    private static let families = [
        "proxy_buffer", "proxy_temp", "proxy_busy", "proxy_max_temp", "open_file_cache", "ssl_session", "types_hash",
        "variables_hash",
        "server_names_hash", "map_hash", "client_body_buffer", "client_body_temp", "client_body_in", "proxy_headers_hash",
        "worker_",
        "fastcgi_", "uwsgi_", "scgi_", "memcached_", "grpc_buffer", "ssl_stapling", "gzip_", "brotli_", "resolver",
        "output_buffers",
        "log_",
    ]

    private static let own: Set<String> = [
        "sendfile", "tcp_nopush", "tcp_nodelay", "server_tokens", "aio", "directio", "access_log", "error_log", "log_format",
        "reset_timedout_connection", "zone", "keepalive", "client_header_buffer_size", "client_header_timeout",
        "client_body_timeout",
        "send_timeout", "msie_padding", "recursive_error_pages", "ssl_prefer_server_ciphers", "ssl_ciphers", "ssl_dhparam",
        "ssl_ecdh_curve", "ssl_buffer_size", "ssl_trusted_certificate", "ssl_conf_command", "ssl_early_data",
        "proxy_send_timeout",
        "grpc_send_timeout", "proxy_request_buffering", "proxy_socket_keepalive", "proxy_force_ranges", "real_ip_recursive",
        "user",
        "pid", "load_module", "pcre_jit", "daemon", "master_process", "lock_file", "env", "use", "multi_accept", "accept_mutex",
        "absolute_redirect", "port_in_redirect", "server_name_in_redirect", "postpone_output", "sendfile_max_chunk", "etag",
        "if_modified_since", "autoindex", "autoindex_exact_size", "autoindex_localtime", "charset_types", "lingering_close",
        "lingering_time", "lingering_timeout", "thread_pool", "timer_resolution", "ssl_engine", "proxy_ssl_protocols",
        "proxy_ssl_ciphers", "proxy_ssl_session_reuse", "proxy_ssl_verify_depth", "ssl_verify_depth", "connection_pool_size",
        "request_pool_size", "large_client_header_buffers", "http2_max_field_size", "http2_max_header_size", "http2_recv_timeout",
        "http2_chunk_size", "http2_max_concurrent_streams", "http2_idle_timeout", "http2_max_requests",
    ]

    /// Whether the directive has no effect with this value.
    static func isOff(_ directive: NginxDirective) -> Bool {
        let harmless = [
            "ignore_invalid_headers": "on", "merge_slashes": "on", "proxy_pass_request_headers": "on",
            "proxy_pass_request_body": "on",
        ]
        return directive.arguments == [harmless[directive.name] ?? "off"]
    }

    /// Whether the file comes with nginx and has nothing about HTTP fields or the way to an app.
    static func isSilentFile(_ name: String) -> Bool {
        [
            "mime.types", "fastcgi_params", "fastcgi.conf", "uwsgi_params", "scgi_params", "modules-enabled/*.conf",
            "options-ssl-nginx.conf", "ssl-dhparams.pem", "fastcgi-php.conf",
        ].contains { name.hasSuffix($0) }
    }

    /// Returns why a directive was not carried over, and the consequence.
    static func note(_ name: String) -> (reason: String, danger: ImportDraft.Danger) {
        if let note = notes[name] { return note }
        if let note = prefixes.first(where: { name.hasPrefix($0.prefix) }) { return (note.reason, note.danger) }
        return (unknown, .answer)
    }

    private static let unknown = "not known to the import"

    /// Whether the directive may answer requests by itself, as programs do, and modules that the import does not know.
    static func mayAnswer(_ name: String) -> Bool {
        if name.hasPrefix("content_by_lua") || name == "js_content" { return true }
        return !isTold(name) && !isOwn(name) && note(name).reason == unknown
    }

    private static let notes: [String: (reason: String, danger: ImportDraft.Danger)] = [
        "error_page": ("error pages are the app's, or a `respond` route's", .answer),
        "proxy_intercept_errors": ("error pages are the app's, or a `respond` route's", .answer),
        "proxy_method": ("the method is the client's", .answer), "proxy_set_body": ("the body is the client's", .answer),
        "proxy_pass_request_headers": ("the app gets the client's headers", .answer),
        "proxy_pass_request_body": ("the app gets the client's body", .answer),
        "underscores_in_headers": ("headers with `_` in their names do not reach the app", .field),
        "ignore_invalid_headers": ("headers with invalid names are refused", .field),
        "merge_slashes": ("paths are compared with their slashes merged", .answer),
        "proxy_ignore_client_abort": ("the app's request ends when the client leaves", .answer),
        "proxy_ignore_headers": ("nothing here acts on these headers", .small),
        "add_trailer": ("trailers pass untouched", .field),
        "charset": ("Content-Type is the app's: write `edit: { Content-Type: … }`", .field),
        "split_clients": ("variables are not computed so; see `when: { sample: 10% }`", .field),
        "mirror": ("requests are not copied", .answer), "http2_push": ("see `early_hints: true`", .small),
        "auth_request_set": ("nobody is asked", .field),
        "modsecurity": ("no firewall runs here, so nobody is kept out by it", .answer),
        "modsecurity_rules_file": ("no firewall runs here, so nobody is kept out by it", .answer),
        "secure_link": ("links are not checked; what asks `$secure_link` is closed", .answer),
        "secure_link_md5": ("links are not checked; what asks `$secure_link` is closed", .answer),
        "perl_set": ("variables are not computed here", .field), "js_set": ("variables are not computed here", .field),
        "image_filter": ("bodies pass untouched", .answer), "ssi": ("bodies pass untouched", .answer),
        "addition_types": ("bodies pass untouched", .answer), "dav_methods": ("files are not served here", .answer),
        "http3": ("no HTTP/3", .small), "ssl_crl": ("revocation lists are not read", .answer),
        "ssl_password_file": ("keys are read without a password", .answer),
        "ssl_ocsp": ("clients' certificates are not asked about", .answer),
        "chunked_transfer_encoding": ("the codec chooses", .small),
    ]

    private static let prefixes: [(prefix: String, reason: String, danger: ImportDraft.Danger)] = [
        ("gzip", "Letterhead does not compress: let the app do it", .small),
        ("brotli", "Letterhead does not compress: let the app do it", .small), ("gunzip", "bodies pass untouched", .small),
        ("limit_", "rates are not limited here", .answer), ("proxy_cache", "Letterhead keeps no responses", .answer),
        ("proxy_no_cache", "Letterhead keeps no responses", .small), ("proxy_store", "Letterhead keeps no responses", .answer),
        ("sub_filter", "bodies pass untouched", .answer), ("subs_filter", "bodies pass untouched", .answer),
        ("add_before_body", "bodies pass untouched", .answer), ("add_after_body", "bodies pass untouched", .answer),
        ("ssl_", "see `tls` of a listener", .answer), ("proxy_ssl_", "see `tls` of an upstream", .answer),
        ("grpc_ssl_", "see `tls` of an upstream", .answer), ("header_filter_by_lua", "no Lua runs here", .field),
        ("set_by_lua", "no Lua runs here", .field),
        ("content_by_lua", "no Lua runs here", .answer), ("lua_", "no Lua runs here", .small), ("quic_", "no HTTP/3", .small),
        ("pagespeed", "bodies pass untouched", .answer), ("more_", "see `response_headers`", .field),
        ("geoip", "no country is looked up; what asks for one is closed", .answer),
        ("health_check", "see `health_check` of an upstream", .answer),
        ("vhost_traffic_status", "see `/metrics`", .small), ("proxy_", "not known to the import", .answer),
    ]
}
