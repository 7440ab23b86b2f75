import HTTPModel

/// Turns rules as they were written into the form that is applied, and collects all their errors.
public struct RuleCompiler: ~Copyable, Sendable {
    let scope: Template.Scope
    /// The request fields that responses depend on besides those in the rules.
    private let dependence: Dependence
    var errors: [PolicyError] = []
    var warnings: [PolicyError] = []
    var output = CompiledRules()
    /// The blocks of static lines to which rules still add; their operations refer to them by `index`.
    private var blocks: [DraftBlock] = []
    /// Names for `Vary` that a rule which always applies has already asked for. Asking again would make a thousand rules that
    /// look at one field cost a thousand times as much.
    private var asked: Set<String> = []
    var namesInOrder = NamesInOrder()
    /// The first operation of the rule that is being compiled, and whether that rule always applies.
    private var ruleStart = 0
    private var ruleIsUnconditional = true

    init(scope: Template.Scope, dependence: Dependence = Dependence()) {
        self.scope = scope
        self.dependence = dependence
    }

    /// Continues from the state of another compiler, so that its rules are not compiled again.
    init(continuing other: borrowing RuleCompiler) {
        scope = other.scope
        dependence = other.dependence
        errors = other.errors
        warnings = other.warnings
        output = other.output.copy()
        blocks = other.blocks
        asked = other.asked
        namesInOrder = other.namesInOrder
    }

    /// Returns the compiled rules. Their counts begin at `firstSlot`; with the default they are not counted. The result is of no
    /// use when `errors` is not empty afterwards.
    mutating func compile(_ rules: [Rule], names: inout FieldNames, firstSlot: Int = .max) -> CompiledRules {
        add(rules, names: &names)
        return finish(firstSlot: firstSlot)
    }

    mutating func add(_ rules: [Rule], names: inout FieldNames) {
        for rule in rules {
            compileDependence(of: rule, &names)
            ruleStart = output.operations.count
            ruleIsUnconditional = rule.condition == nil
            rule.action.compile(in: &self, of: rule, names: &names)
            if rule.presence != nil, rule.action.writtenFields.isEmpty {
                refuse(
                    "`if:` depends on the header that a rule writes, and this rule writes none", rule.location,
                    "use `when:`, or move `if:` to a `set`, `add` or `merge`")
            }
            // All lines of the rule have gone into the block of the rule before.
            let labels = [rule.label]
            if ruleIsUnconditional, output.operations.count == ruleStart {
                if !output.labels.isEmpty { output.labels[output.labels.count - 1] += labels }
                continue
            }
            var compiled = CompiledRules.Rule(operations: Int32(ruleStart)..<Int32(output.operations.count))
            compiled.isCORS = rule.action is CORSPolicy
            if let condition = rule.condition {
                var compiler = ConditionCompiler(scope: scope)
                let made = compiler.compile(condition, names: &names)
                errors += compiler.errors
                compiled.condition = Int32(output.conditions.count)
                output.conditions.append(Shared(made))
            }
            output.rules.append(compiled)
            output.labels.append(labels)
        }
    }

    /// Returns the rules that were added, leaving none in the compiler.
    mutating func finish(firstSlot: Int) -> CompiledRules {
        output.firstSlot = firstSlot
        layOutBlocks()
        index()
        output.guardsVary = scope == .response && output.takesVary
        var compiled = CompiledRules()
        swap(&compiled, &output)
        return compiled
    }

    /// Compiles rules that only name, for `Vary`, the request fields that the given conditions depend on.
    mutating func compile(dependenceOn conditions: [Condition], names: inout FieldNames) -> CompiledRules {
        for condition in conditions { compileDependence(on: condition, isCORS: false, &names) }
        output.firstSlot = .max
        index()
        var compiled = CompiledRules()
        swap(&compiled, &output)
        return compiled
    }

    /// Adds a rule of its own that names request fields in `Vary`: where they decide whether a response rule applies, the
    /// response depends on them even if the rule does not apply.
    private mutating func compileDependence(of rule: Rule, _ names: inout FieldNames) {
        guard scope == .response, let condition = rule.condition else { return }
        compileDependence(on: condition, isCORS: rule.action is CORSPolicy, &names)
    }

    private mutating func compileDependence(on condition: Condition, isCORS: Bool, _ names: inout FieldNames) {
        let varied = Dependence.varied(condition.requestFields(dependence))
        guard !varied.isEmpty else { return }
        let rest = condition.withoutRequestFields(dependence)
        let list = varied.joined(separator: ", ")
        if asked.contains(list) { return }
        if rest == nil { asked.insert(list) }
        let start = Int32(output.operations.count)
        vary(by: Array(list.utf8), .init(kind: .vary))
        var compiled = CompiledRules.Rule(operations: start..<start + 1)
        compiled.isCORS = isCORS
        if let rest {
            // Errors in the condition are found when the rule itself is compiled.
            var compiler = ConditionCompiler(scope: scope)
            let made = compiler.compile(rest, names: &names)
            compiled.condition = Int32(output.conditions.count)
            output.conditions.append(Shared(made))
        }
        output.rules.append(compiled)
        output.labels.append([])
    }

    /// Builds the index of the rules. Fields that a rule changes are not looked up, because their values are known only when it
    /// is the turn of the rule that asks for one.
    mutating func index() {
        let changed = ChangedFields(output)
        output.index = RuleIndex(output.rules, output.conditions) { [scope] field, isResponse in
            scope == .response && !isResponse || !changed.contains(field)
        }
    }

    /// - Parameter operation: the operation whose effect makes the response depend on the names.
    private mutating func vary(by names: [UInt8], _ operation: CompiledRules.Operation) {
        guard scope == .response, !names.isEmpty else { return }
        var asking = CompiledRules.Operation(kind: .vary, presence: operation.presence, id: operation.id)
        asking.isFurtherLine = operation.isFurtherLine
        asking.name = operation.name
        asking.text = store(names.span)
        output.operations.append(asking)
    }

    mutating func refuse(_ error: PolicyError) { errors.append(error) }

    mutating func refuse(_ message: String, _ location: SourceLocation, _ suggestion: String? = nil) {
        errors.append(PolicyError(message, at: location, suggestion: suggestion))
    }

    /// Whether a name may be a target; adds an error otherwise.
    mutating func accepts(_ name: Located<String>, _ use: FieldTarget.Use = .other) -> Bool {
        guard let error = FieldTarget.check(name.value, use, scope) else { return true }
        errors.append(error.located(at: name.location))
        return false
    }

    /// Returns an operation on a field that is given by its name.
    mutating func operation(
        _ kind: CompiledRules.Operation.Kind, _ name: String, _ names: inout FieldNames
    ) -> CompiledRules.Operation {
        var operation = CompiledRules.Operation(kind: kind, id: names.intern(rule: name), name: store(name.utf8.span))
        operation.otherID = names.intern(String(name.map { $0 == "_" ? "-" : $0 }))
        return operation
    }

    mutating func store(_ text: Span<UInt8>) -> Range<Int32> {
        let start = Int32(output.bytes.count)
        output.bytes.append(copying: text)
        return start..<Int32(output.bytes.count)
    }

    /// Compiles a field with a value: `set`, `add` or `merge`.
    mutating func write(
        _ kind: CompiledRules.Operation.Kind, _ field: FieldValue, _ presence: Rule.Presence?, _ names: inout FieldNames
    ) {
        let isTarget = accepts(field.name, kind == .set ? .set : .other)
        let template: Template
        do throws(PolicyError) {
            template = try Template(field.value, scope: scope, names: &names)
        } catch {
            return errors.append(error)
        }
        guard isTarget else { return }
        let name = field.name.value
        let isWhole = kind != .merge || name.lowercased() == "cache-control"
        if scope == .response, isWhole, let problem = KnownValue.problem(name: name, template: field.value.value) {
            return refuse(problem.message, field.value.location, problem.suggestion)
        }
        var operation = operation(kind, name, &names)
        operation.presence = presence
        operation.isFurtherLine =
            presence != nil && output.operations.count > ruleStart && output.operations.last?.id == operation.id
            && operation.id != .unknown
        noteAlias(name)
        if kind == .merge {
            if let problem = ListField.problem(merging: name) { return refuse(problem.located(at: field.name.location)) }
            operation.field = ListField(name)
        }
        let value = template.literal.span
        let text = value.extracting(value.trimmingBlanks(0..<value.count))
        if template.isStatic, operation.id == .host, !Authority.isValid(text) {
            return refuse(
                "\"\(field.value.value)\" is not a host", field.value.location,
                "write one such as app.example, or app.example:8080")
        }
        if !template.isStatic {
            operation.template = Int32(output.templates.count)
            output.templates.append(Shared(template))
            vary(by: template.variedNames(dependence), operation)
        } else if kind == .merge {
            var list = ListLine()
            list.begin(Span(), as: operation.field)
            list.append(text, isWanted: true)
            list.end(swallowing: operation.id == .vary)
            let members = list.line.extracting(2..<list.line.count - 2)
            guard !members.isEmpty else {
                return refuse("there is nothing to merge into \(name)", field.value.location)
            }
            // Merging a star into `Vary` is the same as setting it.
            if operation.id == .vary, members.equals("*") { return write(.set, operation, members, presence) }
            var walk = operation.field.walk
            while walk.next(in: members) != nil { operation.index += 1 }
            output.bytes.append(text: ": ")
            operation.text = store(", ".utf8.span)
            _ = store(members)
            operation.text = operation.text.lowerBound..<store("\r\n".utf8.span).upperBound
        } else {
            return write(kind, operation, text, presence)
        }
        output.operations.append(operation)
    }

    /// Appends a `set` or `add` of a static line.
    private mutating func write(
        _ kind: CompiledRules.Operation.Kind, _ operation: CompiledRules.Operation, _ value: Span<UInt8>,
        _ presence: Rule.Presence?
    ) {
        var operation = operation
        let name = Array(output.bytes[Int(operation.name.lowerBound)..<Int(operation.name.upperBound)])
        operation.kind = kind
        if kind == .set, presence == nil, operation.id != .unknown {
            if let block = blockToJoin(operation.id) { return blocks[block].append(operation.id, name: name.span, value: value) }
            operation.kind = .setBlock
        }
        operation.index = Int32(blocks.count)
        blocks.append(DraftBlock())
        blocks[blocks.count - 1].append(operation.id, name: name.span, value: value)
        output.operations.append(operation)
    }

    /// Copies all blocks into two flat arrays.
    private mutating func layOutBlocks() {
        for place in output.operations.indices {
            let operation = output.operations[place]
            let isStatic = operation.kind == .setBlock || operation.kind == .set || operation.kind == .add
            guard isStatic, operation.template < 0 else { continue }
            let block = blocks[Int(operation.index)]
            output.operations[place].text = store(block.bytes.span)
            let start = Int32(output.lines.count)
            output.lines += block.lines
            output.operations[place].lines = start..<Int32(output.lines.count)
        }
    }

    /// Returns the block directly before a line that may take it, or nil. Nothing can come between the two, and the block must
    /// not have the same field.
    private func blockToJoin(_ id: FieldID) -> Int? {
        guard let last = output.operations.last, last.kind == .setBlock else { return nil }
        let isOwn = output.operations.count > ruleStart
        guard isOwn || (ruleIsUnconditional && output.rules.last.map { $0.condition < 0 } ?? false) else { return nil }
        return blocks[Int(last.index)].ids.contains(id) ? nil : Int(last.index)
    }
}
