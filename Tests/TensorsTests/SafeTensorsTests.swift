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
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#,
            "bytes 0..<8 belong to no tensor"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
            "bytes 8..<16 belong to no tensor"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"\u0061":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
            "its header has 'a' twice"
        ),
        (#"{"__metadata__":{"a":"1","a":"2"}}"#, "its metadata have 'a' twice"),
        (
            #"{"a":{"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
            "tensor 'a' has 'dtype' twice"
        ),
        (#"{"a":{"x":1}}"#, "tensor 'a' has the unknown key 'x'"),
        (#"{"a":{"shape":[4.5]}}"#, "its header is not valid: no ']' at byte 16"),
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
        try write(header: "{}", payload: 0)
        let file = try SafeTensors(reading: path)
        let tensor = #expect(throws: SafeTensors.Error.self) { try file.tensor("w") }
        #expect(tensor?.description == "cannot read \(path): it has no tensor 'w'")
    }

    /// All 65,536 of them, at an odd place in the file.
    @Test(arguments: ["F16", "BF16"])
    func everyHalfIsWidenedExactly(type: String) throws {
        let header =
            #"{"o":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
            + #""h":{"dtype":"\#(type)","shape":[65536],"data_offsets":[1,131073]}}"#
        try write(header: header, payload: 131_073)
        var bytes = try Data(contentsOf: URL(filePath: path))
        let start = bytes.count - 131_072
        for bits in 0..<65536 {
            bytes[start + 2 * bits] = UInt8(bits & 0xFF)
            bytes[start + 2 * bits + 1] = UInt8(bits >> 8)
        }
        try bytes.write(to: URL(filePath: path))
        let elements = try SafeTensors(reading: path).tensor("h").elements
        for bits in UInt16.min...UInt16.max {
            let expected =
                type == "F16"
                ? Float(Float16(bitPattern: bits)) : Float(bitPattern: UInt32(bits) << 16)
            let element = elements[Int(bits)]
            #expect(
                element.isNaN ? expected.isNaN : element.bitPattern == expected.bitPattern,
                "\(bits)")
        }
    }

    @Test func tensorOfAnotherTypeIsRefused() throws {
        try write(header: #"{"a":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}"#)
        let error = #expect(throws: SafeTensors.Error.self) {
            try SafeTensors(reading: path).tensor("a")
        }
        #expect(error?.reason == "tensor 'a' has type I64; F32, F16 or BF16 is expected")
    }

    @Test func tensorCanBeReadAgain() throws {
        let tensor = Tensor((0..<100_000).map(Float.init), shape: [100, 1000])
        try SafeTensors.encode([("a", tensor)]).write(to: URL(filePath: path))
        let file = try SafeTensors(reading: path)
        #expect(try file.tensor("a") == tensor)
        #expect(try file.tensor("a") == tensor)
    }

    @Test func pointerOfGitIsNamed() throws {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
        try Data(pointer.utf8).write(to: URL(filePath: path))
        let error = #expect(throws: SafeTensors.Error.self) { try SafeTensors(reading: path) }
        #expect(error?.reason == "it is a pointer of Git LFS; git lfs pull gets the file")
    }

    @Test func whatIsNoFileIsNamed() throws {
        let folder = #expect(throws: SafeTensors.Error.self) {
            try SafeTensors(reading: self.folder.path)
        }
        #expect(folder?.reason == "it is not a regular file")
        #expect(mkfifo(path, 0o600) == 0)
        let pipe = #expect(throws: SafeTensors.Error.self) { try SafeTensors(reading: path) }
        #expect(pipe?.reason == "it is not a regular file")
    }
}
