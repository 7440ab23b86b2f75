import ProxyConfig

/// A duration as it is written in a configuration, `5s` or `500ms`; a number alone is milliseconds.
struct Milliseconds: ArgumentValue {
    var count: Int

    init(_ count: Int) { self.count = count }

    init?(argument: String) {
        switch Quantity.duration(argument) {
        case .value(let count), .noUnit(let count): self.count = count
        case .negative, .tooLarge, .malformed: return nil
        }
    }

    static let form: String? = "5s or 500ms"

    var word: String { count % 1000 == 0 ? "\(count / 1000)s" : "\(count)ms" }

    func check(_ option: String, upTo most: Int) throws(ValidationError) {
        guard count > 0, count <= most else {
            throw ValidationError("\(option) takes 1ms to \(Milliseconds(most).word), not \(word)")
        }
    }
}
