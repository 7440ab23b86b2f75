import HTTPModel
import HeaderPolicy
import ProxyCore

/// Judges the way to an answer that the page can read.
extension Doctor {
    /// Reports that the page can read the answer, but that a redirect has led to something else than was asked for. Returns true
    /// if it ended in an error status; a login is only a warning.
    mutating func judgeCourse(_ response: FetchResponse, _ url: WebURL, _ version: HTTPVersion) -> Bool {
        guard steps.contains(where: { $0.version == version && $0.isRedirect }) else { return false }
        let flask = "a redirect to a page answers a program badly: for these paths let the login answer 401"
        let isLogin = RedirectKind(question.url, "\(url)") == .login
        if response.status >= 400 {
            complain(
                .redirectedToError,
                "The page can read the answer, and it is not what was asked for: the redirect ends in \(response.status). "
                    + "The way was \(course(version)).",
                flask: isLogin ? flask : "ask for the final address with the method that it takes",
                instead: isLogin ? [:] : [.fastAPI: nil, .django: nil], version)
            return true
        }
        guard isLogin else { return false }
        complain(
            .redirectedToLogin, .warning,
            "The page gets a login page (\(response.status)) instead of what it asked for. The way was \(course(version)).",
            flask: flask, version)
        return false
    }

    /// Reports a redirect that made the request a GET. Where that may be meant it is only noted.
    mutating func judge(_ turn: MethodTurn, _ version: HTTPVersion) {
        let target = Redaction.text("\(turn.to)")
        guard turn.isLoss else {
            let note =
                "The \(turn.method) became a GET at \(target): right where the server (\(turn.status)) has done its work and shows the "
                + "result; to pass the \(turn.method) on it has to answer 307 or 308."
            if !notes.contains(note) { notes.append(note) }
            return
        }
        let ask = "ask for \(target)"
        let isSlash = RedirectKind(turn.from, "\(turn.to)") == .slash
        complain(
            .bodyLost, .warning, "\(turn.sentence) Let the page ask for \(target) at once.",
            flask: "\(ask), or redirect with 308",
            instead: [
                .fastAPI: "\(ask), or redirect with 308",
                .django: isSlash ? "APPEND_SLASH: \(ask), as urlpatterns has it" : "\(ask): Django's redirects are 301 and 302",
                .letterhead:
                    "where it is a `redirect` of a route or `redirect_to_https`, `status: 308`, or 307 while it may change",
            ], version)
    }

    /// Returns the requests and statuses over a version, as text.
    func course(_ version: HTTPVersion) -> String { steps.filter { $0.version == version }.course }
}

extension DoctorStep {
    package var text: String { "\(method) \(url) \(status)" }
}

extension [DoctorStep] {
    /// The steps in order; a step that was repeated at once is told once, with its count.
    package var course: String {
        var runs: [(text: String, count: Int)] = []
        for step in self {
            if let last = runs.last, last.text == step.text {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((step.text, 1))
            }
        }
        return runs.map { $0.count == 1 ? $0.text : "\($0.text) (\($0.count) times)" }.joined(separator: ", ")
    }
}
