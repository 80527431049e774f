extension AVE {
    /// The split of each record, from files that repeat the records of a split, or that list their
    /// numbers; where there are both they have to agree.
    ///
    /// `train_order_match.h5` and its like belong to another task, cross-modality localisation, and
    /// are never read.
    struct Splits {
        /// One for each record; nil where no file mentions it.
        private(set) var names: [String?]
        private(set) var findings: [AnnotationFinding] = []

        private let records: [Record]
        private let annotations: AnnotationFile

        init(
            _ manifest: DatasetManifest, root: String, records: [Record],
            annotations: AnnotationFile, indices: IndexReader?
        ) throws(AnnotationError) {
            names = Array(repeating: nil, count: records.count)
            self.records = records
            self.annotations = annotations
            var places: [Key: [Int]] = [:], absent: [String] = [], unread: [String] = []
            for (index, record) in records.enumerated() {
                places[record.key, default: []].append(index)
            }
            for (split, name) in manifest.splits.sorted(by: { $0.key < $1.key }) {
                let order = try Self.orderFile(of: split, manifest, root: root)
                if order != nil, indices == nil { unread.append("\(split)_order.h5") }
                var numbers: [Int]?
                if let indices, let order { numbers = try indices(order) }
                if let file = try AnnotationFile.find(name, below: root) {
                    let listed = try AVE.records(of: file, length: nil)
                    try assign(split, listed, of: file, places: places)
                    if let numbers, let order {
                        try check(numbers, of: order, listed, of: file)
                    }
                } else if let numbers, let order {
                    try assign(split, numbers, of: order)
                } else {
                    absent.append(name)
                }
            }
            findings = AnnotationFinding.missing("missing-split", absent, root: root)
            if let first = unread.first {
                findings.append(
                    AnnotationFinding(
                        kind: "unread-order", count: unread.count,
                        message: "\(unread.count) lists of record numbers, such as \(first), are "
                            + "neither used nor checked: there is no reader of HDF5 files here"))
            }
        }

        /// Where the record numbers of a split are; nil if nowhere.
        private static func orderFile(
            of split: String, _ manifest: DatasetManifest, root: String
        ) throws(AnnotationError) -> String? {
            guard let name = manifest.files["\(split)-order"] else { return nil }
            guard !name.hasSuffix("_order_match.h5") else {
                throw AnnotationError(
                    "use \(name) as a split", "it belongs to cross-modality localisation",
                    .configuration)
            }
            let path = AnnotationFile.place(of: name, below: root)
            return FileKind.isFile(path) ? path : nil
        }

        private mutating func assign(
            _ split: String, _ listed: [Record], of file: AnnotationFile, places: [Key: [Int]]
        ) throws(AnnotationError) {
            for record in listed {
                guard let index = places[record.key]?.first(where: { names[$0] == nil }) else {
                    throw file.error(
                        record.line,
                        "this record is not in \(annotations.path), or is there less often")
                }
                names[index] = split
            }
        }

        private mutating func assign(
            _ split: String, _ numbers: [Int], of path: String
        ) throws(AnnotationError) {
            try checkRange(numbers, of: path)
            for (entry, number) in numbers.enumerated() {
                guard names[number] == nil else {
                    throw AnnotationError(
                        "read \(path)",
                        "entry \(entry): record \(number) is in split \(names[number] ?? "") "
                            + "already")
                }
                names[number] = split
            }
        }

        private func checkRange(_ numbers: [Int], of path: String) throws(AnnotationError) {
            for (entry, number) in numbers.enumerated() where !records.indices.contains(number) {
                let hint =
                    number == records.count
                    ? "; do its numbers count a header line as record 0?" : ""
                throw AnnotationError(
                    "read \(path)",
                    "entry \(entry) is \(number), but \(annotations.path) has \(records.count) "
                        + "records, counted from 0\(hint)")
            }
        }

        /// Record numbers have to name the records of the split's file, one by one.
        private func check(
            _ numbers: [Int], of path: String, _ listed: [Record], of file: AnnotationFile
        ) throws(AnnotationError) {
            func agree(shiftedBy shift: Int) -> Bool {
                zip(numbers, listed).allSatisfy { number, record in
                    records.indices.contains(number + shift)
                        && records[number + shift].key == record.key
                }
            }
            guard numbers.count == listed.count else {
                throw AnnotationError(
                    "read \(path)",
                    "it has \(numbers.count) entries, and \(file.path) \(listed.count) records")
            }
            if agree(shiftedBy: 0) { return }
            for (shift, words) in [(-1, "high"), (1, "low")] where agree(shiftedBy: shift) {
                throw AnnotationError(
                    "read \(path)",
                    "its numbers are one too \(words) for \(annotations.path): a header line is "
                        + "counted as a record, or a record taken for one")
            }
            try checkRange(numbers, of: path)
            for (entry, (number, record)) in zip(numbers, listed).enumerated()
            where records[number].key != record.key {
                throw AnnotationError(
                    "read \(path)",
                    "entry \(entry) is \(number), which is another record than line "
                        + "\(record.line.number) of \(file.path)")
            }
        }
    }
}
