import HTTPModel

/// Turns rules as they were written into the form that is applied, and collects everything that is wrong with them.
struct RuleCompiler: ~Copyable, Sendable {
    let scope: Template.Scope
    /// What responses depend on beside what the rules say.
    private let dependence: Dependence
    private(set) var errors: [PolicyError] = []
    private(set) var warnings: [PolicyError] = []
    private var output = CompiledRules()
    /// Static lines while rules still add to them: in `index` of their operations.
    private var blocks: [DraftBlock] = []
    /// Names for `Vary` that a rule which always applies has asked for: to ask again would make a thousand rules that look at one field
    /// cost a thousand times as much.
    private var asked: Set<String> = []
    /// Of the rule that is being compiled: its first operation, and whether it always applies.
    private var ruleStart = 0
    private var ruleIsUnconditional = true

    init(scope: Template.Scope, dependence: Dependence = Dependence()) {
        self.scope = scope
        self.dependence = dependence
    }

    /// Goes on where another one is: what it has compiled is not compiled again.
    init(continuing other: borrowing RuleCompiler) {
        scope = other.scope
        dependence = other.dependence
        errors = other.errors
        warnings = other.warnings
        output = other.output.copy()
        blocks = other.blocks
        asked = other.asked
    }

    /// The compiled rules, whose counts begin at a slot, or are not counted; of no use where `errors` is not empty afterwards.
    mutating func compile(_ rules: [Rule], names: inout FieldNames, firstSlot: Int = .max) -> CompiledRules {
        add(rules, names: &names)
        return finish(firstSlot: firstSlot)
    }

    mutating func add(_ rules: [Rule], names: inout FieldNames) {
        for rule in rules {
            compileDependence(of: rule, &names)
            ruleStart = output.operations.count
            ruleIsUnconditional = rule.condition == nil
            compile(rule.action, of: rule, names: &names)
            // Its lines have all gone into the block of the rule before.
            let labels = [rule.label]
            if ruleIsUnconditional, output.operations.count == ruleStart {
                if !output.labels.isEmpty { output.labels[output.labels.count - 1] += labels }
                continue
            }
            var compiled = CompiledRules.Rule(operations: Int32(ruleStart)..<Int32(output.operations.count))
            if case .cors = rule.action { compiled.isCORS = true }
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

    /// What was added is taken out.
    mutating func finish(firstSlot: Int) -> CompiledRules {
        output.firstSlot = firstSlot
        layOutBlocks()
        index()
        output.guardsVary = scope == .response && output.takesVary
        var compiled = CompiledRules()
        swap(&compiled, &output)
        return compiled
    }

    /// The rules that say on which fields of the request the response depends by conditions that are not those of rules.
    mutating func compile(dependenceOn conditions: [Condition], names: inout FieldNames) -> CompiledRules {
        for condition in conditions { compileDependence(on: condition, isCORS: false, &names) }
        output.firstSlot = .max
        index()
        var compiled = CompiledRules()
        swap(&compiled, &output)
        return compiled
    }

    /// Where request fields decide whether a rule of responses applies, the response depends on them, applied or not: a rule of
    /// its own says so.
    private mutating func compileDependence(of rule: Rule, _ names: inout FieldNames) {
        guard scope == .response, let condition = rule.condition else { return }
        var isCORS = false
        if case .cors = rule.action { isCORS = true }
        compileDependence(on: condition, isCORS: isCORS, &names)
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
            // What is wrong with it is found in the rule itself.
            var compiler = ConditionCompiler(scope: scope)
            let made = compiler.compile(rest, names: &names)
            compiled.condition = Int32(output.conditions.count)
            output.conditions.append(Shared(made))
        }
        output.rules.append(compiled)
        output.labels.append([])
    }

    /// Fields that a rule changes are not looked up: what they are is known only when a rule that asks for one has its turn.
    private mutating func index() {
        let changed = ChangedFields(output)
        output.index = RuleIndex(output.rules, output.conditions) { [scope] field, isResponse in
            scope == .response && !isResponse || !changed.contains(field)
        }
    }

    /// - Parameter operation: where that has something to do, the response depends on the names.
    private mutating func vary(by names: [UInt8], _ operation: CompiledRules.Operation) {
        guard scope == .response, !names.isEmpty else { return }
        var asking = CompiledRules.Operation(kind: .vary, presence: operation.presence, id: operation.id)
        asking.name = operation.name
        asking.text = store(names.span)
        output.operations.append(asking)
    }

    private mutating func compile(_ action: Action, of rule: Rule, names: inout FieldNames) {
        switch action {
        case .set(let fields):
            for field in fields { compile(.set, field, rule.presence, &names) }
            return
        case .add(let fields):
            for field in fields { compile(.add, field, rule.presence, &names) }
            return
        case .merge(let fields):
            for field in fields { compile(.merge, field, rule.presence, &names) }
            return
        case .remove(let targets): for target in targets { compile(remove: target, &names) }
        case .rename(let renames): for rename in renames { compile(rename, &names) }
        case .edit(let edits): for edit in edits { compile(edit, &names) }
        case .cors(let policy): compile(policy, &names)
        case .cookies(let policy): compile(policy)
        case .stop: output.operations.append(CompiledRules.Operation(kind: .stop))
        }
        if rule.presence != nil {
            refuse(
                "`if:` depends on the field that a rule writes, and this rule writes none", rule.location,
                "use `when:`, or move `if:` to a `set`, `add` or `merge`")
        }
    }

    private mutating func refuse(_ message: String, _ location: SourceLocation, _ suggestion: String? = nil) {
        errors.append(PolicyError(message, at: location, suggestion: suggestion))
    }

    /// Whether a name may be a target; notes what is wrong otherwise.
    private mutating func accepts(_ name: Located<String>, _ use: FieldTarget.Use = .other) -> Bool {
        guard let error = FieldTarget.check(name.value, use, scope) else { return true }
        errors.append(error.located(at: name.location))
        return false
    }

    /// An operation on a field that is known by its name.
    private mutating func operation(
        _ kind: CompiledRules.Operation.Kind, _ name: String, _ names: inout FieldNames
    ) -> CompiledRules.Operation {
        var operation = CompiledRules.Operation(kind: kind, id: names.intern(rule: name), name: store(name.utf8.span))
        operation.otherID = names.intern(String(name.map { $0 == "_" ? "-" : $0 }))
        return operation
    }

    private mutating func store(_ text: Span<UInt8>) -> Range<Int32> {
        let start = Int32(output.bytes.count)
        output.bytes.append(copying: text)
        return start..<Int32(output.bytes.count)
    }

    private mutating func compile(
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
        if name.utf8.contains(0x5F) { output.writesAliases = true }
        if kind == .merge, operation.otherID == .setCookie {
            return refuse(
                "Set-Cookie cannot be merged: each cookie is a line of its own", field.name.location, "use `add`")
        }
        let value = template.literal.span
        let text = value.extracting(value.trimmingBlanks(0..<value.count))
        if !template.isStatic {
            operation.template = Int32(output.templates.count)
            output.templates.append(Shared(template))
            vary(by: template.variedNames(dependence), operation)
        } else if kind == .merge {
            var list = ListLine()
            list.begin(Span())
            list.append(text)
            list.end(swallowing: operation.id == .vary)
            let members = list.line.extracting(2..<list.line.count - 2)
            guard !members.isEmpty else {
                return refuse("there is nothing to merge into \(name)", field.value.location)
            }
            // To merge a star into `Vary` is to set it.
            if operation.id == .vary, members.equals("*") { return write(.set, operation, members, presence) }
            var walk = ListMembers()
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

    /// Puts all blocks into two flat arrays.
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

    /// The block right before a line that may take it: nothing can come between the two, and they are not the same field.
    private func blockToJoin(_ id: FieldID) -> Int? {
        guard let last = output.operations.last, last.kind == .setBlock else { return nil }
        let isOwn = output.operations.count > ruleStart
        guard isOwn || (ruleIsUnconditional && output.rules.last.map { $0.condition < 0 } ?? false) else { return nil }
        return blocks[Int(last.index)].ids.contains(id) ? nil : Int(last.index)
    }

    private mutating func compile(remove name: Located<String>, _ names: inout FieldNames) {
        guard name.value.hasSuffix("*") else {
            guard accepts(name) else { return }
            let operation = operation(.remove, name.value, &names)
            return output.operations.append(operation)
        }
        let prefix = String(name.value.dropLast())
        if let error = FieldTarget.check(prefix: prefix) { return errors.append(error.located(at: name.location)) }
        let text = prefix.utf8.map(Octet.lowercased)
        let ids = (1...UInt16(names.count)).map { FieldID(rawValue: $0) }
        let covered = ids.filter { Array((names.spelling(of: $0) ?? "").utf8).span.hasAliasPrefix(text.span) }
        output.operations.append(.init(kind: .removePrefix, index: Int32(output.prefixes.count)))
        output.prefixes.append(Shared(NamePrefix(text: text, covered: covered, known: UInt16(names.count))))
    }

    private mutating func compile(_ rename: Rename, _ names: inout FieldNames) {
        let (from, to) = (accepts(rename.from), accepts(rename.to))
        guard from, to else { return }
        var operation = operation(.rename, rename.from.value, &names)
        operation.otherID = names.intern(rule: rename.to.value)
        operation.text = store(rename.to.value.utf8.span)
        if rename.to.value.utf8.contains(0x5F) { output.writesAliases = true }
        output.operations.append(operation)
    }

    private mutating func compile(_ edit: Edit, _ names: inout FieldNames) {
        let isTarget = accepts(edit.name)
        let regex: LinearRegex
        do throws(RegexError) {
            regex = try LinearRegex(edit.match.value)
        } catch {
            return refuse("the regular expression \"\(edit.match.value)\" is not valid: \(error)", edit.match.location)
        }
        do throws(RegexError) {
            let replacement = try Replacement(edit.replace.value, groups: regex.groups)
            guard isTarget else { return }
            var operation = operation(.edit, edit.name.value, &names)
            operation.index = Int32(output.edits.count)
            output.edits.append(Shared(CompiledEdit(regex: regex, replacement: replacement)))
            output.operations.append(operation)
        } catch {
            refuse("the replacement \"\(edit.replace.value)\" is not valid: \(error)", edit.replace.location)
        }
    }

    private mutating func compile(_ policy: CORSPolicy, _ names: inout FieldNames) {
        guard scope == .response else {
            return refuse(
                "`cors` is a policy of responses", policy.location,
                "move it to `response_headers`; preflights are answered from there")
        }
        var compiler = CORSCompiler()
        let compiled = compiler.compile(policy)
        errors += compiler.errors
        warnings += compiler.warnings
        output.operations.append(.init(kind: .cors, index: Int32(output.cors.count)))
        output.cors.append(Shared(compiled))
    }

    private mutating func compile(_ policy: CookiePolicy) {
        guard scope == .response else {
            return refuse("`cookies` is a policy of responses", policy.location, "move it to `response_headers`")
        }
        do throws(PolicyErrors) {
            let compiled = try CompiledCookies(policy)
            output.operations.append(.init(kind: .cookies, index: Int32(output.cookies.count)))
            output.cookies.append(Shared(compiled))
        } catch {
            errors += error.errors
        }
    }
}

/// Static lines while rules still add to them.
private struct DraftBlock {
    private(set) var bytes: [UInt8] = []
    private(set) var lines: [Block.Line] = []
    private(set) var ids: Set<FieldID> = []

    mutating func append(_ id: FieldID, name: Span<UInt8>, value: Span<UInt8>) {
        var block = Block()
        block.append(id, name: name, value: value)
        for var line in block.lines {
            line.start += Int32(bytes.count)
            lines.append(line)
        }
        bytes += block.bytes
        ids.insert(id)
    }
}
