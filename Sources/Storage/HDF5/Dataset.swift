import CHDF5

extension HDF5 {
    /// Where an array's elements lie in a file: one range of bytes, in row-major order.
    struct Extent: Sendable {
        let type: ElementType

        /// Extent of each axis; the first counts the clips.
        let shape: [Int]

        /// Position of the first byte in the file.
        let offset: Int

        /// Bytes of one entry along the first axis.
        var rowSize: Int { shape.dropFirst().reduce(type.size, *) }
    }
}

extension HDF5.File {
    /// Creates an array whose place in the file is fixed at once, and whose elements are not written.
    func createArray(
        _ name: String, type: ElementType, shape: [Int]
    ) throws(StorageError) -> HDF5.Extent {
        let operation = "create dataset '\(name)' in \(path)"
        let space = try HDF5.check(operation) {
            H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil)
        }
        defer { H5Sclose(space) }
        let properties = try HDF5.check(operation) { H5Pcreate(avprep_H5P_DATASET_CREATE()) }
        defer { H5Pclose(properties) }
        try HDF5.check(operation) { H5Pset_layout(properties, H5D_CONTIGUOUS) }
        try HDF5.check(operation) { H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY) }
        try HDF5.check(operation) { H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER) }
        try HDF5.check(operation) { H5Pset_obj_track_times(properties, false) }
        let file = id
        let dataset = try type.withHandle(operation) { type throws(StorageError) in
            try HDF5.check(operation) { H5Dcreate2(file, name, type, space, 0, properties, 0) }
        }
        defer { H5Dclose(dataset) }
        return HDF5.Extent(
            type: type, shape: shape, offset: try offset(of: dataset, named: name))
    }

    /// Where an existing array lies.
    ///
    /// - Throws: If the file has none of that name, or it is not one plain range of bytes.
    func array(_ name: String) throws(StorageError) -> HDF5.Extent {
        let operation = "open dataset '\(name)' in \(path)"
        let dataset = try HDF5.check(operation) { H5Dopen2(id, name, 0) }
        defer { H5Dclose(dataset) }
        let space = try HDF5.check(operation) { H5Dget_space(dataset) }
        defer { H5Sclose(space) }
        let rank = try HDF5.check(operation) { H5Sget_simple_extent_ndims(space) }
        var shape = [hsize_t](repeating: 0, count: Int(rank))
        try HDF5.check(operation) { H5Sget_simple_extent_dims(space, &shape, nil) }
        let handle = try HDF5.check(operation) { H5Dget_type(dataset) }
        defer { H5Tclose(handle) }
        guard let type = ElementType(handle), rank > 0 else {
            throw StorageError(.incompatible, operation, "caches have no arrays of its type")
        }
        return HDF5.Extent(
            type: type, shape: shape.map { Int($0) }, offset: try offset(of: dataset, named: name))
    }

    private func offset(of dataset: hid_t, named name: String) throws(StorageError) -> Int {
        let offset = H5Dget_offset(dataset)
        guard offset != avprep_HADDR_UNDEF else {
            throw StorageError(
                .incompatible, "open dataset '\(name)' in \(path)", "it is not one range of bytes")
        }
        return Int(offset)
    }
}
