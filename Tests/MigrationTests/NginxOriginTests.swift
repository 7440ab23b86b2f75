import Migration
import Testing

/// Expressions of origins whose pages act as the user: what is wider than was meant is narrowed, and said.
struct NginxOriginTests {
    @Test(
        arguments: [
            ("~^https://[a-z]+\\.reed\\.example$", "regex:https://[a-z]+\\\\.reed\\\\.example", nil),
            (
                "~^https?://(.+\\.)?reed.example", "https?://(.+\\\\.)?reed[.]example(?::[0-9]+)?",
                "act as the user, which is anybody's"
            ),
            ("~larch.example$", "regex:https?://larch[.]example", "act as the user, which is anybody's"),
            ("~^https?://(.*)$", "regex:https?://(.*)", "they are left out"),
        ] as [(String, String, String?)])
    func narrowed(_ expression: String, _ origin: String, _ note: String?) throws {
        let text = """
            map $http_origin $partner { default ""; "\(expression)" $http_origin; }
            server { location / {
                add_header Access-Control-Allow-Origin $partner;
                add_header Access-Control-Allow-Credentials true;
                proxy_pass http://127.0.0.1:5000;
            } }
            """
        let yaml = try NginxImport.yaml(text, file: "nginx.conf")
        #expect(yaml.contains(origin), "\(yaml)")
        #expect(yaml.contains("which is anybody's") == (note?.contains("anybody") ?? false))
        #expect(yaml.contains("they are left out") == (note == "they are left out"))
        #expect(yaml.contains("allow_credentials: true") == (note != "they are left out"))
    }
}
