import Foundation
import ProxyCore

/// Lines for people and for log collectors; nothing in them steers a terminal.
enum StandardError {
    static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.visibleLines.utf8))
    }
}
