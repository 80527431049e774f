import Foundation
import Tensors
import Testing

@testable import Neural

@Suite struct ActivationsTests {
    @Test func rowsAreChosenAndOthersAreZero() {
        let x = Tensor((0..<12).map(Float.init), shape: [4, 3]), rows = Activations(.f32)
        rows.load(Tensor(repeating: 7, shape: [5, 3]))
        rows.load(x, rows: [3, -1, 0, 3])
        #expect(rows.tensor.elements == [9, 10, 11, 0, 0, 0, 0, 1, 2, 9, 10, 11])
        rows.load(Tensor(shape: [0, 3]))
        #expect(rows.tensor.shape == [0, 3])
    }

    /// In a process of its own, where nobody else takes memory: it gets no larger, and touches no page
    /// for the first time, as it would with something large that is given back.
    @Test(arguments: ComputeType.allCases)
    func secondImageTakesNoMemory(compute: ComputeType) async {
        await #expect(processExitsWith: .success) { [name = compute.rawValue as String] in
            do { try runBlocks(in: name) } catch { preconditionFailure("\(error)") }
        }
    }
}

private func runBlocks(in name: String) throws {
    let compute = try #require(ComputeType(rawValue: name))
    var generator = SplitMix64(seed: 1)
    func linear(_ inputs: Int, _ outputs: Int) throws -> FrozenLinear {
        try FrozenLinear(
            weight: .random(shape: [outputs, inputs], using: &generator), bias: nil,
            activation: .gelu, compute: compute)
    }
    let qkv = try linear(192, 576), projection = try linear(192, 192)
    let norm = FrozenLayerNorm(
        weight: Tensor(repeating: 1, shape: [192]), bias: Tensor(shape: [192]), epsilon: 1e-6)
    let attention = FrozenAttention(heads: 3, headWidth: 64)
    let rows = Activations(compute), mixed = Activations(compute), parts = Activations(compute)
    let workspace = Workspace()
    var x = Tensor.random(shape: [197, 192], using: &generator)
    func block() {
        norm.apply(x, to: rows)
        qkv.apply(rows, to: parts, in: workspace)
        attention.apply(parts, to: mixed, in: workspace)
        projection.add(mixed, to: &x, in: workspace)
    }
    block()
    _ = memory()
    let before = memory()
    for _ in 0..<200 { block() }
    let after = memory()
    precondition(after.data == before.data, "\(after.data - before.data) pages more")
    precondition(after.touched - before.touched < 8)
}

/// Pages of data that the process has, and how many it has touched for the first time so far.
private func memory() -> (data: Int, touched: Int) {
    let sizes = try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii)
    var usage = rusage()
    getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    return (Int(sizes!.split(separator: " ")[5])!, usage.ru_minflt)
}
