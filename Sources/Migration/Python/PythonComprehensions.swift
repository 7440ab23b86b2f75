/// Evaluates comprehensions and slices.
extension PythonProgram {
    mutating func each(_ made: PythonExpression, _ clauses: [PythonClause], _ expression: PythonExpression) -> PythonValue {
        let outer = scope
        scope = PythonScope(parent: outer)
        defer { scope = outer }
        let result = PythonList([], conditions: conditions.count)
        return each(made, clauses[...], into: result, nil) ?? .unknown(text(of: expression))
    }

    /// Adds the results for all items of the first clause; returns nil when they are not known.
    ///
    /// - Parameter reason: the condition that the results depend on, if any.
    private mutating func each(
        _ made: PythonExpression, _ clauses: ArraySlice<PythonClause>, into result: PythonList, _ reason: String?
    ) -> PythonValue? {
        guard let clause = clauses.first else {
            let value = data(made)
            guard result.items.count < Self.itemLimit else { return nil }
            result.items.append(reason.map { .oneOf([value, .absent], because: $0) } ?? value)
            return .list(result)
        }
        switch value(clause.items) {
        case .list(let list): return take(list.items, made, clauses, into: result, reason) ? .list(result) : nil
        case .either(let values, let because) where clauses.startIndex == 0:
            // Each of the possible lists gives a list of its own.
            var alternatives: [PythonValue] = []
            for value in values {
                guard case .list(let list) = value, list.items.count <= Self.itemLimit else {
                    alternatives.append(.unknown(text(of: clause.items)))
                    continue
                }
                let part = PythonList([], conditions: conditions.count)
                guard take(list.items, made, clauses, into: part, reason) else { return nil }
                alternatives.append(.list(part))
            }
            return .oneOf(alternatives, because: because)
        default: return nil
        }
    }

    /// Adds the results for these items of the first clause; returns false when they are not known.
    private mutating func take(
        _ items: [PythonValue], _ made: PythonExpression, _ clauses: ArraySlice<PythonClause>, into result: PythonList,
        _ reason: String?
    ) -> Bool {
        guard let clause = clauses.first else { return false }
        for item in items {
            guard steps < Self.stepLimit else { return false }
            assign(item, to: clause.target)
            var reason = reason
            var isTaken = true
            for condition in clause.conditions where isTaken {
                switch value(condition).truth {
                case false?: isTaken = false
                case nil: reason = text(of: condition)
                default: break
                }
            }
            if isTaken, each(made, clauses.dropFirst(), into: result, reason) == nil { return false }
        }
        return true
    }

    /// Evaluates `value[first:last]`.
    mutating func slice(
        _ base: PythonValue, _ first: PythonExpression?, _ last: PythonExpression?, _ expression: PythonExpression
    ) -> PythonValue {
        let (start, end) = (first.map { value($0) }, last.map { value($0) })
        /// Returns the place that an end means; nil when that is not known.
        func place(_ end: PythonValue?, _ count: Int, or fallback: Int) -> Int? {
            guard let end else { return fallback }
            guard case .number(let number) = end else { return nil }
            return min(max(number < 0 ? count &+ number : number, 0), count)
        }
        func range(_ count: Int) -> Range<Int>? {
            guard let from = place(start, count, or: 0), let to = place(end, count, or: count) else { return nil }
            return from..<max(from, to)
        }
        switch base {
        case .list(let list) where list.hasOrder && list.items.allSatisfy(\.isSure):
            guard let range = range(list.items.count) else { break }
            return .list(PythonList(Array(list.items[range]), conditions: conditions.count))
        case .text(let text):
            let scalars = Array(text.unicodeScalars)
            guard let range = range(scalars.count) else { break }
            return .text(String(String.UnicodeScalarView(scalars[range])))
        default: break
        }
        return .unknown(text(of: expression))
    }
}
