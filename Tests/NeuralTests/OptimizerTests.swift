import Foundation
import Tensors
import TestSupport
import Testing

@testable import Neural

/// Optimisers beside `torch.optim`, on the gradients of `tools/references/optimisers.py`.
@Suite struct OptimizerTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let make: @Sendable ([ParameterGroup]) -> any Optimizer

        var testDescription: String { name }
    }

    static let kinds = [
        Kind(name: "adamw") { AdamW($0, beta1: 0.9, beta2: 0.99, epsilon: 1e-6) },
        Kind(name: "adam") { Adam($0) },
        Kind(name: "sgd") { SGD($0) },
        Kind(name: "sgd-momentum") { SGD($0, momentum: 0.9) },
        Kind(name: "sgd-nesterov") { SGD($0, momentum: 0.8, isNesterov: true) },
    ]

    private let reference: SafeTensors

    init() throws { reference = try Reference.tensors("optimisers") }

    private func parameters() throws -> [Parameter] {
        try ["w", "b"].map { Parameter($0, try reference.tensor("initial/\($0)")) }
    }

    private func groups(_ parameters: [Parameter]) -> [ParameterGroup] {
        [
            ParameterGroup([parameters[0]], learningRate: 0.05, weightDecay: 0.1),
            ParameterGroup([parameters[1]], learningRate: 0.02),
        ]
    }

    private func step(
        _ index: Int, _ optimizer: any Optimizer, factor: Double = 1
    ) throws {
        for parameter in optimizer.parameters {
            parameter.zeroGradient()
            let gradient = try row(index, "gradient/\(parameter.name)")
            withTape { $0.backward(from: $0.variable(parameter), cotangent: gradient) }
        }
        optimizer.step(factor: factor)
    }

    /// What belongs to a step.
    private func row(_ index: Int, _ name: String) throws -> Tensor {
        let tensor = try reference.tensor(name), shape = Array(tensor.shape.dropFirst())
        let count = shape.reduce(1, *)
        return Tensor(
            Array(tensor.elements[index * count..<(index + 1) * count]), shape: shape)
    }

    @Test(arguments: kinds)
    func thirtyStepsAgreeWithPyTorch(kind: Kind) throws {
        let parameters = try parameters(), optimizer = kind.make(groups(parameters))
        for index in 0..<30 {
            try step(index, optimizer)
            for parameter in parameters {
                let expected = try row(index, "\(kind.name)/\(parameter.name)")
                let error = relativeError(parameter.value, expected)
                #expect(error < 2e-6, "\(parameter.name) after step \(index): \(error)")
            }
        }
    }

    @Test(arguments: kinds)
    func restoredStateContinuesWithTheSameBits(kind: Kind) throws {
        let whole = try parameters(), part = try parameters(), rest = try parameters()
        let optimizer = kind.make(groups(whole)), before = kind.make(groups(part))
        let after = kind.make(groups(rest))
        for index in 0..<25 { try step(index, optimizer, factor: 1 / Double(index + 1)) }
        for index in 0..<11 { try step(index, before, factor: 1 / Double(index + 1)) }
        for (from, to) in zip(part, rest) { to.value = from.value }
        try after.restore(before.state)
        for index in 11..<25 { try step(index, after, factor: 1 / Double(index + 1)) }
        #expect(rest.map(\.value) == whole.map(\.value))
        #expect(after.state.map(\.name) == optimizer.state.map(\.name))
        #expect(after.state.map(\.value) == optimizer.state.map(\.value))
    }

    @Test func averagesAgreeWithPyTorch() throws {
        let parameters = try parameters(), optimizer = Self.kinds[0].make(groups(parameters))
        var average = ExponentialMovingAverage(parameters, decay: 0.9)
        for index in 0..<30 {
            try step(index, optimizer)
            average.update()
            if index == 10 {  // As after an interruption.
                let restored = ExponentialMovingAverage(parameters, decay: 0.9)
                try restored.restore(average.state)
                average = restored
            }
            let values = parameters.map(\.value)
            for parameter in parameters {
                let expected = try row(index, "average/\(parameter.name)")
                let found = average.withAverages { parameter.value }
                #expect(relativeError(found, expected) < 2e-6, "after step \(index)")
            }
            #expect(parameters.map(\.value) == values)
        }
    }

    @Test func averagesThatDoNotFitAreRefused() throws {
        let average = ExponentialMovingAverage(try parameters(), decay: 0.9)
        let missing = #expect(throws: OptimizerStateError.self) {
            try average.restore([("w.average", Tensor(shape: [5, 7]))])
        }
        #expect(missing?.reason == "it has no tensor 'b.average'")
        let other = #expect(throws: OptimizerStateError.self) {
            try average.restore([("w.average", Tensor(shape: [7, 5]))])
        }
        #expect(other?.reason == "'w.average' has shape [7, 5], not [5, 7]")
    }

    @Test(arguments: ["max", "min"])
    func plateausAgreeWithPyTorch(mode: String) throws {
        let figures = try reference.tensor("plateau/figures").elements
        let factors = try reference.tensor("plateau/\(mode)/factors").elements
        var schedule = PlateauSchedule(
            isMaximised: mode == "max", patience: 2, reduction: 0.5, smallestFactor: 0.1)
        for (index, figure) in figures.enumerated() {
            schedule.record(Double(mode == "max" ? figure : 2 - figure))
            #expect(abs(Float(schedule.factor) - factors[index]) < 1e-7, "figure \(index)")
            // As after an interruption.
            schedule = try JSONDecoder().decode(
                PlateauSchedule.self, from: JSONEncoder().encode(schedule))
        }
        #expect(schedule.factor < 1)
    }

    @Test func schedulesAgreeWithPyTorch() throws {
        for (name, schedule) in [
            ("steps", LearningRateSchedule.steps(every: 7, factor: 0.3)),
            ("milestones", .milestones([4, 5, 18], factor: 0.5)),
            ("linear", .warmupLinear(warmup: 0, total: 25)),
        ] {
            let factors = try reference.tensor("\(name)/factors").elements
            for (step, factor) in factors.enumerated() {
                #expect(abs(schedule(step: step) - Double(factor)) < 1e-6, "\(name) \(step)")
            }
        }
    }

    @Test func ratesFallFromLayerToLayer() {
        let layers = (0..<3).map { layer in
            [
                Parameter("w\(layer)", Tensor(shape: [2, 2])),
                Parameter("b\(layer)", Tensor(shape: [2])),
            ]
        }
        let groups = ParameterGroup.layerwise(
            layers, learningRate: 0.8, layerDecay: 0.5, weightDecay: 0.1)
        #expect(groups.map(\.learningRate) == [0.2, 0.2, 0.4, 0.4, 0.8, 0.8])
        #expect(groups.map(\.weightDecay) == [0.1, 0, 0.1, 0, 0.1, 0])
        #expect(groups.map { $0.parameters.map(\.name) } == layers.flatMap { $0.map { [$0.name] } })
    }
}
