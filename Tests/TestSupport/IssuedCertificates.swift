import Foundation

/// An authority and what it issued, made by openssl for this run of the tests: paths of PEM files.
package struct Certificates: Sendable {
    package let authority: String
    /// For localhost and 127.0.0.1.
    package let server: String
    package let serverKey: String
    /// For other.example, and 127.0.0.1.
    package let otherName: String
    /// For localhost, until yesterday.
    package let expired: String
    package let client: String
    package let clientKey: String
    /// Nothing of it is signed by `authority`.
    package let stranger: String

    package static let shared = Result { try Certificates() }

    private init() throws {
        let folder = Places.scratch("certificates")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func path(_ name: String) -> String { "\(folder)/\(name)" }
        func authority(_ name: String) throws -> String {
            try openssl(
                ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj"]
                    + ["/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).pem")])
            return path("\(name).pem")
        }
        func issue(_ name: String, _ extensions: String, days: [String] = ["-days", "2"]) throws -> String {
            try extensions.write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
            try openssl(
                ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)"]
                    + ["-keyout", path("\(name).key"), "-out", path("\(name).csr")])
            try openssl(
                ["x509", "-req", "-in", path("\(name).csr"), "-CA", path("authority.pem"), "-CAkey", path("authority.key")]
                    + ["-CAcreateserial", "-extfile", path("\(name).ext"), "-out", path("\(name).pem")] + days)
            return path("\(name).pem")
        }
        self.authority = try authority("authority")
        stranger = try authority("stranger")
        server = try issue("server", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        serverKey = path("server.key")
        otherName = try issue("other", "subjectAltName=DNS:other.example,IP:127.0.0.1\n")
        expired = try issue("expired", "subjectAltName=DNS:localhost\n", days: ["-days", "-1"])
        client = try issue("client", "extendedKeyUsage=clientAuth\n")
        clientKey = path("client.key")
    }

    /// The key of a certificate made here.
    package func key(of certificate: String) -> String { certificate.replacing(".pem", with: ".key") }
}
