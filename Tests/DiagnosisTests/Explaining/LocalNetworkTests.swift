import Diagnosis
import HTTPModel
import Testing

/// Whom Chrome asks before a page reaches the local network.
@Suite struct LocalNetworkTests {
    @Test(arguments: [
        ("https://app.example", "http://localhost:5000/", "this machine"),
        ("https://app.example", "http://127.0.0.2/", "this machine"),
        ("https://app.example", "http://a.localhost/", "this machine"),
        ("https://app.example", "http://[::1]:8080/", "this machine"),
        ("https://app.example", "http://[::ffff:127.0.0.1]/", "this machine"),
        ("https://app.example", "http://0.0.0.0/", "this machine"),
        ("https://8.8.8.8", "http://10.1.2.3/", "the local network"),
        ("https://app.example", "http://172.16.0.1/", "the local network"),
        ("https://app.example", "http://172.31.255.255/", "the local network"),
        ("https://app.example", "http://192.168.1.1/", "the local network"),
        ("https://app.example", "http://169.254.1.1/", "the local network"),
        ("https://app.example", "http://[fd00::1]/", "the local network"),
        ("https://app.example", "http://[fe80::1]/", "the local network"),
        ("https://app.example", "https://printer.local/", "the local network"),
        ("https://app.example", "https://intranet/", "the local network"),
        ("http://192.168.1.2", "http://localhost/", "this machine"),
        ("https://app.example", "https://api.example/", nil), ("https://app.example", "https://172.32.0.1/", nil),
        ("https://app.example", "https://[2001:db8::1]/", nil), ("http://localhost:3000", "http://localhost:5000/", nil),
        ("http://localhost:3000", "http://192.168.1.1/", nil), ("http://10.0.0.1", "http://192.168.1.1/", nil),
        ("null", "http://localhost/", nil),
        ("https://127.0.0.1.example", "https://localhost.example/", nil),
    ])
    func asks(_ origin: String, _ url: String, _ place: String?) throws {
        let note = LocalNetwork.note(origin: origin, url: try #require(WebURL(url)))
        #expect((note != nil) == (place != nil))
        if let note, let place {
            #expect(note.contains("may reach \(place) (Local Network Access)"))
            #expect(note.contains("refused without a question") == origin.hasPrefix("http://"))
        }
    }
}
