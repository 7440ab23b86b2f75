import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// The user's choices for the configuration to be written, given as options or as answers.
struct InitAnswers: Sendable {
    var upstream = InitAnswers.usualUpstream
    var listen = ":8080"
    var origins: [String] = []
    var hasCredentials = false
    var fields: [FieldText] = []

    static let usualUpstream = "http://localhost:5000"

    /// Makes the configuration file.
    ///
    /// - Parameter app: the app's responses; nil if it was not asked.
    func draft(_ app: AppFindings?) -> InitDraft {
        var draft = InitDraft()
        draft.add(
            "listen: \(listenText)",
            because: [
                "`letterhead check` reads this file as `letterhead run` does; \(Documentation.reference("README.md")) has every key.",
                "Where clients come in, by IPv4 and IPv6; 127.0.0.1:8080 is for this machine alone.",
            ], option: "--listen", gap: false)
        draft.add(
            "admin: 127.0.0.1:9900",
            because: ["Health, metrics, reload (`letterhead reload`) and the inspector; not for clients."])
        draft.add("# inspector:", because: ["Shows exchanges as they pass, at http://127.0.0.1:9900/inspector."])
        draft.add("upstreams:")
        draft.add("  app: \(YAMLText.scalar(upstream))", option: "--upstream", gap: false)
        draft.add("response_headers:", because: ["From top to bottom, on every response, errors included."])
        addCORS(to: &draft, app)
        AppRules.add(to: &draft, app)
        for field in fields {
            draft.addRule(
                ["- set: { \(field.name.quoted): \(field.value.quoted) }"], because: [],
                option: "--set \("\(field.name): \(field.value)".quoted)")
        }
        return draft
    }

    /// A port of all addresses needs no quotes here.
    private var listenText: String {
        listen.hasPrefix(":") && UInt16(listen.dropFirst()) != nil ? listen : YAMLText.scalar(listen)
    }

    private func addCORS(to draft: inout InitDraft, _ app: AppFindings?) {
        guard let cors = CORSProposal(wanted: origins, credentials: hasCredentials, app) else {
            draft.addSuggestion(
                [
                    "- cors:", "    allow_origins: [https://app.example]",
                    "    allow_methods: \(YAMLText.list(CORSProposal.usualMethods))", "    allow_headers: [Content-Type]",
                ],
                because: (app.map { ["The app sends no CORS headers to a page of \($0.origin)."] } ?? []) + [
                    "For pages of other origins that read the answers:"
                ])
            return
        }
        draft.addRule(
            cors.lines, because: cors.reasons,
            option: origins.isEmpty ? nil : "--allow-origin \(origins.joined(separator: ", ").quoted)",
            isFromApp: origins.isEmpty)
    }
}
