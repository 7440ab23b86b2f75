import HTTPModel
import HeaderPolicy

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
