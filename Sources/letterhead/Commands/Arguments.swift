import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

extension PageFetch.Mode: ArgumentValue {}
extension PageFetch.Credentials: ArgumentValue {}

/// How a report is written.
enum ReportForm: String, ArgumentValue, CaseIterable { case text, json }

/// What a page asks, as options say it: what a browser would never send is refused before anybody is asked.
enum PageOption {
    /// Scheme, host and port, as a browser writes them, or `null`.
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
}

extension FieldText {
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
