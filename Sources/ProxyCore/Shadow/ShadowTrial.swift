import HTTPModel
import HeaderPolicy

/// What is known of an exchange as it would be if no rule were in shadow. Nothing of it is sent.
public final class ShadowTrial {
    /// What would differ, the request first; nil until the response has passed the stage.
    public internal(set) var differences: [ShadowDifference]?

    // These take the place of the exchange's own while the trial's rules run. They differ where only a rule in shadow asks for them.
    var nonce: [UInt8]
    var traceparent: [UInt8]
    /// What would differ in the request that is sent to the app.
    var request: [FieldDifference] = []
    /// The fields that rules may have copied secrets from, beside those of the client and those that are sent: the request as the
    /// rules made it, and the response before them.
    var forwarded = Fields()
    var came = Fields()
    /// What the response rules in shadow would do, if it is traced.
    var responseSteps: [StageTrace.Step] = []
    /// The answer, where somebody else would give it than does.
    var answer: Answer?

    init(nonce: [UInt8], traceparent: [UInt8]) {
        self.nonce = nonce
        self.traceparent = traceparent
    }

    struct Answer {
        /// Nil where the app would answer that was not asked.
        var head: ResponseHead?
        var source: ExchangeFacts.Source
        var reason: Reason?
        /// The app that would be asked, if it is another than the one that was.
        var upstream: String?
    }
}
