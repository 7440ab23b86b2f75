enum HealthCheckKey: String, Keys {
    case path
    case status
    case host
    case interval
    case timeout
    case healthyThreshold = "healthy_threshold"
    case unhealthyThreshold = "unhealthy_threshold"
    case jitter

    static let section = "health_check"
    static let sentence = "How a server is checked."
    static let form = MappingForm.optional

    var declaration: KeyDeclaration {
        switch self {
        case .path:
            .init(
                .pattern(#"^/"#), default: "/",
                "What is asked for, by GET on a connection of its own, with the upstream's protocol and TLS.",
                words: ["uri", "url"])
        case .status:
            .init(
                .anyNumber(of: "status_range"), default: "2xx",
                "Statuses that are healthy: `200`, `2xx`, `200-399`, or a list of such.",
                words: ["expect", "expected_status"])
        case .host:
            .init(.text, "The Host that is asked for; that of the upstream, or the server's address, where it is left out.")
        case .interval:
            .init(.duration, default: "5s", "From the beginning of one check to that of the next.", words: ["inter", "period"])
        case .timeout: .init(.duration, default: "2s", "Of one check, from its beginning to the end of the answer.")
        case .healthyThreshold:
            .init(
                .integer(1...1_000), default: "1",
                "So many checks in a row have to pass until the server gets requests again.",
                words: ["passes", "rise"])
        case .unhealthyThreshold:
            .init(
                .integer(1...1_000), default: "3",
                "So many checks in a row have to fail until it gets none.",
                words: ["fails", "fall"])
        case .jitter:
            .init(.percentage(0...100), default: "10%", "The part of the interval by which a check may come early, by chance.")
        }
    }
}

enum EjectionKey: String, Keys {
    case failures
    case status
    case duration
    case maxDuration = "max_duration"
    case maxEjected = "max_ejected"

    static let section = "ejection"
    static let sentence = "When a server is left out."
    static let form = MappingForm.optional
    static let foreign = [
        "consecutive_5xx": "say `failures`, and `status: 5xx`"
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .failures:
            .init(
                .integer(1...10_000), default: "5",
                """
                So many in a row: connections that cannot be made or break, silence beyond `timeouts.response`, answers that \
                are no HTTP.
                """,
                words: ["max_fails"])
        case .status: .init(.anyNumber(of: "status_range"), "Responses that count as failures too: `[502, 503, 504]`.")
        case .duration:
            .init(
                .duration, default: "10s",
                "How long the first time; each further time in a row twice as long.",
                words: ["fail_timeout", "base_ejection_time"])
        case .maxDuration: .init(.duration, default: "5m", "How long at most.", words: ["max_ejection_time"])
        case .maxEjected:
            .init(
                .percentage(1...100), default: "50%",
                "The share of the servers that may be out at once. One of several always may; all of them never are.",
                words: ["max_ejection_percent"])
        }
    }
}

enum RetriesKey: String, Keys {
    case attempts
    case budget
    case minPerSecond = "min_per_second"

    static let section = "retries"
    static let sentence = "How often a request is sent again."
    static let form = MappingForm.optional

    var declaration: KeyDeclaration {
        switch self {
        case .attempts:
            .init(
                .integer(0...10), default: "2",
                "Beyond the first one, each to another server.",
                words: ["tries", "num_retries", "max", "count"])
        case .budget:
            .init(
                .percentage(0...100), default: "20%",
                "The share of the requests that may be sent again after they may have been acted on.",
                words: ["budget_percent"])
        case .minPerSecond:
            .init(
                .integer(0...100_000), default: "10",
                "So many of those always may, on each event loop.",
                words: ["min_retries_per_second"])
        }
    }
}
