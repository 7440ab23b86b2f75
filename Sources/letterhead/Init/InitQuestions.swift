import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// Asks for the choices of `letterhead init` at a terminal.
struct InitQuestions {
    /// Shows a question.
    var show: (String) -> Void
    /// Reads the answer; nil at the end of the input.
    var read: () -> String?
    /// Says why an app does not answer; nil where it does.
    var trouble: (WebURL) async -> String?

    /// - Parameter found: the address of an app that was found, or nil.
    /// - Returns: the answers, and the page of the app to begin with, if it is to be asked.
    func answers(found: SocketTarget?) async -> (answers: InitAnswers, from: WebURL?) {
        var answers = InitAnswers()
        let from: WebURL?
        (answers.upstream, from) = await app(found: found)
        let origins = ask(
            "Whose pages may read its answers? Origins such as http://localhost:3000, with commas between", "none"
        ) { answer in
            answer == "none" ? nil : Self.origins(answer).compactMap { CORSPolicy.refusal(ofOrigin: $0) }.first
        }
        if origins != "none" {
            answers.origins = Self.origins(origins)
            answers.hasCredentials = !answers.origins.contains("*") && isYes("Do they send cookies?", false)
        }
        let listen = ask("Where shall the proxy listen?", answers.listen) { answer in
            TypedAddress.target(TypedAddress.listen(answer)) == nil ? "write a port, or an address such as 127.0.0.1:8080" : nil
        }
        answers.listen = TypedAddress.listen(listen)
        return (answers, from)
    }

    /// Asks where the app is until that can be an upstream, and until the app answers, if it is to be asked.
    private func app(found: SocketTarget?) async -> (upstream: String, from: WebURL?) {
        var isThere = found != nil
        while true {
            let app = ask("Where is the app?", found.map { "http://\($0)" } ?? InitAnswers.usualUpstream) {
                Self.refusal(ofUpstream: Self.upstream(TypedAddress.upstream($0)))
            }
            let typed = TypedAddress.upstream(app)
            let upstream = Self.upstream(typed)
            if upstream != typed { show("the upstream is \(upstream): the app gets the path of each request\n") }
            guard let url = WebURL(typed), isYes("Ask it what it sends today, and begin with that?", isThere) else {
                return (upstream, nil)
            }
            guard let trouble = await trouble(url) else { return (upstream, url) }
            show("\(url) does not answer: \(trouble)\n")
            // At the end of the input that is the answer, which ends this.
            isThere = false
        }
    }

    /// The address of an app by that of a page of it.
    private static func upstream(_ typed: String) -> String {
        guard let url = WebURL(typed), !url.hasUser, url.target != "/" else { return typed }
        return url.origin
    }

    /// Why a configuration does not take the address, and what to write instead; nil where it does.
    private static func refusal(ofUpstream address: String) -> String? {
        let text = "upstreams:\n  app: \(YAMLText.scalar(address))\n"
        let error = ConfigurationLoader.standard.read(text: text, file: "").diagnostics.first { $0.severity == .error }
        return error.map { $0.message + ($0.suggestion.map { ": \($0)" } ?? "") }
    }

    /// The origins in an answer. The slash behind an address that was copied is no part of one.
    private static func origins(_ answer: String) -> [String] {
        answer.split { $0 == "," || $0 == " " }.map { $0.hasSuffix("/") ? String($0.dropLast()) : String($0) }
    }

    /// Asks until there is an answer without a problem, or the input ends.
    private func ask(
        _ question: String, _ standard: String, problem: (_ answer: String) -> String? = { _ in nil }
    ) -> String {
        while true {
            show("\(question) [\(standard)] ")
            guard let line = read() else { return standard }
            let answer = line.filter { !$0.isNewline }
            guard !answer.allSatisfy(\.isWhitespace) else { return standard }
            guard let problem = problem(answer) else { return answer }
            show("\(problem)\n")
        }
    }

    private static let words = ["y": true, "yes": true, "true": true, "n": false, "no": false, "false": false]

    private func isYes(_ question: String, _ standard: Bool) -> Bool {
        let answer = ask(question, standard ? "yes" : "no") { Self.words[$0.lowercased()] == nil ? "write yes or no" : nil }
        return Self.words[answer.lowercased()] ?? standard
    }
}
