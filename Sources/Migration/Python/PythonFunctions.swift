/// The arguments of a call, with what is unpacked spread out.
private struct PythonBinding {
    var positional: [PythonValue] = []
    var named: [(name: String, value: PythonValue, line: Int)] = []
    /// The text of an unpacked list, behind which positions are not known.
    var hiddenPositions: String?
    /// The text of an unpacked table that may name further parameters.
    var hiddenNames: String?

    func named(_ name: String) -> PythonValue? { named.first { $0.name == name }?.value }
}

/// Calls functions of the program.
extension PythonProgram {
    /// Returns the result of a function; missing arguments may have their defaults.
    ///
    /// - Parameters:
    ///   - arguments: the arguments; nil where only other code calls it, so that nothing of them is known.
    ///   - receiver: the object or the class through which it is called.
    mutating func call(
        _ function: PythonFunction, _ arguments: [PythonArgument]?, receiver: PythonValue? = nil
    ) -> PythonValue {
        guard callDepth < Self.callLimit, depth < Self.depthLimit / 2 else { return .unknown("\(function.name)(…)") }
        let given = arguments ?? []
        let isCalled =
            !given.isEmpty || function.parameters.isEmpty || callDepth > 0 || function.wasCalled || receiver != nil
        let inner = PythonScope(parent: function.scope.isType ? function.scope.parent : function.scope)
        bind(spread(given), to: function, in: inner, receiver, isCalled && arguments != nil)
        return run(function, in: inner, receiver)
    }

    /// Calls a decorator of the program with what it decorates.
    mutating func call(decorator: PythonFunction, with function: PythonFunction) {
        guard callDepth < Self.callLimit, depth < Self.depthLimit / 2 else { return }
        let inner = PythonScope(parent: decorator.scope.isType ? decorator.scope.parent : decorator.scope)
        var binding = PythonBinding()
        binding.positional = [.function(function)]
        bind(binding, to: decorator, in: inner, nil, true)
        _ = run(decorator, in: inner, nil)
    }

    private mutating func run(_ function: PythonFunction, in inner: PythonScope, _ receiver: PythonValue?) -> PythonValue {
        function.wasCalled = true
        let outer = (scope, returned, line, current)
        (scope, returned, current) = (inner, [], (function, receiver))
        callDepth += 1
        let end = follow(function.body)
        callDepth -= 1
        var values = returned
        (scope, returned, line, current) = outer
        switch end {
        case .next, .perhaps, .left: values.append(.none)
        case .returned, .raised: break
        }
        guard let first = values.first else { return .none }
        return values.dropFirst().reduce(first) { either($0, $1, because: "what `\(function.name)` returns") }
    }

    private mutating func bind(
        _ given: PythonBinding, to function: PythonFunction, in inner: PythonScope, _ receiver: PythonValue?, _ isCalled: Bool
    ) {
        var parameters = function.parameters[...]
        if let receiver, let first = parameters.first, first.kind == .plain {
            inner.set(first.name, receiver, line: function.line)
            parameters.removeFirst()
        }
        var places = given.positional[...]
        for parameter in parameters {
            let value =
                switch parameter.kind {
                case .positions: isCalled ? rest(&places, given) : .unknown(parameter.name)
                case .names: isCalled ? names(given, beside: parameters) : .unknown(parameter.name)
                case .plain where !places.isEmpty: places.removeFirst()
                case .plain, .keyword: named(parameter, given, function, isCalled)
                }
            inner.set(parameter.name, value, line: function.line)
        }
    }

    /// Returns the value of a parameter that is given by its name, or may be.
    private mutating func named(
        _ parameter: PythonParameter, _ given: PythonBinding, _ function: PythonFunction, _ isCalled: Bool
    ) -> PythonValue {
        let value = given.named(parameter.name) ?? .absent
        guard value.mayBeAbsent else { return value }
        return value.replacingAbsent(by: missing(parameter, given, function, isCalled))
    }

    /// Returns the value of a parameter that no argument is certainly for.
    private mutating func missing(
        _ parameter: PythonParameter, _ given: PythonBinding, _ function: PythonFunction, _ isCalled: Bool
    ) -> PythonValue {
        guard let fallback = parameter.fallback.map({ data($0) }) else { return .unknown(parameter.name) }
        let isHidden = given.hiddenNames != nil || (given.hiddenPositions != nil && parameter.kind == .plain)
        guard isHidden || !isCalled else { return fallback }
        return .oneOf([fallback, .unknown(parameter.name)], because: "what `\(function.name)` is given")
    }

    /// Returns the list for `*rest`.
    private func rest(_ places: inout ArraySlice<PythonValue>, _ given: PythonBinding) -> PythonValue {
        let list = PythonList(Array(places), conditions: conditions.count)
        places = []
        if let text = given.hiddenPositions { list.items.append(.unknown(text)) }
        return .list(list)
    }

    /// Returns the table for `**rest`.
    private func names(_ given: PythonBinding, beside parameters: ArraySlice<PythonParameter>) -> PythonValue {
        let table = PythonTable(conditions: conditions.count)
        for one in given.named where !parameters.contains(where: { $0.name == one.name && $0.kind.hasName }) {
            table.set(.text(one.name), one.value, line: one.line)
        }
        if let text = given.hiddenNames { table.add(unknown: text) }
        return .table(table)
    }

    private mutating func spread(_ arguments: [PythonArgument]) -> PythonBinding {
        var binding = PythonBinding()
        for argument in arguments {
            let text = { (program: PythonProgram) in program.text(of: argument.value) }
            switch (argument.name, value(argument.value)) {
            case (nil, let value):
                binding.positional.append(binding.hiddenPositions.map { .unknown($0) } ?? value)
            case ("*"?, .list(let list)) where binding.hiddenPositions == nil && list.items.allSatisfy(\.isSure):
                binding.positional += list.items
            case ("*"?, _): binding.hiddenPositions = "*\(text(self))"
            case ("**"?, .table(let table)):
                for entry in table.entries {
                    guard let name = entry.key.text else { continue }
                    binding.named.append((name, entry.value, entry.line))
                }
                if let unknown = table.unknown.first ?? (table.isOpen ? text(self) : nil) { binding.hiddenNames = unknown }
            case ("**"?, _): binding.hiddenNames = "**\(text(self))"
            case (let name?, let value): binding.named.append((name, value, argument.value.line))
            }
        }
        return binding
    }
}
