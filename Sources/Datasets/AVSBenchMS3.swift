/// The multiple-source subset of ``AVSBench``, clips of five seconds with several sounds.
///
/// On disk: `Multi-sources/ms3_meta_data.csv` with the name first and the split second; below
/// `Multi-sources/ms3_data`, videos in `raw_videos/<name>.mp4` and masks in
/// `gt_masks/<split>/<name>/<name>_{1..5}.png`. Names are `<YouTube id>_<number>`. The table does not
/// name the objects, so samples have no labels.
enum AVSBenchMS3: DatasetReader {
    private static let folder = "Multi-sources/ms3_data"

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let name = manifest.annotations ?? "Multi-sources/ms3_meta_data.csv"
        let file = try AnnotationFile(reading: AnnotationFile.place(of: name, below: root))
        var samples: [(row: AVSBench.Row, sample: Sample)] = []
        for row in try AVSBench.rows(
            of: file, fields: 2...16, headers: ["name", "vid", "uid", "video_name", "video_id"])
        {
            let name = try row.name(0, "name"), split = try row.split(1)
            let masks = (1...5).map { "\(folder)/gt_masks/\(split)/\(name)/\(name)_\($0).png" }
            var fields: [String: String] = [:]
            fields["masks"] = Sample.maskField(masks)
            samples.append((row, Sample(id: name, clip: name, split: split, fields: fields)))
        }
        return try AVSBench.dataset(
            manifest, root: root, samples, names: [], vocabulary: [],
            findings: AVSBench.absentVideos(
                "\(folder)/raw_videos",
                others: ["gt_masks", "visual_frames", "audio_wav"].map { "\(folder)/\($0)" },
                root: root))
    }
}
