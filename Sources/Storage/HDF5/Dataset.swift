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

        /// Bytes of the file that it takes.
        var range: Range<Int> { offset..<offset + shape[0] * rowSize }
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

    private func offset(of dataset: hid_t, named name: String) throws(StorageError) -> Int {
        let offset = H5Dget_offset(dataset)
        guard offset != avprep_HADDR_UNDEF else {
            throw StorageError(
                .incompatible, "open dataset '\(name)' in \(path)", "it is not one range of bytes")
        }
        return Int(offset)
    }
}
