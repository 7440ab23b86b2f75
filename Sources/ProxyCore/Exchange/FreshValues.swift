import HTTPModel
public import HeaderPolicy

/// Makes the values that rules may write and that are new for each exchange: its W3C trace context and its nonce.
public enum FreshValues {
    /// Sets `facts.traceparent`. Where request rules write the field, a trace that a trusted peer began continues under a new
    /// parent id, with its flags, and any other exchange begins a trace of its own, which is not sampled (W3C Trace Context
    /// §3.2). Otherwise the app gets the client's field, so its trace is the exchange's.
    ///
    /// - Parameter isWritten: `CompiledPolicy.writesTraceparent`.
    public static func traceparent(
        for facts: inout ExchangeFacts, isWritten: Bool, peerIsTrusted: Bool, random: inout some RandomNumberGenerator
    ) {
        var value = Array("00-".utf8)
        let taken = peerIsTrusted || !isWritten ? trace(facts.request.fields) : nil
        if let taken {
            value += taken.traceID
        } else {
            value.append(hexadecimal: random.next())
            value.append(hexadecimal: random.next() | 1)
        }
        value.append(0x2D)
        if let taken, !isWritten {
            value += taken.parentID
        } else {
            value.append(hexadecimal: random.next() | 1)
        }
        value.append(0x2D)
        value += taken?.flags ?? Array("00".utf8)
        facts.traceparent = value
    }

    /// Removes what the client's `tracestate` says of a trace, if the request does not go on with that trace.
    public static func dropTraceState(of facts: inout ExchangeFacts, peerIsTrusted: Bool) {
        guard facts.request.fields.mayContain(traceState), !peerIsTrusted || trace(facts.request.fields) == nil else { return }
        facts.request.fields.remove(traceState)
    }

    private static let traceState = FieldNames.standard.id(of: "Tracestate".utf8.span)

    /// Sets `facts.nonce` to 128 bits from a cryptographic generator, as hexadecimal digits.
    public static func nonce(for facts: inout ExchangeFacts, random: inout some RandomNumberGenerator) {
        facts.nonce.clear()
        facts.nonce.append(hexadecimal: random.next())
        facts.nonce.append(hexadecimal: random.next())
    }

    /// Returns the trace id, the parent id and the flags if there is one valid `traceparent`; nil otherwise.
    static func trace(_ fields: borrowing Fields) -> (traceID: [UInt8], parentID: [UInt8], flags: [UInt8])? {
        let id = FieldNames.standard.id(of: "Traceparent".utf8.span)
        guard let line = fields.firstIndex(of: id), fields.firstIndex(of: id, from: line + 1) == nil else { return nil }
        let value = fields.value(at: line)
        // The format is version "-" trace-id "-" parent-id "-" flags; a later version may continue after another dash.
        guard value.count >= 55, value[2] == 0x2D, value[35] == 0x2D, value[52] == 0x2D,
            isHexadecimal(value.extracting(0..<2)), isHexadecimal(value.extracting(3..<35)),
            isHexadecimal(value.extracting(36..<52)), isHexadecimal(value.extracting(53..<55)),
            !value.extracting(0..<2).equals("ff"),
            value.count == 55 || (!value.extracting(0..<2).equals("00") && value[55] == 0x2D),
            !isZero(value.extracting(3..<35)), !isZero(value.extracting(36..<52))
        else { return nil }
        return (
            Array(copying: value.extracting(3..<35)), Array(copying: value.extracting(36..<52)),
            Array(copying: value.extracting(53..<55))
        )
    }

    /// Whether all bytes are lower-case hexadecimal digits; the standard allows no upper-case ones.
    private static func isHexadecimal(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices {
            guard Octet.isDigit(bytes[index]) || 0x61...0x66 ~= bytes[index] else { return false }
        }
        return true
    }

    private static func isZero(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where bytes[index] != 0x30 { return false }
        return true
    }
}
