import HeaderPolicy
import ProxyCore

/// Asks for the choices of `letterhead init` at a terminal.
struct InitQuestions {
    /// Shows a question.
    var show: (String) -> Void
    /// Reads the answer; nil at the end of the input.
    var read: () -> String?

    /// - Parameter found: the address of an app that was found, or nil.
    func answers(found: SocketTarget?) -> (answers: InitAnswers, asksApp: Bool) {
        var answers = InitAnswers()
        let app = ask("Where is the app?", found.map { "http://\($0)" } ?? InitAnswers.usualUpstream)
        answers.upstream = TypedAddress.upstream(app)
        let asksApp =
            answers.upstream.hasPrefix("http") && isYes("Ask it what it sends today, and begin with that?", found != nil)
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
        return (answers, asksApp)
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
