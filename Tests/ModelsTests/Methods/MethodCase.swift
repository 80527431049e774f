import Neural
import Tensors
import Testing

@testable import Models

/// A method within blocks, with what the tests of all such methods need to know of it.
struct MethodCase: Sendable, CustomTestStringConvertible {
    /// What the untrained model is.
    enum Start {
        /// The frozen one, to the bit.
        case frozen

        /// The frozen one, to within a relative error.
        case near(Double)

        /// Another.
        case moved
    }

    let name: String
    var options: [String: MethodOption] = [:]
    var backbones = [SuffixCase.vit, .swin]
    var start = Start.frozen

    /// Whether a stream of texts is adapted, too.
    var adaptsText = true

    /// Whether it has running statistics.
    var hasBuffers = false

    /// How far parameters are moved for differences: less where that crosses the kinks of many ReLUs.
    var step: Float = 0.01

    var testDescription: String { options.isEmpty ? name : "\(name) \(label)" }

    private var label: String {
        options.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            .joined(separator: ", ")
    }

    var choice: MethodCatalog.Choice { MethodCatalog.Choice(name: name, options: options) }

    /// A new method is one line here.
    static let all = [
        MethodCase(name: "av-pea", adaptsText: false),
        MethodCase(
            name: "av-pea", options: ["layout": "one-per-block", "attention": "relay"],
            adaptsText: false, hasBuffers: true, step: 0.002),
        MethodCase(name: "lora"),
        MethodCase(name: "vpt-deep", options: ["tokens": 3], start: .moved),
        MethodCase(
            name: "vpt-shallow", options: ["tokens": 3], backbones: [.vit, .bert, .swin, .swinV2],
            start: .moved),
        MethodCase(
            name: "adapter", options: ["hidden": 6], backbones: [.vit, .swin, .swinV2],
            start: .near(1e-3)),
        MethodCase(name: "adaptformer", options: ["hidden": 6], step: 0.002),
        MethodCase(name: "norm-tuning", backbones: [.vit, .swin, .swinV2]),
        MethodCase(
            name: "norm-tuning", options: ["biases": true], backbones: [.vit, .swin, .swinV2]),
        MethodCase(name: "lavish", adaptsText: false, hasBuffers: true, step: 0.002),
    ]

    /// A method on a backbone.
    struct Site: Sendable, CustomTestStringConvertible {
        let method: MethodCase
        let backbone: SuffixCase

        var testDescription: String { "\(method.testDescription) in \(backbone.folder)" }
    }

    static let sites = all.flatMap { method in
        method.backbones.map { Site(method: method, backbone: $0) }
    }

    /// The method with its parameters moved away from where they begin, so that nothing is closed.
    func make(
        from first: Int, _ shapes: [Models.Stream: StreamShape], placement: Placement? = nil
    ) throws -> any Models.Method {
        var generator = SplitMix64(seed: 11)
        let method = try MethodCatalog.make(
            choice, placement: placement ?? .suffix(.all(first)), streams: shapes,
            using: &generator)
        for parameter in method.parameters {
            // By name, so that a block's adapters are the same whatever other blocks have.
            let seed = parameter.name.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
            var own = SplitMix64(seed: seed)
            let noise = Tensor.random(in: -0.3...0.3, shape: parameter.value.shape, using: &own)
            let isScale = parameter.name.hasSuffix("orm.weight")
            for i in noise.elements.indices {
                parameter.value.elements[i] = (isScale ? 1 : 0) + noise.elements[i]
            }
        }
        return method
    }
}
