/// A page that asks. Where it comes from decides what it may read.
enum Asker: String, CaseIterable, Sendable {
    /// `http://127.0.0.1:PORT`: another origin than the proxy, by its port, and the same site, so that its cookies go along.
    case page
    /// `http://shop.localhost:PORT`
    case shop
    /// `http://eu.shop.localhost:PORT`
    case branch
    /// A sandboxed frame, whose origin is `null`.
    case sandbox

    func origin(port: Int) -> String {
        switch self {
        case .page: "http://127.0.0.1:\(port)"
        case .shop: "http://shop.localhost:\(port)"
        case .branch: "http://eu.shop.localhost:\(port)"
        case .sandbox: "null"
        }
    }

    /// Where its document is fetched from.
    func address(port: Int) -> String {
        "\((self == .sandbox ? Asker.page : self).origin(port: port))/\(rawValue)"
    }
}
