import CHDF5
import Foundation
import Synchronization

extension HDF5 {
    /// Lays a file out in memory: all but the elements of its arrays, which are holes.
    ///
    /// HDF5 does not survive a write that fails: closing the file then fails as well, and the
    /// process may crash later. So it writes where no disk can be full, into an unnamed file of the
    /// system's shared memory; the bytes are to be copied from there.
    ///
    /// - Parameters:
    ///   - path: What errors call the file.
    ///   - body: Creates what is to be in it.
    /// - Returns: The file, as long as the final one.
    /// - Throws: ``StorageError`` of the library, or of `body`.
    static func layOut(
        _ path: String, _ body: (borrowing File) throws(StorageError) -> Void
    ) throws(StorageError) -> Descriptor {
        _ = layoutsOfTheDeadAreRemoved
        let serial = layoutCount.wrappingAdd(1, ordering: .relaxed).newValue
        let process = ProcessInfo.processInfo.processIdentifier
        let place = "\(layoutFolder)/avprep-\(process)-\(serial)"
        unlink(place)  // Left by an earlier process of this number, if by anyone.
        let file = try File(creatingAt: place, as: path)
        unlink(place)
        // The bytes are final once the library has closed the file: another handle keeps them.
        let memory = try file.descriptor()
        try body(file)
        return memory
    }

    private static let layoutCount = Atomic(0)

    private static let layoutsOfTheDeadAreRemoved: Void = removeLayoutsOfTheDead(in: layoutFolder)

    /// Removes what a process left that was killed between the making and the unlinking of a layout.
    static func removeLayoutsOfTheDead(in folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            guard let number = name.wholeMatch(of: /avprep-(\d+)-\d+/)?.1,
                let process = pid_t(number)
            else { continue }
            if kill(process, 0) < 0, errno == ESRCH { unlink("\(folder)/\(name)") }
        }
    }

    /// Shared memory, where the system has it.
    private static let layoutFolder =
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
}

extension HDF5.File {
    /// Another handle of the system's for the same file.
    fileprivate func descriptor() throws(StorageError) -> Descriptor {
        let operation = "create \(path)"
        var handle: UnsafeMutableRawPointer?
        try HDF5.check(operation) { H5Fget_vfd_handle(id, 0, &handle) }
        guard let number = handle?.load(as: Int32.self) else {
            throw StorageError(.failed, operation, "the library gives no file descriptor")
        }
        return Descriptor(
            adopting: try Descriptor.check(operation) { dup(number) }, path: path)
    }
}
