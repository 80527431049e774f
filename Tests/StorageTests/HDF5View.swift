import CHDF5

/// A shard as the HDF5 library reads it, which the program itself never asks.
struct HDF5View: ~Copyable {
    private let file: hid_t

    init(_ path: String) throws {
        file = H5Fopen(path, 0, 0)
        struct Refusal: Error {}
        guard file >= 0 else { throw Refusal() }
    }

    deinit { H5Fclose(file) }

    /// Position, size of an element, and extents of a dataset.
    func dataset(_ name: String) -> (offset: Int, elementSize: Int, shape: [Int]) {
        let dataset = H5Dopen2(file, name, 0)
        defer { H5Dclose(dataset) }
        let space = H5Dget_space(dataset), type = H5Dget_type(dataset)
        defer {
            H5Sclose(space)
            H5Tclose(type)
        }
        var shape = [hsize_t](repeating: 0, count: Int(H5Sget_simple_extent_ndims(space)))
        H5Sget_simple_extent_dims(space, &shape, nil)
        return (Int(H5Dget_offset(dataset)), H5Tget_size(type), shape.map { Int($0) })
    }

    /// The text of an attribute of the root group.
    func attribute(_ name: String) -> String {
        let attribute = H5Aopen_by_name(file, "/", name, 0, 0)
        defer { H5Aclose(attribute) }
        let type = H5Aget_type(attribute)
        defer { H5Tclose(type) }
        var bytes = [UInt8](repeating: 0, count: H5Tget_size(type))
        H5Aread(attribute, type, &bytes)
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
