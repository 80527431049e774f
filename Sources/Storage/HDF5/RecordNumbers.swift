import CHDF5
public import Datasets

/// Lists of record numbers, which some data sets keep in HDF5 files of their own.
public enum RecordNumbers {
    private static let dataset = "order"

    /// More than any data set has samples; a longer list is refused before memory is taken for it.
    private static let limit = 10_000_000

    /// Reads the dataset `order` of a file: whole numbers of any size along one axis.
    ///
    /// Such files come from elsewhere and may be stored in chunks, so unlike the arrays of caches
    /// their elements are read by the library.
    ///
    /// - Parameter path: A regular file.
    /// - Returns: The numbers, in order.
    /// - Throws: ``AnnotationError`` if there is no such dataset, or it is something else.
    public static func read(_ path: String) throws(AnnotationError) -> [Int] {
        do {
            return try HDF5.File(reading: path).integers(dataset, limit: limit)
        } catch {
            let kind: AnnotationError.Kind =
                switch error.kind {
                case .missing: .missing
                case .permission: .permission
                default: .unreadable
                }
            throw AnnotationError(error.operation, error.reason, kind)
        }
    }
}

extension HDF5.File {
    /// Elements of a one-dimensional dataset of whole numbers that fit 64 bits.
    fileprivate func integers(_ name: String, limit: Int) throws(StorageError) -> [Int] {
        let operation = "open dataset '\(name)' in \(path)"
        let dataset = try HDF5.check(operation) { H5Dopen2(id, name, 0) }
        defer { H5Dclose(dataset) }
        let type = try HDF5.check(operation) { H5Dget_type(dataset) }
        defer { H5Tclose(type) }
        let space = try HDF5.check(operation) { H5Dget_space(dataset) }
        defer { H5Sclose(space) }
        let rank = try HDF5.check(operation) { H5Sget_simple_extent_ndims(space) }
        guard H5Tget_class(type) == H5T_INTEGER, rank == 1 else {
            throw StorageError(
                .incompatible, operation, "it is not a list of whole numbers along one axis")
        }
        let count = try HDF5.check(operation) { H5Sget_simple_extent_npoints(space) }
        guard count <= limit else {
            throw StorageError(.incompatible, operation, "it has \(count) entries")
        }
        var numbers = [Int](repeating: 0, count: Int(count))
        // "H5S_ALL" for both spaces, which is zero: the whole dataset.
        try HDF5.check("read dataset '\(name)' in \(path)") {
            H5Dread(dataset, avprep_H5T_I64(), 0, 0, 0, &numbers)
        }
        return numbers
    }
}
