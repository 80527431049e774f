import CHDF5

extension HDF5.File {
    /// Attaches a text to the root group, or to the object at `place`.
    func setAttribute(
        _ name: String, to text: String, of place: String = "/"
    ) throws(StorageError) {
        let operation = "write attribute '\(name)' of \(path)"
        let bytes = Array(text.utf8)
        let space = try HDF5.check(operation) { H5Screate(H5S_SCALAR) }
        defer { H5Sclose(space) }
        let file = id
        try ElementType.text(max(bytes.count, 1)).withHandle(operation) {
            type throws(StorageError) in
            let attribute = try HDF5.check(operation) {
                H5Acreate_by_name(file, place, name, type, space, 0, 0, 0)
            }
            defer { H5Aclose(attribute) }
            try HDF5.check(operation) { H5Awrite(attribute, type, bytes.isEmpty ? [0] : bytes) }
        }
    }
}
