import HTTPModel
import Testing

/// Random changes to a list of fields, and the same to an array of texts.
@Suite struct FieldsWalkTests {
    private struct Line: Equatable {
        var name: String
        var value: String
    }

    private static let names = ["Host", "Vary", "Server", "X-Frame-Options", "X-Own", "x-own"]

    @Test("A list is what an array of lines would be, however its storage is used again", arguments: UInt64(1)...40)
    func walk(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var (fields, model) = (Fields(), [Line]())
        var (other, otherModel) = (Fields(), [Line]())
        for _ in 0..<400 {
            let name = Self.names[Int.random(in: 0..<Self.names.count, using: &random)]
            let value = String(repeating: "v", count: Int.random(in: 0...70, using: &random))
            let place = model.isEmpty ? 0 : Int.random(in: 0..<model.count, using: &random)
            let id = FieldNames.standard.id(of: name.utf8.span)
            switch Int.random(in: 0..<(model.isEmpty ? 4 : 11), using: &random) {
            case 0...3:
                fields.append(name, value)
                model.append(Line(name: name, value: value))
            case 4:
                fields.replaceValue(at: place, with: value.utf8.span)
                model[place].value = value
            case 5:
                fields.rename(at: place, to: id, name: name.utf8.span)
                model[place].name = name
            case 6:
                fields.remove(at: place)
                model.remove(at: place)
            case 7 where id != .unknown:
                let count = fields.remove(id)
                #expect(count == model.filter { $0.name == name }.count)
                model.removeAll { $0.name == name }
            case 8:
                fields.remove { fields, index in fields.value(at: index).count % 3 == 0 }
                model.removeAll { $0.value.count % 3 == 0 }
            case 9:
                // What is copied stays as it was when the original changes.
                other.assign(fields)
                otherModel = model
            default:
                swap(&fields, &other)
                swap(&model, &otherModel)
                if Bool.random(using: &random) {
                    fields.removeAll()
                    model = []
                }
            }
            #expect(fields.pairs.map { Line(name: $0.name, value: $0.value) } == model)
            #expect(FieldsTests.text(fields) == model.map { "\($0.name): \($0.value)\r\n" }.joined())
            for name in Self.names.dropLast(2) {
                let id = FieldNames.standard.id(of: name.utf8.span)
                #expect(fields.firstIndex(of: id) == model.firstIndex { $0.name == name })
            }
        }
        #expect(other.pairs.map { Line(name: $0.name, value: $0.value) } == otherModel)
    }
}
