import HTTPModel
import HeaderPolicy

/// What is known of an exchange as it would be if no rule were in shadow. Nothing of it is sent.
public final class ShadowTrial {
    /// What would differ, the request first; nil until the response has passed the stage.
    public internal(set) var differences: [ShadowDifference]?

    // These replace the exchange's own values while the trial's rules run. They differ only if no rule outside of the shadow uses
    // them.
    var nonce: [UInt8]
    var traceparent: [UInt8]
    /// What would differ in the request that is sent to the app.
    var request: [FieldDifference] = []
    /// Fields from which rules may have copied secrets, besides those of the client and those that are sent: the request after
    /// the rules, and the response before them.
    var forwarded = Fields()
    var came = Fields()
    /// What the response rules in shadow would do, if they are traced.
    var responseSteps: [StageTrace.Step] = []
    /// The answer, if the app would give it instead of the proxy, or the other way round.
    var answer: Answer?

    init(nonce: [UInt8], traceparent: [UInt8]) {
        self.nonce = nonce
        self.traceparent = traceparent
    }

    struct Answer {
        /// Nil if an app would answer that was not asked.
        var head: ResponseHead?
        var source: ExchangeFacts.Source
        var reason: Reason?
        /// The app that would be asked; nil if none would be.
        var upstream: String?
    }
}
