import HTTPModel
import ProxyCore

extension [ShadowDifference] {
    /// The differences for programs, in the words of `letterhead diff`.
    var json: JSONText {
        .list(
            map { one in
                .object([
                    ("part", .text(one.part.rawValue)), ("field", .text(one.difference.field)),
                    ("change", .text(one.difference.change.rawValue)), ("old", .texts(one.difference.old)),
                    ("new", .texts(one.difference.new)),
                ])
            })
    }
}
