import HTTPModel

extension CompiledRules {
    /// The state of one run of the stage besides the message.
    struct Run {
        /// The response's status; nil in the request stage.
        var status: Status?
        /// Whether there may be lines that differ from a rule's name only in `_` and `-`.
        var hasAliases: Bool
        /// Whether a `cors` rule has written its answer.
        var wroteCORS = false
        /// Whether the field of the last operation with a presence was present, or absent, as the rule demands.
        var meetsPresence = true
        /// Whether a rule may remove members of `Vary` in this run.
        var guardsVary = false
        /// Whether the rule's conditions hold, `if` included.
        var isHit = false
    }

    /// Runs the rules on the fields of one message.
    func apply(to fields: inout Fields, status: Status?, facts: borrowing ExchangeFacts, scratch: inout StageScratch) {
        var run = Run(status: status, hasAliases: writesAliases || fields.hasAliases)
        if guardsVary { run.guardVary(of: fields, facts, &scratch) }
        var walk = index.walk(facts, fields, isRequest: status == nil, &scratch.cursors)
        while let number = walk.next(in: index, &scratch.cursors) {
            let rule = rules[number]
            guard rule.condition < 0 || holds(rule, fields, status, facts.source, facts, &scratch) else { continue }
            run.isHit = false
            var goesOn = true
            for place in rule.operations where goesOn { goesOn = apply(Int(place), to: &fields, &run, facts, &scratch) }
            if run.isHit { count(number, &scratch) }
            if !goesOn { break }
        }
        if !scratch.varied.isEmpty { fields.varyAsAsked(&scratch) }
    }

    private func count(_ rule: Int, _ scratch: inout StageScratch) {
        guard firstSlot < scratch.hits.count else { return }
        scratch.hits[firstSlot &+ rule] &+= 1
    }

    /// Whether the last `cors` rule that holds for a preflight, before a `stop`, answers at the edge.
    func answersPreflight(_ facts: borrowing ExchangeFacts) -> Bool {
        var scratch = StageScratch()
        var answers = false
        var walk = index.walk(facts, Fields(), isRequest: false, &scratch.cursors)
        while let rule = walk.next(in: index, &scratch.cursors) {
            for place in rules[rule].operations {
                let operation = operations[Int(place)]
                guard operation.kind == .cors || operation.kind == .stop,
                    holds(rules[rule], Fields(), 204, .proxy, facts, &scratch)
                else { continue }
                guard operation.kind == .cors else { return answers }
                // Whether such a test holds is known only when the rules before it have written the answer's fields.
                if rules[rule].condition >= 0, conditions[Int(rules[rule].condition)].value.readsResponseFields { continue }
                answers = cors[Int(operation.index)].value.answersAtEdge
            }
        }
        return answers
    }

    /// - Parameter source: what made the response, or would make it if there is none yet.
    func holds(
        _ rule: Rule, _ fields: borrowing Fields, _ status: Status?, _ source: ExchangeFacts.Source,
        _ facts: borrowing ExchangeFacts, _ scratch: inout StageScratch
    ) -> Bool {
        guard rule.condition >= 0 else { return true }
        let condition = conditions[Int(rule.condition)]
        let message = CompiledCondition.Message(
            status: status ?? 0, source: source, asksOfPreflight: rule.isCORS && facts.isPreflightRequest)
        if status == nil {
            return condition.value.holds(message, request: fields, response: fields, facts: facts, scratch: &scratch.regex)
        }
        return condition.value.holds(
            message, request: facts.request.fields, response: fields, facts: facts, scratch: &scratch.regex)
    }

    /// Runs one operation; false ends the stage.
    func apply(
        _ place: Int, to fields: inout Fields, _ run: inout Run, _ facts: borrowing ExchangeFacts,
        _ scratch: inout StageScratch
    ) -> Bool {
        let operation = operations[place]
        if let presence = operation.presence {
            // If a rule writes several lines of a field, what was there before the first of them decides.
            if !operation.isFurtherLine {
                run.meetsPresence =
                    (fields.firstIndex(of: operation.id, named: text(operation.name)) != nil) == (presence == .present)
            }
            guard run.meetsPresence else { return true }
        }
        if operation.kind == .vary {
            scratch.vary(by: text(operation.text))
            return true
        }
        run.isHit = true
        if operation.template >= 0 {
            let template = templates[Int(operation.template)]
            // A nonce that a cache serves again protects nobody, so the field that is there stays as it is.
            if run.status != nil, template.value.usesNonce, fields.mayBeSharedByCaches {
                scratch.droppedFields &+= 1
                return true
            }
            if !render(template, fields, run, facts, &scratch) || scratch.value.isEmpty {
                // A `set` without a value still removes the field, so that a client's own is not taken for the rule's.
                if operation.kind == .set { remove(operation, from: &fields, run) }
                return true
            }
        }
        let index = Int(operation.index)
        switch operation.kind {
        case .setBlock:
            let lines = lines(operation.lines)
            Block.clear(lines, text(operation.text), &fields, aliases: run.hasAliases)
            Block.write(lines, text(operation.text), to: &fields)
        case .set, .add:
            if operation.kind == .set { remove(operation, from: &fields, run) }
            if operation.template < 0 {
                Block.write(lines(operation.lines), text(operation.text), to: &fields)
            } else {
                fields.append(checked: operation.id, name: text(operation.name), value: scratch.value.span)
            }
        case .merge: merge(operation, in: &fields, &scratch)
        case .remove: remove(operation, from: &fields, run)
        case .removePrefix: fields.removeAll(with: prefixes[index].value)
        case .rename:
            var from = 0
            while let line = fields.firstIndex(of: operation.id, named: text(operation.name), from: from) {
                fields.rename(at: line, toChecked: operation.otherID, name: text(operation.text))
                from = line &+ 1
            }
        case .change: change(operation, in: &fields, &scratch)
        case .cors:
            let wrote = cors[index].value.apply(to: &fields, facts: facts, replacesOwn: run.wroteCORS, scratch: &scratch)
            run.wroteCORS = run.wroteCORS || wrote
            if run.guardsVary { cors[index].value.guardVary(facts, &scratch) }
        case .cookies: cookies[index].value.apply(to: &fields, buffer: &scratch.value)
        case .stop: return false
        case .vary: break
        }
        return true
    }

    private func merge(_ operation: Operation, in fields: inout Fields, _ scratch: inout StageScratch) {
        guard operation.template >= 0 else {
            let nameAndColon = operation.name.lowerBound..<operation.name.upperBound &+ 2
            return fields.merge(
                operation.id, nameAndColon: text(nameAndColon), textAndEnd: text(operation.text),
                count: Int(operation.index), as: operation.field, &scratch.list)
        }
        // The array is taken out of the scratch while the other part is written, because a span borrows the whole.
        var members: [UInt8] = []
        swap(&members, &scratch.value)
        fields.merge(operation.id, name: text(operation.name), members: members.span, as: operation.field, &scratch.list)
        swap(&members, &scratch.value)
    }

    private func remove(_ operation: Operation, from fields: inout Fields, _ run: Run) {
        if operation.otherID != .unknown { fields.remove(operation.otherID) }
        if run.hasAliases || operation.otherID == .unknown {
            fields.removeAliases(of: text(operation.name))
        }
    }

    @_lifetime(borrow self)
    func text(_ range: Range<Int32>) -> Span<UInt8> {
        bytes.span.extracting(Int(range.lowerBound)..<Int(range.upperBound))
    }

    @_lifetime(borrow self)
    func lines(_ range: Range<Int32>) -> Span<Block.Line> {
        lines.span.extracting(Int(range.lowerBound)..<Int(range.upperBound))
    }

    /// Fills a template into `scratch.value`. Returns false, and counts it, when the value may not be written.
    private func render(
        _ template: Shared<Template>, _ fields: borrowing Fields, _ run: Run, _ facts: borrowing ExchangeFacts,
        _ scratch: inout StageScratch
    ) -> Bool {
        scratch.value.clear()
        let isWritable = template.value.render(into: &scratch.value, facts: facts, fields: fields, status: run.status)
        if !isWritable { scratch.droppedFields &+= 1 }
        return isWritable
    }

    /// Applies a change to each value of a field. A value that becomes empty stays as an empty line, unless the change says otherwise.
    private func change(_ operation: Operation, in fields: inout Fields, _ scratch: inout StageScratch) {
        let change = changes[Int(operation.index)]
        var from = 0
        while let line = fields.firstIndex(of: operation.id, named: text(operation.name), from: from) {
            scratch.value.clear()
            from = line &+ 1
            guard change.change(fields.value(at: line), into: &scratch.value, &scratch.regex) else { continue }
            if scratch.value.isEmpty, change.dropsEmpty {
                fields.remove(at: line)
                from = line
            } else {
                fields.replaceValue(at: line, with: scratch.value.span)
            }
        }
    }
}

extension CompiledRules.Run {
    /// Notes the members of `Vary` in the proxy's own response, so that they are named again when all rules have run.
    mutating func guardVary(
        of fields: borrowing Fields, _ facts: borrowing ExchangeFacts, _ scratch: inout StageScratch
    ) {
        guardsVary = true
        guard facts.source == .proxy else { return }
        var from = 0
        while let line = fields.firstIndex(of: .vary, from: from) {
            scratch.vary(by: fields.value(at: line))
            from = line &+ 1
        }
    }
}
