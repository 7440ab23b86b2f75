/// Computes the ASCII form of a label (RFC 3492), for suggestions of how to write it.
enum Punycode {
    static func label(_ label: Substring) -> String {
        let scalars = label.unicodeScalars.map(\.value)
        guard scalars.contains(where: { $0 >= 0x80 }), scalars.count <= 63 else { return String(label) }
        var output = String(label.unicodeScalars.filter(\.isASCII))
        var done = output.utf8.count
        let basic = done
        if basic > 0 { output += "-" }
        var (code, delta, bias) = (UInt32(0x80), 0, 72)
        while done < scalars.count {
            guard let next = scalars.filter({ $0 >= code }).min() else { break }
            delta += Int(next - code) * (done + 1)
            code = next
            for scalar in scalars {
                if scalar < code { delta += 1 }
                guard scalar == code else { continue }
                append(delta, bias, to: &output)
                bias = adapted(delta, points: done + 1, isFirst: done == basic)
                delta = 0
                done += 1
            }
            delta += 1
            code += 1
        }
        return "xn--" + output
    }

    private static func append(_ delta: Int, _ bias: Int, to output: inout String) {
        func digit(_ value: Int) -> Character {
            Character(Unicode.Scalar(UInt8(truncatingIfNeeded: value < 26 ? 0x61 + value : 0x16 + value)))
        }
        var (rest, base) = (delta, 36)
        while true {
            let threshold = base <= bias ? 1 : min(26, base - bias)
            if rest < threshold { break }
            output.append(digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            base += 36
        }
        output.append(digit(rest))
    }

    private static func adapted(_ delta: Int, points: Int, isFirst: Bool) -> Int {
        var (rest, bias) = (isFirst ? delta / 700 : delta / 2, 0)
        rest += rest / points
        while rest > 455 {
            rest /= 35
            bias += 36
        }
        return bias + 36 * rest / (rest + 38)
    }
}
