import CHDF5

extension HDF5 {
    /// An open file; closed when it goes out of scope.
    struct File: ~Copyable {
        let path: String
        let id: hid_t

        /// Opens an existing file of others for reading, without locking it.
        init(reading path: String) throws(StorageError) {
            let operation = "open \(path)"
            let access = try check(operation) { H5Pcreate(avprep_H5P_FILE_ACCESS()) }
            defer { H5Pclose(access) }
            try check(operation) { H5Pset_file_locking(access, false, true) }
            id = try check(operation) { H5Fopen(path, avprep_H5F_ACC_RDONLY(), access) }
            self.path = path
        }

        /// Creates a file in the format of version 1.8, its arrays on page boundaries.
        ///
        /// `place` is where to create it, and `path` what errors call it.
        init(creatingAt place: String, as path: String) throws(StorageError) {
            let operation = "create \(path)"
            let access = try check(operation) { H5Pcreate(avprep_H5P_FILE_ACCESS()) }
            defer { H5Pclose(access) }
            try check(operation) {
                H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18)
            }
            try check(operation) { H5Pset_alignment(access, 1, 4096) }
            try check(operation) { H5Pset_file_locking(access, false, true) }
            let creation = try check(operation) { H5Pcreate(avprep_H5P_FILE_CREATE()) }
            defer { H5Pclose(creation) }
            // The root group would carry the time of its making, and equal contents differ.
            try check(operation) { H5Pset_obj_track_times(creation, false) }
            id = try check(operation) {
                H5Fcreate(place, avprep_H5F_ACC_EXCL(), creation, access)
            }
            self.path = path
        }

        deinit { H5Fclose(id) }

        /// Creates a group that carries no times, so that equal contents give equal bytes.
        func createGroup(_ name: String) throws(StorageError) {
            let operation = "create group '\(name)' in \(path)"
            let properties = try check(operation) { H5Pcreate(avprep_H5P_GROUP_CREATE()) }
            defer { H5Pclose(properties) }
            try check(operation) { H5Pset_obj_track_times(properties, false) }
            let group = try check(operation) { H5Gcreate2(id, name, 0, properties, 0) }
            H5Gclose(group)
        }
    }
}
