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
        let origins = ask("Whose pages may read its answers? Origins such as http://localhost:3000, with commas between", "none")
        if origins != "none" {
            answers.origins = origins.split { $0 == "," || $0 == " " }.map(String.init)
            answers.hasCredentials = !answers.origins.contains("*") && isYes("Do they send cookies?", false)
        }
        answers.listen = TypedAddress.listen(ask("Where shall the proxy listen?", answers.listen))
        return (answers, asksApp)
    }

    private func ask(_ question: String, _ standard: String) -> String {
        show("\(question) [\(standard)] ")
        let answer = (read() ?? "").filter { !$0.isNewline }
        return answer.allSatisfy(\.isWhitespace) ? standard : answer
    }

    private func isYes(_ question: String, _ standard: Bool) -> Bool {
        switch ask(question, standard ? "yes" : "no").lowercased() {
        case "y", "yes", "true": true
        default: false
        }
    }
}
