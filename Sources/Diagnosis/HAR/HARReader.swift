import HTTPModel

/// Reads the entries of a HAR (HTTP Archive 1.2) one by one, so that only one entry is in memory, however large the file is.
package struct HARReader: ~Copyable {
    private enum State { case start, log, entries, done }

    private var json: JSONStream
    private var state = State.start
    private var hasEntries = false
    /// The number of entries that have begun, and of those that could be read.
    private var count = 0
    private var completed = 0
    /// The name of the software that made the recording: `WebInspector`, `Firefox`, `mitmproxy`.
    private(set) var creator = ""
    /// The origins of pages, by their ids.
    private(set) var pages: [String: String] = [:]

    /// The number of fields of a message, and of pages, that are kept.
    private static let limit = 1_000

    /// - Parameter source: overwrites the buffer with the next part of the file; returns the number of bytes, 0 at the end.
    package init(source: @escaping (inout [UInt8]) throws -> Int) { json = JSONStream(source) }

    /// Returns the next entry; nil at the end.
    package mutating func next() throws(HARError) -> RecordedExchange? {
        do throws(JSONFault) {
            return try read()
        } catch {
            state = .done
            throw HARError(error, within: count, completed)
        }
    }

    private mutating func read() throws(JSONFault) -> RecordedExchange? {
        if state == .start { state = try findLog() ? .log : .done }
        while state == .log { try readLog() }
        guard state == .entries else {
            if state == .done, count == 0, !hasEntries { throw JSONFault(kind: .unexpected, offset: 0) }
            return nil
        }
        guard try json.nextItem() else {
            state = .log
            return try read()
        }
        count += 1
        let entry = try entry()
        completed += 1
        return entry
    }

    private mutating func findLog() throws(JSONFault) -> Bool {
        guard try json.kind() == .object, try json.enterObject() else { throw JSONFault(kind: .unexpected, offset: 0) }
        while try json.nextKey() {
            if json.isToken("log") { return try json.enterObject() }
            try json.skipValue()
        }
        return false
    }

    /// Reads up to the entries, or to the end. Anything after the log is ignored.
    private mutating func readLog() throws(JSONFault) {
        while try json.nextKey() {
            if json.isToken("entries") {
                guard try json.enterArray() else { continue }
                (state, hasEntries) = (.entries, true)
                return
            } else if json.isToken("creator") {
                try readCreator()
            } else if json.isToken("pages") {
                try readPages()
            } else {
                try json.skipValue()
            }
        }
        state = .done
    }

    private mutating func readCreator() throws(JSONFault) {
        guard try json.enterObject() else { return }
        while try json.nextKey() {
            guard json.isToken("name") else {
                try json.skipValue()
                continue
            }
            creator = try text() ?? ""
        }
    }

    /// Reads the pages. Chrome's title of a page is its URL.
    private mutating func readPages() throws(JSONFault) {
        guard try json.enterArray() else { return }
        while try json.nextItem() {
            guard try json.enterObject() else { continue }
            var (id, title) = ("", "")
            while try json.nextKey() {
                if json.isToken("id") {
                    id = try text() ?? ""
                } else if json.isToken("title") {
                    title = try text() ?? ""
                } else {
                    try json.skipValue()
                }
            }
            if pages.count < Self.limit, let origin = WebURL(title)?.origin { pages[id] = origin }
        }
    }

    // MARK: An entry

    private mutating func entry() throws(JSONFault) -> RecordedExchange {
        var entry = RecordedExchange(number: count)
        guard try json.enterObject() else { return entry }
        while try json.nextKey() {
            if json.isToken("request") {
                try readRequest(&entry)
            } else if json.isToken("response") {
                try readResponse(&entry)
            } else if json.isToken("_resourceType") {
                entry.resource = try text()?.lowercased()
            } else if json.isToken("pageref") {
                entry.page = try text()
            } else {
                try json.skipValue()
            }
        }
        return entry
    }

    private mutating func readRequest(_ entry: inout RecordedExchange) throws(JSONFault) {
        guard try json.enterObject() else { return }
        while try json.nextKey() {
            if json.isToken("method") {
                entry.method = try text() ?? ""
            } else if json.isToken("url") {
                entry.url = try text() ?? ""
            } else if json.isToken("headers") {
                entry.requestFields = try fields()
            } else if json.isToken("cookies") {
                guard try json.enterArray() else { continue }
                while try json.nextItem() {
                    entry.hasCookies = true
                    try json.skipValue()
                }
            } else {
                try json.skipValue()
            }
        }
    }

    private mutating func readResponse(_ entry: inout RecordedExchange) throws(JSONFault) {
        guard try json.enterObject() else { return }
        while try json.nextKey() {
            if json.isToken("status") {
                entry.status = try text().flatMap(Self.status) ?? 0
            } else if json.isToken("headers") {
                entry.responseFields = try fields()
            } else if json.isToken("_error") || json.isToken("_failureText") {
                if let text = try text(), !text.isEmpty { entry.error = text }
            } else {
                try json.skipValue()
            }
        }
    }

    private static func status(_ text: String) -> Int? {
        Int(text.prefix { $0 != "." }).flatMap { 100...999 ~= $0 ? $0 : nil }
    }

    private mutating func text() throws(JSONFault) -> String? { try json.readScalar() ? json.text : nil }

    /// Reads `[{ name, value }]`; an object of names and values, as some software writes it, is accepted as well.
    private mutating func fields() throws(JSONFault) -> [FieldText] {
        var fields: [FieldText] = []
        if try json.kind() == .object {
            guard try json.enterObject() else { return [] }
            while try json.nextKey() {
                let name = json.text
                if let value = try text() { Self.append(name, value, to: &fields) }
            }
            return fields
        }
        guard try json.enterArray() else { return [] }
        while try json.nextItem() {
            guard try json.enterObject() else { continue }
            var name: String?
            var value = ""
            while try json.nextKey() {
                if json.isToken("name") {
                    name = try text()
                } else if json.isToken("value") {
                    value = try text() ?? ""
                } else {
                    try json.skipValue()
                }
            }
            if let name { Self.append(name, value, to: &fields) }
        }
        return fields
    }

    /// Appends a field, except the pseudo-fields of HTTP/2. Some software joins several lines of a name into one text.
    private static func append(_ name: String, _ value: String, to fields: inout [FieldText]) {
        guard fields.count < limit, !name.hasPrefix(":"), Fields.isName(name.utf8.span) else { return }
        let lines = value.utf8.split(separator: 0x0A).map(trimmed).filter { !$0.isEmpty }
        for line in lines.isEmpty ? [""] : lines.prefix(limit - fields.count) { fields.append(FieldText(name, line)) }
    }

    /// Returns the line as HTTP and browsers take it: without whitespace at either end.
    private static func trimmed(_ line: Substring.UTF8View) -> String {
        func isSpace(_ byte: UInt8) -> Bool { Octet.isBlank(byte) || byte == 0x0D }
        let start = line.drop(while: isSpace)
        return String(Substring(start[..<(start.lastIndex { !isSpace($0) }.map(start.index(after:)) ?? start.startIndex)]))
    }
}

/// The reason why a HAR cannot be read, or not to its end.
package struct HARError: Error, Hashable, CustomStringConvertible {
    package var description: String
    /// The number of entries that could be read.
    package var entries: Int

    init(_ fault: JSONFault, within count: Int, _ completed: Int) {
        let place = count == 0 ? "" : count > completed ? ", in entry \(count)" : ", behind entry \(count)"
        entries = completed
        switch fault.kind {
        case .ends: description = fault.offset == 0 ? "it is empty" : "it ends in the middle\(place)"
        case .unexpected where fault.offset == 0:
            description = "it is no HAR: that is a JSON object with a `log` that has `entries` (unpack what is compressed)"
        case .unexpected: description = "it is no JSON from byte \(fault.offset + 1) on\(place)"
        case .unreadable(let text): description = text
        }
    }
}
