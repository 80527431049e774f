import Foundation
import TestSupport
import Testing

@testable import Tensors

@Suite struct SafeTensorsTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { "\(folder.path)/model.safetensors" }

    private func write(header: String, payload: Int = 16) throws {
        var file = Data()
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { file.append(contentsOf: $0) }
        file.append(contentsOf: header.utf8)
        file.append(Data(count: payload))
        try file.write(to: URL(filePath: path))
    }

    @Test func tensorsRoundTrip() throws {
        let tensors: [(name: String, value: Tensor)] = [
            ("b\"quoted\"", Tensor([1, -2, .pi], shape: [3])), ("a", Tensor([4], shape: [])),
        ]
        let bytes = SafeTensors.encode(tensors, metadata: ["format": "pt"])
        try bytes.write(to: URL(filePath: path))
        let file = try SafeTensors(reading: path)
        #expect(file.metadata == ["format": "pt"])
        for (name, value) in tensors { #expect(try file.tensor(name) == value) }
        let again = SafeTensors.encode(tensors, metadata: ["format": "pt"])
        #expect(again == bytes)
    }

    @Test func halfTypesAreWidened() throws {
        try write(
            header: #"{"h":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"#
                + #""b":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]}}"#, payload: 4)
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes.replaceSubrange((bytes.count - 4)..., with: [0x00, 0xC0, 0x80, 0x3F])
        try bytes.write(to: URL(filePath: path))
        let file = try SafeTensors(reading: path)
        #expect(try file.tensor("h").elements == [-2])
        #expect(try file.tensor("b").elements == [1])
    }

    @Test(arguments: [
        (#"[1]"#, "its header is not a JSON object"),
        (
            #"{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}}"#,
            "tensor 'a' lies at 0..<20 of 16 bytes (truncated?)"
        ),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[8,4]}}"#, "tensor 'a' lies at 8..<4"),
        (
            #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,16]}}"#,
            "tensor 'a' of shape [3] and type F32 takes 12 bytes, not 16"
        ),
        (#"{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}"#, "tensor 'a' has shape [-4]"),
        (
            #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}}"#,
            "tensor 'a' has shape"
        ),
        (
            #"{"a":{"dtype":"Q4","shape":[4],"data_offsets":[0,16]}}"#,
            "tensor 'a' has the unknown type Q4"
        ),
        (#"{"a":{"shape":[4],"data_offsets":[0,16]}}"#, "tensor 'a' has no valid dtype"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
            "tensors 'a' and 'b' overlap"
        ),
    ])
    func wrongHeaderIsRefused(header: String, reason: String) throws {
        try write(header: header)
        let error = #expect(throws: SafeTensors.Error.self) { try SafeTensors(reading: path) }
        #expect(error?.operation == "read \(path)")
        #expect(error?.reason.hasPrefix(reason) == true)
    }

    @Test func everyTruncationIsRefused() throws {
        let bytes = SafeTensors.encode([("weight", Tensor(repeating: 1, shape: [4, 4]))])
        for count in 0..<bytes.count {
            try bytes.prefix(count).write(to: URL(filePath: path))
            #expect(throws: SafeTensors.Error.self) { try SafeTensors(reading: path) }
        }
    }

    @Test func missingFileAndTensorAreNamed() throws {
        let missing = #expect(throws: SafeTensors.Error.self) {
            try SafeTensors(reading: "/nowhere")
        }
        #expect(missing?.description == "cannot read /nowhere: No such file or directory")
        try write(header: "{}")
        let file = try SafeTensors(reading: path)
        let tensor = #expect(throws: SafeTensors.Error.self) { try file.tensor("w") }
        #expect(tensor?.description == "cannot read \(path): it has no tensor 'w'")
    }
}
