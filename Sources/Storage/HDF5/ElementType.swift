import CHDF5

/// What the elements of an array are; all are little-endian.
public enum ElementType: Hashable, Sendable {
    case u8, i8, i32, u64, i64, f32, f64

    /// IEEE half precision.
    case f16

    /// UTF-8 text padded with zeros to a number of bytes.
    case text(Int)

    /// Size of an element in bytes.
    public var size: Int {
        switch self {
        case .u8, .i8: 1
        case .f16: 2
        case .i32, .f32: 4
        case .u64, .i64, .f64: 8
        case .text(let bytes): bytes
        }
    }
}

extension ElementType {
    /// Calls `body` with the library's description of the type, which it must not keep.
    func withHandle<Result>(
        _ operation: String, _ body: (hid_t) throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        switch self {
        case .u8: return try body(avprep_H5T_U8())
        case .i8: return try body(avprep_H5T_I8())
        case .i32: return try body(avprep_H5T_I32())
        case .u64: return try body(avprep_H5T_U64())
        case .i64: return try body(avprep_H5T_I64())
        case .f32: return try body(avprep_H5T_F32())
        case .f64: return try body(avprep_H5T_F64())
        case .f16:
            // Version 1.10 predefines no half type. Fields before size, or the size is refused.
            let type = try HDF5.check(operation) { H5Tcopy(avprep_H5T_F32()) }
            defer { H5Tclose(type) }
            try HDF5.check(operation) { H5Tset_fields(type, 15, 10, 5, 0, 10) }
            try HDF5.check(operation) { H5Tset_size(type, 2) }
            try HDF5.check(operation) { H5Tset_ebias(type, 15) }
            return try body(type)
        case .text(let bytes):
            let type = try HDF5.check(operation) { H5Tcopy(avprep_H5T_C_S1()) }
            defer { H5Tclose(type) }
            try HDF5.check(operation) { H5Tset_size(type, bytes) }
            try HDF5.check(operation) { H5Tset_cset(type, H5T_CSET_UTF8) }
            try HDF5.check(operation) { H5Tset_strpad(type, H5T_STR_NULLPAD) }
            return try body(type)
        }
    }
}

extension ElementType: LosslessStringConvertible {
    /// `u8`, `f16` and so on; `text11` for texts of eleven bytes.
    public var description: String {
        switch self {
        case .u8: "u8"
        case .i8: "i8"
        case .i32: "i32"
        case .u64: "u64"
        case .i64: "i64"
        case .f16: "f16"
        case .f32: "f32"
        case .f64: "f64"
        case .text(let bytes): "text\(bytes)"
        }
    }

    public init?(_ description: String) {
        let numbers: [ElementType] = [.u8, .i8, .i32, .u64, .i64, .f16, .f32, .f64]
        if let type = numbers.first(where: { $0.description == description }) {
            self = type
        } else if let bytes = description.wholeMatch(of: /text([0-9]{1,9})/)?.1 {
            self = .text(Int(bytes) ?? 0)
        } else {
            return nil
        }
    }
}
