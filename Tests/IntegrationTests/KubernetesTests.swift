import Foundation
import HeaderPolicy
import ProxyConfig
import ProxyCore
import TestSupport
import Testing

/// The manifests for Kubernetes: their configuration is good, and nobody but the kubelet gets to the admin listener.
@Suite struct KubernetesTests {
    private static func manifest(_ name: String) throws -> String {
        try String(contentsOfFile: "\(Places.repository)/docker/kubernetes/\(name).yaml", encoding: .utf8)
    }

    /// What the ConfigMap has under `letterhead.yaml`.
    private static func configuration(_ manifest: String) -> String {
        let lines = manifest.split(separator: "\n", omittingEmptySubsequences: false)
        let inside = lines.drop { $0 != "  letterhead.yaml: |" }.dropFirst().prefix { $0.hasPrefix("    ") || $0.isEmpty }
        return inside.map { $0.dropFirst(4) }.joined(separator: "\n") + "\n"
    }

    @Test(arguments: ["letterhead", "sidecar"], ["10.42.7.3", "fd00:10:42::7"])
    func adminIsThePodsAlone(_ name: String, _ address: String) throws {
        let manifest = try Self.manifest(name)
        let loader = ConfigurationLoader(environment: ["POD_IP": address]) { _ in [] }
        let configuration = try loader.load(text: Self.configuration(manifest), file: "letterhead.yaml")
        #expect(configuration.admin?.value == .tcp(host: address, port: 9900))
        #expect(configuration.trustedProxies.isEmpty && configuration.watch)
        // Without the address it does not run, rather than listen everywhere.
        #expect(throws: ConfigurationErrors.self) {
            try ConfigurationLoader(environment: [:]) { _ in [] }.load(
                text: Self.configuration(manifest), file: "letterhead.yaml")
        }
        #expect(manifest.contains("kind: NetworkPolicy") && manifest.contains("- ports: [{ port: http }]"))
        #expect(
            manifest.contains("fieldPath: status.podIP") && !manifest.contains("0.0.0.0:9900") && !manifest.contains("10.0.0.0/8")
        )
    }
}
