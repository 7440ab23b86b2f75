import Diagnosis
import HTTPModel
import HeaderPolicy
import Testing

/// `doctor` where the page, or what it is asked with, is a part of what is wrong.
@Suite struct DoctorPageTests {
    /// Asks a server that says the same to everybody.
    private static func doctor(
        _ url: String, _ fields: [(String, String)], _ change: (inout DoctorQuestion) -> Void = { _ in }
    ) async throws -> (complaints: [Complaint], steps: [DoctorStep]) {
        var question = DoctorQuestion(url: try #require(WebURL(url)), origin: "https://app.example")
        change(&question)
        let response = FetchResponse(status: 200, fields: fields.map { FieldText($0.0, $0.1) })
        var doctor = Doctor(question) { _ in .response(response, body: []) }
        return (await doctor.examine(), doctor.steps)
    }

    private static let own = ("Access-Control-Allow-Origin", "https://app.example")

    /// A method in lower case is the page's to mend, and what a server has to allow is in capitals.
    @Test(arguments: [("GET, PATCH", 0), ("GET", 4), ("patchy", 4)])
    func methodInLowerCase(_ allowed: String, _ remedies: Int) async throws {
        let fields = [Self.own, ("Access-Control-Allow-Methods", allowed)]
        let found = try await Self.doctor("https://api.example/", fields) { $0.method = "patch" }
        let complaint = try #require(found.complaints.first { $0.code == .methodNotAllowed })
        #expect(complaint.text.contains("let the page say `method: 'PATCH'`"), "\(complaint)")
        #expect(complaint.remedies.count == remedies, "\(complaint.remedies)")
        for remedy in complaint.remedies { #expect(remedy.text.contains("PATCH") && !remedy.text.contains("patch"), "\(remedy)") }
    }

    /// Of several attributes the last one counts, and blanks around it do not.
    @Test(arguments: [
        ("a=b; Secure; SameSite = None", false), ("a=b; Secure; samesite=none", false),
        ("a=b; Secure; SameSite=Lax; SameSite=None", false), ("a=b; Secure; SameSite=None; SameSite=Lax", true),
        ("a=SameSite=None; Secure", true), ("samesite=none; Secure", true),
    ])
    func sameSite(_ cookie: String, _ isTold: Bool) async throws {
        let found = try await Self.doctor("https://api.other.example/", [("Set-Cookie", cookie)]) { $0.credentials = .include }
        #expect(found.complaints.contains { $0.code == .cookieNotSentAcross } == isTold)
    }

    /// An app of its own has a scheme of its own, and may be let in.
    @Test(arguments: [("capacitor://localhost", DoctorCode.originDiffers), ("https://app.example/", .malformedOrigin)])
    func otherOrigins(_ allowed: String, _ code: DoctorCode) async throws {
        let found = try await Self.doctor("https://api.example/", [("Access-Control-Allow-Origin", allowed)])
        #expect(found.complaints.map(\.code) == [code])
    }

    /// Nothing is asked for a URL that `fetch` does not take.
    @Test func userInURL() async throws {
        let found = try await Self.doctor("https://u:p@api.example/", [Self.own])
        #expect(found.complaints.map(\.code) == [.requestRefused] && found.steps.isEmpty)
    }
}
