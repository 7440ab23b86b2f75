import HeaderPolicy
import ProxyCore

extension [PolicyTestResult] {
    package var failed: Int { count { !$0.failures.isEmpty } }

    /// Returns the results for people: what failed and where, then the count. The text ends with a newline.
    ///
    /// - Parameter inShadow: how many rules of the tested configurations are in shadow.
    package func text(_ style: Style, inShadow: Int = 0) -> String {
        var lines: [String] = []
        for result in self where !result.failures.isEmpty {
            lines.append(style.red("failed") + " \(result.test.name.visible)  \(style.dim("[\(result.test.location)]"))")
            for failure in result.failures { lines.append("  \(failure.location): \(failure.message.visible)") }
        }
        let summary = "\(count - failed) of \(count) tests passed"
        lines.append(failed == 0 ? style.green(summary) : style.red(summary))
        if inShadow > 0 {
            lines.append(
                style.dim(
                    inShadow == 1 ? "1 rule is in shadow, and did not act" : "\(inShadow) rules are in shadow, and did not act"))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The results as JUnit XML, which build servers read.
    package var junit: String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuite name=\"letterhead\" tests=\"\(count)\" failures=\"\(failed)\">\n"
        for result in self {
            let start =
                "  <testcase name=\"\(Self.escaped(result.test.name))\" classname=\"\(Self.escaped(result.test.location.file))\""
            guard !result.failures.isEmpty else {
                text += start + "/>\n"
                continue
            }
            text += start + ">\n"
            for failure in result.failures {
                text +=
                    "    <failure message=\"\(Self.escaped(failure.message))\">\(Self.escaped("\(failure.location)"))</failure>\n"
            }
            text += "  </testcase>\n"
        }
        return text + "</testsuite>\n"
    }

    private static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t": output += "\u{FFFD}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
