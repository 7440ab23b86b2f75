/// Where the documentation is read.
package enum Documentation {
    /// The only place where the address stands. It is an example as long as nothing has been published.
    package static let address = "https://letterhead.example"

    /// A page of the reference, such as `lint.md`, or a section of it.
    package static func reference(_ page: String) -> String { "\(address)/config/reference/\(page)" }
}
