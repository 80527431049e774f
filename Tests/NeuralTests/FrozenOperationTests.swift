import Neural
import Tensors
import TestSupport
import Testing

/// Operations of frozen blocks, and of what methods hook into them.
@Suite struct FrozenOperationTests {
    private func parameter(
        _ name: String, _ shape: [Int], seed: UInt64, in range: ClosedRange<Float> = -1...1
    ) -> Parameter {
        var generator = SplitMix64(seed: seed)
        return Parameter(name, .random(in: range, shape: shape, using: &generator))
    }

    private func map(
        _ inputs: Int, _ outputs: Int, _ activation: FrozenLinear.Activation = .none,
        _ compute: ComputeType = .f32
    ) throws -> FrozenLinear {
        try FrozenLinear(
            weight: parameter("w", [outputs, inputs], seed: 5).value,
            bias: parameter("b", [outputs], seed: 6).value, activation: activation,
            compute: compute)
    }

    /// x + f(x) for a function that keeps shapes, so that a gradient that is set and not added shows.
    private func expectGradients(
        _ operands: [Parameter], step: Float = 0.02,
        sourceLocation: SourceLocation = #_sourceLocation, _ f: @escaping (Tape) -> Variable
    ) {
        TestSupport.expectGradients(
            of: operands, step: step, sourceLocation: sourceLocation
        ) { tape in
            let y = f(tape)
            return operands.reduce(y.reshaped(to: [y.value.count])) { joined, x in
                joined.concatenated(with: tape.variable(x).reshaped(to: [x.value.count]))
            }
        }
    }

    @Test(arguments: FrozenLinear.Activation.allCases)
    func frozenLinearHasTheBitsOfTheFrozenPass(activation: FrozenLinear.Activation) throws {
        let map = try map(37, 50, activation), x = parameter("x", [3, 7, 37], seed: 1, in: -3...3)
        var expected = Tensor(shape: [21, 50])
        let rows = Activations(.f32)
        rows.load(x.value)
        map.apply(rows, to: &expected, in: Workspace())
        withTape { tape in
            let y = tape.variable(x).frozenLinear(map)
            #expect(y.shape == [3, 7, 50])
            #expect(y.value.elements == expected.elements)
            #expect(
                tape.constant(x.value).frozenLinear(map).value.elements == expected.elements)
        }
    }

    @Test(arguments: FrozenLinear.Activation.allCases)
    func frozenLinearHasTheGradientOfDifferences(activation: FrozenLinear.Activation) throws {
        let map = try map(12, 12, activation)
        // Away from zero, where ReLU has no slope.
        let x = parameter("x", [5, 12], seed: 2)
        expectGradients([x], step: activation == .relu ? 1e-4 : 0.02) { tape in
            tape.variable(x).frozenLinear(map)
        }
    }

    /// Products of cotangents use the weights as they multiply, so W and its transpose agree.
    @Test(arguments: [(ComputeType.f32, 1e-6), (.bf16, 8e-3), (.int8, 2e-2)])
    func gradientOfFrozenLinearIsTheTransposedProduct(
        compute: ComputeType, tolerance: Double
    ) throws {
        let map = try map(200, 70, .none, compute), x = parameter("x", [4, 200], seed: 3)
        let dy = parameter("dy", [4, 70], seed: 4).value
        let weight = parameter("w", [70, 200], seed: 5).value
        withTape { $0.backward(from: $0.variable(x).frozenLinear(map), cotangent: dy) }
        var expected = Tensor(shape: [4, 200])
        for row in 0..<4 {
            for o in 0..<70 {
                for i in 0..<200 {
                    expected.elements[row * 200 + i] +=
                        dy.elements[row * 70 + o] * weight.elements[o * 200 + i]
                }
            }
        }
        #expect(relativeError(try #require(x.gradient), expected) < tolerance)
    }

    @Test func frozenLayerNormHasBitsAndGradient() throws {
        let norm = FrozenLayerNorm(
            weight: parameter("w", [9], seed: 1).value, bias: parameter("b", [9], seed: 2).value,
            epsilon: 1e-5)
        let x = parameter("x", [2, 4, 9], seed: 3, in: -2...2)
        withTape { #expect($0.variable(x).frozenLayerNorm(norm).value == norm(x.value)) }
        expectGradients([x]) { $0.variable(x).frozenLayerNorm(norm) }
    }

    enum Attention: CaseIterable {
        case plain, cosine, causal, biased, long
    }

    private func attention(_ kind: Attention, tokens: Int) -> FrozenAttention {
        var attention = FrozenAttention(heads: 2, headWidth: 5)
        switch kind {
        case .plain, .long: break
        case .cosine:
            attention.isCosine = true
            attention.scales = [3, 7]
        case .causal: attention.isCausal = true
        case .biased:
            attention.bias = parameter("bias", [2, tokens, tokens], seed: 8).value
            attention.masks = parameter("masks", [3, tokens, tokens], seed: 9).value
        }
        return attention
    }

    @Test(arguments: Attention.allCases)
    func frozenAttentionHasTheBitsOfTheFrozenPass(kind: Attention) throws {
        let tokens = kind == .long ? 150 : 6, attention = attention(kind, tokens: tokens)
        let patterns = kind == .biased ? [2, 0, 1, 1] : []
        let x = parameter("x", [4, tokens, 30], seed: 7)
        let qkv = Activations(.f32), expected = Activations(.f32)
        qkv.load(x.value)
        attention.apply(
            qkv, sequences: 4, patterns: patterns, to: expected, in: Workspace())
        for threads in [1, 3] {
            withTape(pool: WorkerPool(threads: threads)) { tape in
                let y = tape.variable(x).frozenAttention(attention, patterns: patterns)
                #expect(y.value.elements == expected.tensor.elements)
            }
        }
    }

    @Test(arguments: Attention.allCases)
    func frozenAttentionHasTheGradientOfDifferences(kind: Attention) throws {
        let tokens = kind == .long ? 135 : 6, attention = attention(kind, tokens: tokens)
        let patterns = kind == .biased ? [2, 0] : []
        let x = parameter("x", [kind == .long ? 1 : 2, tokens, 30], seed: 7)
        expectGradients([x]) { $0.variable(x).frozenAttention(attention, patterns: patterns) }
        let prompts = parameter("prompts", [3, 30], seed: 10)
        expectGradients([x, prompts]) { tape in
            tape.variable(x).frozenAttention(
                attention, patterns: patterns, prompts: tape.variable(prompts))
        }
        // Prompts before states that need no gradient, as in the first block that runs.
        expectGradients([prompts]) { tape in
            tape.constant(x.value).frozenAttention(
                attention, patterns: patterns, prompts: tape.variable(prompts))
        }
    }

    /// Prompts of each input's own, which several sequences such as windows may share.
    @Test(arguments: Attention.allCases)
    func promptsMayBeEachInputsOwn(kind: Attention) throws {
        let tokens = kind == .long ? 135 : 6, attention = attention(kind, tokens: tokens)
        let patterns = kind == .biased ? [2, 0] : []
        let x = parameter("x", [4, tokens, 30], seed: 7)
        let prompts = parameter("prompts", [2, 3, 30], seed: 10)
        withTape(pool: WorkerPool(threads: 3)) { tape in
            let y = tape.variable(x).frozenAttention(
                attention, patterns: patterns, prompts: tape.variable(prompts))
            for input in 0..<2 {
                func part(_ p: Parameter, _ shape: [Int]) -> Variable {
                    let size = shape.reduce(1, *)
                    return tape.constant(
                        Tensor(
                            Array(p.value.elements[input * size..<(input + 1) * size]), shape: shape
                        ))
                }
                let alone = part(x, [2, tokens, 30]).frozenAttention(
                    attention, patterns: patterns, prompts: part(prompts, [3, 30]))
                let size = alone.count
                let own = y.value.elements[input * size..<(input + 1) * size]
                #expect(Array(own) == alone.value.elements)
            }
        }
        guard kind != .long else { return }
        expectGradients([x, prompts]) { tape in
            tape.variable(x).frozenAttention(
                attention, patterns: patterns, prompts: tape.variable(prompts))
        }
        expectGradients([prompts]) { tape in
            tape.constant(x.value).frozenAttention(
                attention, patterns: patterns, prompts: tape.variable(prompts))
        }
    }

    /// A prompt is a token whose own output is never read.
    @Test(arguments: [Attention.plain, .cosine, .causal])
    func promptsAreTokensThatAreDropped(kind: Attention) throws {
        let attention = attention(kind, tokens: 6)
        let x = parameter("x", [2, 6, 30], seed: 7).value
        let prompts = parameter("p", [3, 30], seed: 10).value
        var joined: [Float] = []
        for sequence in 0..<2 {
            joined += prompts.elements
            joined += x.elements[sequence * 180..<(sequence + 1) * 180]
        }
        withTape { tape in
            let whole = tape.constant(Tensor(joined, shape: [2, 9, 30]))
                .frozenAttention(attention).tokens(3..<9)
            let y = tape.constant(x).frozenAttention(
                attention, prompts: tape.constant(prompts))
            #expect(y.value == whole.value)
        }
    }

    /// A sequence that is shorter than the others is what it is alone.
    @Test func paddingIsNotSeen() throws {
        let attention = attention(.plain, tokens: 6)
        let x = parameter("x", [2, 6, 30], seed: 7)
        let lengths = Tensor([6, 4], shape: [2])
        withTape { tape in
            let y = tape.variable(x).frozenAttention(attention, lengths: tape.constant(lengths))
            let alone = tape.constant(
                Tensor(Array(x.value.elements[180..<300]), shape: [1, 4, 30])
            ).frozenAttention(attention)
            #expect(Array(y.value.elements[60..<100]) == alone.value.elements)
            #expect(y.value.elements[100...].allSatisfy { $0 == 0 })
        }
        expectGradients([x]) { tape in
            tape.variable(x).frozenAttention(attention, lengths: tape.constant(lengths))
        }
    }

    @Test func attentionToTokensAgreesWithThatToKeys() throws {
        let q = parameter("q", [3, 8], seed: 1), x = parameter("x", [3, 6, 8], seed: 2)
        withTape { tape in
            let y = tape.variable(q).attending(
                toTokens: 1..<6, of: tape.variable(x), scale: 0.4)
            let other = tape.variable(q).attending(to: tape.variable(x).tokens(1..<6), scale: 0.4)
            #expect(relativeError(y.value, other.value) < 1e-6)
        }
        expectGradients([q, x]) { tape in
            tape.variable(q).attending(toTokens: 1..<6, of: tape.variable(x), scale: 0.4)
        }
        let lengths = Tensor([6, 3, 1], shape: [3])
        expectGradients([q, x]) { tape in
            tape.variable(q).attending(
                toTokens: 1..<6, of: tape.variable(x), lengths: tape.constant(lengths), scale: 0.4)
        }
    }

    @Test func rowsAreAddedToTokens() throws {
        let x = parameter("x", [2, 4, 3], seed: 1), u = parameter("u", [2, 3], seed: 2)
        withTape { tape in
            let y = tape.variable(x).adding(tape.variable(u), toTokens: 1..<3)
            #expect(y.value.elements[3] == x.value.elements[3] + u.value.elements[0])
            #expect(y.value.elements[0] == x.value.elements[0])
            #expect(y.value.elements[23] == x.value.elements[23])
        }
        expectGradients([x, u]) { tape in
            tape.variable(x).adding(tape.variable(u), toTokens: 1..<3)
        }
    }

    @Test func rowsAreReordered() throws {
        let x = parameter("x", [2, 3, 2], seed: 1)
        withTape { tape in
            let y = tape.variable(x).rows([2, -1, 0, 2], groups: 2, as: [4, 2, 2])
            let e = x.value.elements
            #expect(y.value.elements[0..<8] == [e[4], e[5], 0, 0, e[0], e[1], e[4], e[5]])
            #expect(y.value.elements[8..<10] == e[10..<12])
        }
        expectGradients([x]) { $0.variable(x).rows([2, -1, 0, 2], groups: 2, as: [4, 4]) }
        let lengths = Tensor([3, 1], shape: [2])
        withTape { tape in
            let y = tape.variable(x).lastTokens(tape.constant(lengths))
            #expect(y.value.elements == Array(x.value.elements[4..<8]))
        }
        expectGradients([x]) { $0.variable(x).lastTokens($0.constant(lengths)) }
        let row = parameter("row", [2, 3], seed: 2)
        expectGradients([row]) { $0.variable(row).repeated(3) }
    }

    @Test func columnsAreAdded() throws {
        let x = parameter("x", [4, 6], seed: 1), u = parameter("u", [4, 2], seed: 2)
        withTape { tape in
            let y = tape.variable(x).adding([(tape.variable(u), 4)], times: 0.5)
            #expect(y.value.elements[3] == x.value.elements[3])
            #expect(y.value.elements[4] == x.value.elements[4] + 0.5 * u.value.elements[0])
        }
        expectGradients([x, u]) { tape in
            tape.variable(x).adding(
                [(tape.variable(u), 0), (tape.variable(u), 4)], times: 0.5)
        }
    }

    @Test func gatesHaveTheGradientOfDifferences() throws {
        let x = parameter("x", [4, 6], seed: 1), u = parameter("u", [4, 6], seed: 2)
        expectGradients([x, u]) { $0.variable(x).multiplied(by: $0.variable(u)) }
        expectGradients([x]) { $0.variable(x).swish(3) }
    }
}
