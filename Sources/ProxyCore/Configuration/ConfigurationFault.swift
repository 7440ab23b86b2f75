public import HeaderPolicy

/// Something that is wrong with what a configuration refers to, a file of certificates for example.
public struct ConfigurationFault: Error, Hashable {
    public var location: SourceLocation
    public var message: String
    /// What to do; nil where the message says it.
    public var suggestion: String?

    public init(_ message: String, at location: SourceLocation, suggestion: String? = nil) {
        self.location = location
        self.message = message
        self.suggestion = suggestion
    }
}
