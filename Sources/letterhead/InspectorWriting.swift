import Admin
import Diagnosis
import ProxyConfig
import ProxyCore

extension Inspector.Writing {
    /// Writes the JSON that the inspector's page reads.
    static let asJSON = Self(
        exchange: { InspectionJSON.text(of: $1, number: $0) }, policy: { PolicyJSON.text(of: $0.source) },
        har: HAR(head: HARWriter.head(version: Letterhead.version), foot: HARWriter.foot) { HARWriter.entry($0) })
}
