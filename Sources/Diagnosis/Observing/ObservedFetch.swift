package import HTTPModel
import ProxyCore

/// A fetch of a page that has happened, on a live server or in a recording: its requests with their responses, and the browser's
/// verdict. It needs no configuration.
package struct ObservedFetch: Sendable {
    /// One request.
    package struct Hop: Sendable {
        package var isPreflight: Bool
        package var method: String
        package var url: String
        package var fields: [FieldText]
        /// The response; nil when none came.
        package var response: FetchResponse?
        /// The reason why none came.
        package var failure: String?
        /// What was read of the response's body, by which some refusals are known.
        var body: [UInt8] = []
    }

    package var hops: [Hop] = []
    /// The origin of the page; nil when no page asks.
    package var origin: String?
    package var credentials = PageFetch.Credentials.sameOrigin
    /// The verdict; nil when no page asks, or when it is not known.
    package var verdict: FetchVerdict?
    /// A remark in place of a verdict, or in place of one that the requests do not explain.
    package var note: String?
    /// The faults, with what to change.
    package var complaints: [Complaint] = []

    /// Whether the page could not read the response, or not to its end.
    package var isRefused = false

    private var redaction = Redaction([])

    package init() {}

    /// Hides secrets from here on, as in the log and the inspector.
    package mutating func hideSecrets() {
        for hop in hops {
            redaction.learn(target: hop.url)
            redaction.learn(hop.fields)
            redaction.learn(hop.response?.fields ?? [])
        }
        for (index, hop) in hops.enumerated() {
            hops[index].url = redaction.target(hop.url)
            hops[index].fields = redaction.fields(hop.fields)
            hops[index].response?.fields = redaction.fields(hop.response?.fields ?? [])
        }
        note = note.map { redaction.text($0) }
    }
}

// MARK: For people and programs

extension ObservedFetch {
    /// Returns the text, which ends with a newline.
    package func text(_ style: Style) -> String {
        var lines: [String] = []
        for hop in hops { lines += text(hop, style) + [""] }
        lines += verdictLines(style)
        return lines.joined(separator: "\n") + "\n" + complaints.text(style)
    }

    private func text(_ hop: Hop, _ style: Style) -> [String] {
        var lines = [style.bold(hop.isPreflight ? "preflight" : "request") + "  \(hop.method) \(hop.url)".visible]
        for field in hop.fields { lines.append("  \("\(field.name): \(field.value)".visible)") }
        guard let response = hop.response else {
            return lines + [style.bold("response") + "  none" + (hop.failure.map { ": \($0.visible)" } ?? "")]
        }
        let reason = Status(rawValue: UInt16(clamping: response.status)).reason
        lines.append(style.bold("response") + "  \(response.status) \(reason)\(response.isBroken ? ", which breaks off" : "")")
        for field in response.fields { lines.append("  \("\(field.name): \(field.value)".visible)") }
        return lines
    }

    private func verdictLines(_ style: Style) -> [String] {
        let title = style.bold("verdict") + "  "
        guard let verdict, let origin else { return [title + (note ?? Self.noPage).visible] + whoLines(style) }
        let sentence = note ?? redaction.text(verdict.sentence(origin: origin, credentials: credentials))
        let lines = [title + (isRefused ? style.red(sentence) : style.green(sentence))]
        return lines + verdict.notes(credentials).map(\.visible) + whoLines(style)
    }

    private static let noPage = "No page asks; name its origin with --origin, to hear what a browser would say."

    private func whoLines(_ style: Style) -> [String] {
        readers.map { [style.bold("readers") + "  " + $0.visible] } ?? []
    }

    /// Who may read the response. After a redirect by which the page lost its origin, that is said of those that ask at once.
    private var readers: String? {
        guard let response = hops.last(where: { !$0.isPreflight })?.response else { return nil }
        return (verdict?.failure?.originLoss == nil ? "" : "Without the redirect: ") + redaction.text(Readers(response).text)
    }

    package var json: JSONText {
        .object([
            ("exchanges", .list(hops.map(Self.json))), ("origin", .optional(origin)),
            ("verdict", verdict.map { $0.json(origin: origin ?? "", credentials) { redaction.text($0) } } ?? .null),
            ("note", .optional(note)), ("refused", .flag(isRefused)),
            ("readers", .optional(readers)),
            ("findings", complaints.json),
        ])
    }

    private static func json(_ hop: Hop) -> JSONText {
        .object([
            ("preflight", .flag(hop.isPreflight)), ("method", .text(hop.method)), ("url", .text(hop.url)),
            ("request_fields", .fields(hop.fields)), ("status", hop.response.map { .number($0.status) } ?? .null),
            ("fields", .fields(hop.response?.fields ?? [])), ("failure", .optional(hop.failure)),
        ])
    }
}

/// The pages that may read a response, by the response's own fields.
private struct Readers {
    var text: String

    init(_ response: FetchResponse) {
        let withCredentials = response.fields.combined("Access-Control-Allow-Credentials") == "true"
        switch response.fields.combined("Access-Control-Allow-Origin") {
        case nil: text = "Only pages of its own origin: it has no Access-Control-Allow-Origin."
        case "*": text = "Every page, if it asks without credentials."
        case "null": text = "Pages without an origin: sandboxed frames, whoever made them."
        case let origin? where PageOrigin.isValid(origin):
            text = "Pages of \(origin)\(withCredentials ? ", with credentials or without" : ", if they ask without credentials")."
        case let other?: text = "Only pages of its own origin: `\(other)` is not one origin."
        }
    }
}
