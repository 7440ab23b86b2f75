import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

extension PageFetch.Mode: ArgumentValue {}
extension PageFetch.Credentials: ArgumentValue {}

/// How a report is written.
enum ReportForm: String, ArgumentValue, CaseIterable { case text, json }

/// The options that describe what a page asks. What a browser would never send is refused before anything is sent.
enum PageOption {
    /// Accepts scheme, host and port, as a browser writes them, or `null`.
    static func check(origin: String) throws(ValidationError) {
        guard !PageOrigin.isValid(origin) else { return }
        throw ValidationError(
            "--origin takes scheme, host and port of the page, such as https://app.example, not \"\(origin)\": \(PageOrigin.help(origin))"
        )
    }

    static func check(method: String) throws(ValidationError) {
        guard !Fields.isName(method.utf8.span) else { return }
        throw ValidationError("--method takes the name of one method, such as PUT, not \"\(method)\"")
    }

    /// Reads the fields that a page sets. Only the browser sets fields that frame the message, and the origin has an option of
    /// its own.
    static func fields(_ headers: [String]) throws(ValidationError) -> [FieldText] {
        let fields = try FieldText.all(headers)
        for field in fields {
            switch field.name.lowercased() {
            case "origin": throw ValidationError("--header \(field.name): the origin of the page is said by --origin")
            case "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade":
                throw ValidationError("--header \(field.name): no page can set that, the browser does: leave it out")
            default: break
            }
        }
        return fields
    }
}

extension FieldText {
    /// Reads what was given with `--header`.
    static func all(_ headers: [String]) throws(ValidationError) -> [FieldText] {
        try headers.map { header throws(ValidationError) in try FieldText(argument: header, "--header") }
    }

    /// `Name: value`.
    init(argument: String, _ option: String) throws(ValidationError) {
        guard let colon = argument.firstIndex(of: ":") else {
            throw ValidationError("\(option) takes `Name: value`, not \"\(argument)\"")
        }
        let value = argument[argument.index(after: colon)...].drop { $0 == " " }
        self.init(String(argument[..<colon]), String(value))
        guard Fields.isName(name.utf8.span) else {
            throw ValidationError("\(option) takes `Name: value`, and \"\(name)\" is not the name of a header")
        }
        guard Fields.isValue(self.value.utf8.span) else {
            throw ValidationError(
                "\(option): no header may have the value of \"\(argument)\": a line break or another control is in it")
        }
    }
}
