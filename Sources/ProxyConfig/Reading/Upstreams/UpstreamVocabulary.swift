enum UpstreamServerKey: String, Keys {
    case address, weight, backup

    static let section = "upstream_server"
    static let foreign = [
        "url": "say `address`", "server": "say `address`", "host": "say `address`", "target": "say `address`",
        "max_fails": "say `ejection` beside `servers`", "max_conns": "say `max_connections` beside `servers`",
        "down": "say `weight: 0`",
    ]
}

enum BalanceKey: String, Keys {
    case hash

    static let section = "balance"
    static let foreign = [
        "round_robin": "say `balance: round_robin`", "least_requests": "say `balance: least_requests`",
        "two_choices": "say `balance: two_choices`", "cookie": "say `balance: { hash: { cookie: … } }`",
        "field": "say `balance: { hash: { field: … } }`", "header": "say `balance: { hash: { field: … } }`",
        "client_ip": "say `balance: { hash: client_ip }`", "policy": "say `balance: round_robin`",
    ]
}

enum BalanceHashKey: String, Keys {
    case field, cookie

    static let section = "balance_hash"
    static let foreign = [
        "header": "say `field`", "client_ip": "say `hash: client_ip`", "address": "say `hash: client_ip`",
        "ip": "say `hash: client_ip`", "source": "say `hash: client_ip`",
    ]
}

enum HealthCheckKey: String, Keys {
    case path, status, host, interval, timeout, jitter
    case healthyThreshold = "healthy_threshold"
    case unhealthyThreshold = "unhealthy_threshold"

    static let section = "health_check"
    static let foreign = [
        "uri": "say `path`", "url": "say `path`", "expect": "say `status`", "expected_status": "say `status`",
        "passes": "say `healthy_threshold`", "rise": "say `healthy_threshold`", "fails": "say `unhealthy_threshold`",
        "fall": "say `unhealthy_threshold`", "inter": "say `interval`", "period": "say `interval`",
    ]
}

enum EjectionKey: String, Keys {
    case failures, status, duration
    case maxDuration = "max_duration"
    case maxEjected = "max_ejected"

    static let section = "ejection"
    static let foreign = [
        "max_fails": "say `failures`", "consecutive_5xx": "say `failures`, and `status: 5xx`", "fail_timeout": "say `duration`",
        "base_ejection_time": "say `duration`", "max_ejection_time": "say `max_duration`",
        "max_ejection_percent": "say `max_ejected`",
    ]
}

enum RetriesKey: String, Keys {
    case attempts, budget
    case minPerSecond = "min_per_second"

    static let section = "retries"
    static let foreign = [
        "tries": "say `attempts`", "num_retries": "say `attempts`", "max": "say `attempts`", "count": "say `attempts`",
        "budget_percent": "say `budget`", "min_retries_per_second": "say `min_per_second`",
    ]
}
