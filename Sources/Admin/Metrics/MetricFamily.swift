/// A metric with its samples, as Prometheus defines it. `all` lists every metric; the reference is checked against it.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    var name: String
    var kind: Kind
    var labels: [String]
    var help: String

    private init(_ name: String, _ kind: Kind, _ labels: [String] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    static let requests = MetricFamily(
        "letterhead_requests_total", .counter, ["route", "method", "code"],
        "Requests, by what they asked and were answered; 0 where the client was gone.")
    static let requestDuration = MetricFamily(
        "letterhead_request_duration_seconds", .histogram, ["route"],
        "From the first byte of a request to the end of its response; tunnels left out.")
    static let requestBytes = MetricFamily(
        "letterhead_request_body_bytes_total", .counter, ["route"], "Bytes of request bodies.")
    static let responseBytes = MetricFamily(
        "letterhead_response_body_bytes_total", .counter, ["route"], "Bytes of response bodies.")
    static let inFlight = MetricFamily(
        "letterhead_requests_in_flight", .gauge, "Requests that are being served, tunnels included.")
    static let protocols = MetricFamily("letterhead_protocol_requests_total", .counter, ["protocol"], "Requests, by protocol.")
    static let localReplies = MetricFamily(
        "letterhead_local_replies_total", .counter, ["reason"],
        "Responses that no app made, and exchanges that broke off, by the reason in the access log.")
    static let tunnelEnds = MetricFamily(
        "letterhead_tunnels_ended_total", .counter, ["reason"], "Tunnels that ended, by the reason in the access log.")
    static let upstreamResponses = MetricFamily(
        "letterhead_upstream_responses_total", .counter, ["upstream", "code"], "Responses of apps.")
    static let upstreamDuration = MetricFamily(
        "letterhead_upstream_response_duration_seconds", .histogram, ["upstream"],
        "From the choice of the upstream to the head of its response.")
    static let upstreamFailures = MetricFamily(
        "letterhead_upstream_failures_total", .counter, ["upstream", "reason"],
        "Exchanges that failed by the app or on the way to it.")
    static let badResponses = MetricFamily(
        "letterhead_upstream_invalid_responses_total", .counter, ["upstream", "fault"],
        "Responses of apps that were refused as invalid_response, by what was wrong with them.")
    static let serverUp = MetricFamily(
        "letterhead_upstream_server_up", .gauge, ["upstream", "server"],
        "Whether a server gets requests: its checks pass, or are still to come, and it is not ejected.")
    static let serverActive = MetricFamily(
        "letterhead_upstream_server_requests_active", .gauge, ["upstream", "server"], "Requests that are with a server.")
    static let serverWaiting = MetricFamily(
        "letterhead_upstream_server_requests_waiting", .gauge, ["upstream", "server"],
        "Requests that wait for a connection to it.")
    static let serverConnections = MetricFamily(
        "letterhead_upstream_server_connections", .gauge, ["upstream", "server"], "Connections to a server, idle ones included.")
    static let serverRequests = MetricFamily(
        "letterhead_upstream_server_requests_total", .counter, ["upstream", "server"], "Requests that a server got.")
    static let serverRetries = MetricFamily(
        "letterhead_upstream_server_retries_total", .counter, ["upstream", "server"],
        "Those among them that another server had failed to answer.")
    static let serverFailures = MetricFamily(
        "letterhead_upstream_server_failures_total", .counter, ["upstream", "server"], "Requests that failed at a server.")
    static let serverConnectFailures = MetricFamily(
        "letterhead_upstream_server_connect_failures_total", .counter, ["upstream", "server"],
        "Connections that could not be made.")
    static let serverEjections = MetricFamily(
        "letterhead_upstream_server_ejections_total", .counter, ["upstream", "server"], "How often a server was ejected.")
    static let serverChecks = MetricFamily(
        "letterhead_upstream_server_checks_total", .counter, ["upstream", "server", "result"], "Health checks.")
    static let unserved = MetricFamily(
        "letterhead_upstream_unserved_total", .counter, ["upstream"], "Requests for which no server was there.")
    static let retriesRefused = MetricFamily(
        "letterhead_upstream_retries_refused_total", .counter, ["upstream"],
        "Retries that the budget did not allow.")
    static let ruleHits = MetricFamily(
        "letterhead_rule_hits_total", .counter, ["rule"], "Messages on which a rule acted: its when and if held.")
    static let shadowExchanges = MetricFamily(
        "letterhead_shadow_exchanges_total", .counter, ["route", "result"],
        "Exchanges that were compared with what they would be if no rule were in shadow: same or different.")
    static let shadowDifferences = MetricFamily(
        "letterhead_shadow_differences_total", .counter, ["route", "part", "change", "field"],
        "What rules in shadow would change: in the request or the response; added, removed or changed.")
    static let droppedFields = MetricFamily(
        "letterhead_dropped_fields_total", .counter,
        "Fields that were not written because a placeholder brought a byte that no value may have.")
    static let droppedTrailers = MetricFamily(
        "letterhead_dropped_trailer_fields_total", .counter, ["message"],
        "Trailer fields that were left out because they may only stand in a header.")
    static let connections = MetricFamily("letterhead_connections", .gauge, ["listener"], "Open connections of clients.")
    static let acceptedConnections = MetricFamily(
        "letterhead_connections_accepted_total", .counter, ["listener"], "Connections of clients so far.")
    static let refusedConnections = MetricFamily(
        "letterhead_connections_refused_total", .counter, ["reason"], "Connections that a limit turned away.")
    static let handshakes = MetricFamily("letterhead_tls_handshakes_total", .counter, ["version"], "TLS handshakes with clients.")
    static let handshakeFailures = MetricFamily(
        "letterhead_tls_handshake_failures_total", .counter, ["reason"], "TLS handshakes that failed, by the reason in the log.")
    static let certificateExpiry = MetricFamily(
        "letterhead_certificate_expiry_timestamp_seconds", .gauge, ["listener", "name"], "When a listener's certificate expires.")
    static let reports = MetricFamily("letterhead_browser_reports_total", .counter, "Reports of browsers that were logged.")
    static let droppedReports = MetricFamily(
        "letterhead_browser_reports_dropped_total", .counter, "Reports beyond what one request may bring.")
    static let refusedReports = MetricFamily(
        "letterhead_browser_reports_refused_total", .counter, ["reason"], "Requests with reports that were refused.")
    static let memory = MetricFamily(
        "letterhead_memory_used_bytes", .gauge, "Bytes that connections keep, as limits.memory counts them.")
    static let memoryLimit = MetricFamily("letterhead_memory_limit_bytes", .gauge, "How many they may keep; 0 is no limit.")
    static let droppedLogBlocks = MetricFamily(
        "letterhead_access_log_dropped_blocks_total", .counter,
        "Blocks of access log lines of which some could not be written, or were not read fast enough.")
    static let droppedLogLines = MetricFamily(
        "letterhead_log_dropped_lines_total", .counter,
        "Lines on standard error that could not be written, or were not read fast enough; where it is one with standard output, both have one number."
    )
    static let reloads = MetricFamily(
        "letterhead_config_reloads_total", .counter, ["result"], "Reloads of the configuration.")
    static let reloadSuccess = MetricFamily(
        "letterhead_config_last_reload_successful", .gauge, "Whether the last reload, if there was one, succeeded.")
    static let reloadTime = MetricFamily(
        "letterhead_config_last_reload_success_timestamp_seconds", .gauge, "Since when the configuration in force is.")
    static let ready = MetricFamily("letterhead_ready", .gauge, "Whether the process wants new clients.")
    static let workers = MetricFamily("letterhead_event_loops", .gauge, "Event loops.")
    static let build = MetricFamily("letterhead_build_info", .gauge, ["version"], "The version, as a label of a constant 1.")
    static let cpu = MetricFamily("process_cpu_seconds_total", .counter, "Processor time, user and system.")
    static let resident = MetricFamily("process_resident_memory_bytes", .gauge, "Resident memory.")
    static let virtual = MetricFamily("process_virtual_memory_bytes", .gauge, "Virtual memory.")
    static let openFiles = MetricFamily("process_open_fds", .gauge, "Open file descriptors.")
    static let maxFiles = MetricFamily("process_max_fds", .gauge, "The most file descriptors that may be open.")
    static let threads = MetricFamily("process_threads", .gauge, "Threads.")
    static let start = MetricFamily("process_start_time_seconds", .gauge, "When the process was started.")

    static let all = [
        requests, requestDuration, requestBytes, responseBytes, inFlight, protocols, localReplies, tunnelEnds, upstreamResponses,
        upstreamDuration, upstreamFailures, badResponses, serverUp, serverActive, serverWaiting, serverConnections,
        serverRequests,
        serverRetries, serverFailures, serverConnectFailures, serverEjections, serverChecks, unserved, retriesRefused, ruleHits,
        shadowExchanges, shadowDifferences, droppedFields, droppedTrailers, connections, acceptedConnections, refusedConnections,
        handshakes, handshakeFailures, certificateExpiry, reports, droppedReports, refusedReports, memory, memoryLimit,
        droppedLogBlocks,
        droppedLogLines, reloads, reloadSuccess, reloadTime, ready, workers, build, cpu, resident, virtual, openFiles, maxFiles,
        threads, start,
    ]

    private init(_ name: String, _ kind: Kind, _ help: String) { self.init(name, kind, [], help) }
}
