import Neural
import Tensors

/// Draws the prompts and banks of CoPL within blocks.
///
/// Specific prompts and banks are uniform within ±√(6 / (3 p² + D)) for patches of side p, or normal with
/// deviation 0.02 where there are no patches. Products P_I U have a deviation of about 0.02, too.
struct CoPLMaker {
    let options: CoPLOptions
    var generator: SplitMix64

    private mutating func drawn(_ shape: [Int], like stream: StreamShape, width: Int) -> Tensor {
        guard let side = stream.patchSide else {
            return .normal(deviation: 0.02, shape: shape, using: &generator)
        }
        let bound = (6 / Float(3 * side * side + width)).squareRoot()
        return .random(in: -bound...bound, shape: shape, using: &generator)
    }

    /// The prompts of a block.
    mutating func block(
        _ number: Int, _ stream: Stream, _ shape: StreamShape, isSpecific: Bool, isPaired: Bool
    ) -> CoPLSuffix.Block {
        let name = "block.\(number).\(stream.rawValue)", width = shape.widths[number]
        let hasSpecific = isSpecific && options.specific > 0
        let hasInteraction = isPaired && options.interaction > 0
        var block = CoPLSuffix.Block()
        for source in options.sources {
            if hasSpecific {
                block.specific.append(
                    Parameter(
                        "\(name).specific\(source)",
                        drawn([options.specific, width], like: shape, width: width), decays: false))
            }
            if hasInteraction {
                block.interaction.append(
                    Linear(
                        "\(name).interaction\(source)", inputs: options.rank, outputs: width,
                        hasBias: false, initial: .normal(deviation: 0.02), using: &generator))
            }
        }
        let hasPrompts = hasSpecific || hasInteraction || isPaired && options.bank > 0
        if options.promptGate == .tanh, hasPrompts {
            block.gate = Parameter("\(name).gate", Tensor([0], shape: []))
        }
        return block
    }

    /// The interaction prompts of a pair, which both streams map to their width.
    mutating func shared(_ number: Int) -> [Parameter] {
        guard options.interaction > 0 else { return [] }
        return options.sources.map { source in
            Parameter(
                "block.\(number).shared.interaction\(source)",
                .normal(
                    deviation: 1 / Float(options.rank).squareRoot(),
                    shape: [options.interaction, options.rank], using: &generator), decays: false)
        }
    }

    /// Banks for pairs of blocks, which are told which is theirs.
    ///
    /// Pairs of a bank follow each other and have equal widths.
    mutating func banks(
        for pairs: inout [CoPLSuffix.Pair], _ shapes: (visual: StreamShape, audio: StreamShape)
    ) -> [CoPLBank] {
        guard options.bank > 0 else { return [] }
        let most =
            switch options.bankScope {
            case .group: options.bankGroup
            case .block: 1
            case .all: Int.max
            }
        var widths: [(visual: Int, audio: Int)] = [], count = 0
        for index in pairs.indices {
            let blocks = pairs[index].blocks
            let own = (shapes.visual.widths[blocks.visual], shapes.audio.widths[blocks.audio])
            if widths.last.map({ $0 != own }) ?? true || count == most {
                widths.append(own)
                count = 0
            }
            count += 1
            pairs[index].bank = widths.count - 1
        }
        return widths.indices.map { index in
            let (v, a) = widths[index]
            return CoPLBank(
                visual: side("bank.\(index).visual", v, other: a, shapes.visual),
                audio: side("bank.\(index).audio", a, other: v, shapes.audio), options: options)
        }
    }

    private mutating func side(
        _ name: String, _ width: Int, other: Int, _ shape: StreamShape
    ) -> CoPLBank.Side {
        let keys = CoPLBank.keys(name, options, width: width, using: &generator)
        let prompts = options.sources.map { source in
            Parameter(
                "\(name).prompts\(source)",
                drawn([options.bankSize, options.bank, width], like: shape, width: width),
                decays: false)
        }
        let coupling =
            options.coupling == .crossQuery
            ? coupling("\(name).coupling", from: other, to: width) : nil
        return CoPLBank.Side(keys: keys, prompts: prompts, coupling: coupling)
    }

    /// At first it hands a query on as it is, where widths are equal.
    private mutating func coupling(
        _ name: String, from other: Int, to width: Int
    ) -> CoPLBank.Coupling {
        let isResidual = width == other, rank = options.couplingRank
        let down = Linear(
            "\(name).down", inputs: other, outputs: rank, hasBias: false,
            initial: isResidual ? .torchLinear : .xavier, using: &generator)
        let up = Linear(
            "\(name).up", inputs: rank, outputs: width, hasBias: false,
            initial: isResidual ? .zero : .xavier, using: &generator)
        return .lowRank(down: down, up: up, isResidual: isResidual)
    }
}
