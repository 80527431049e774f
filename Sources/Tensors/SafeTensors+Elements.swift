extension SafeTensors {
    /// The named tensor's elements as `Float`, from F32, F16 or BF16.
    ///
    /// The memory of its place in the file is given back, so that a model takes little more than its
    /// tensors while it is loaded.
    ///
    /// - Throws: ``Error`` if there is no such tensor or it has another type.
    public func tensor(_ name: String) throws(Error) -> Tensor {
        let entry = try find(name)
        let convert: (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void
        switch entry.type {
        case "F32": convert = Self.copySingles
        case "BF16": convert = Self.widenBrainHalves
        case "F16": convert = Self.widenHalves
        default:
            throw .invalid(
                path, "tensor '\(name)' has type \(entry.type); F32, F16 or BF16 is expected")
        }
        let count = entry.shape.reduce(1, *), bytes = self.bytes(of: entry)
        let elements = [Float](unsafeUninitializedCapacity: count) { elements, initialised in
            if count > 0, let source = bytes.baseAddress, let target = elements.baseAddress {
                convert(source, target, count)
            }
            initialised = count
        }
        file.release(payload + entry.range.lowerBound..<payload + entry.range.upperBound)
        return Tensor(elements, shape: entry.shape)
    }

    /// The named tensor's bytes as they lie in the file.
    ///
    /// - Throws: ``Error`` if there is no such tensor.
    public func bytes(of name: String) throws(Error) -> [UInt8] {
        Array(bytes(of: try find(name)))
    }

    private func bytes(of entry: Entry) -> UnsafeRawBufferPointer {
        let range = payload + entry.range.lowerBound..<payload + entry.range.upperBound
        return UnsafeRawBufferPointer(rebasing: file.bytes[range])
    }

    // Tensors need not be aligned in the file. Elements are little-endian there, and so are all
    // machines that this runs on.

    private static func copySingles(
        _ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 * count)
    }

    /// Sixteen bits of brain floating point are the upper half of a single.
    private static func widenBrainHalves(
        _ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        for i in 0..<count {
            let bits = source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
            target[i] = Float(bitPattern: UInt32(bits) << 16)
        }
    }

    /// Halves by arithmetic on their bits, which is exact and vectorises; a conversion by the
    /// language calls a function for each element on processors without an instruction for it.
    ///
    /// Moved to the place of a single's, exponent and fraction are those of the value · 2⁻¹¹².
    private static func widenHalves(
        _ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        for i in 0..<count {
            let bits = UInt32(source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
            let magnitude = (bits & 0x7FFF) << 13
            let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
            let special = magnitude | 0x7F80_0000
            let isSpecial = bits & 0x7C00 == 0x7C00
            target[i] = Float(
                bitPattern: (isSpecial ? special : finite) | (bits & 0x8000) << 16)
        }
    }
}
