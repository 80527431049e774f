/// The single-source subset of ``AVSBench``, clips of five seconds with one kind of sound.
///
/// On disk: `Single-source/s4_meta_data.csv` with `name,start_time,category,split`; below
/// `Single-source/s4_data`, videos in `raw_videos/<split>/<category>/<name>.mp4` and masks in
/// `gt_masks/<split>/<category>/<name>/<name>_{1..5}.png`, of which train has the first alone.
/// Fields are `category` and `start_time`; both are names for a manifest's `media`.
enum AVSBenchS4: DatasetReader {
    static let categories = [
        "baby_laughter", "female_singing", "male_speech", "dog_barking", "cat_meowing",
        "lions_roaring", "horse_clip-clop", "coyote_howling", "mynah_bird_singing",
        "playing_acoustic_guitar", "playing_tabla", "playing_violin", "playing_piano",
        "playing_ukulele", "playing_glockenspiel", "helicopter", "race_car", "driving_buses",
        "ambulance_siren", "typing_on_computer_keyboard", "chainsawing_trees", "cap_gun_shooting",
        "lawn_mowing",
    ]

    private static let folder = "Single-source/s4_data"

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let name = manifest.annotations ?? "Single-source/s4_meta_data.csv"
        let file = try AnnotationFile(reading: AnnotationFile.place(of: name, below: root))
        var samples: [(row: AVSBench.Row, sample: Sample)] = []
        for row in try AVSBench.rows(of: file, fields: 4...4, headers: ["name"]) {
            let name = try row.name(0, "name"), category = try row.name(2, "category")
            let split = try row.split(3)
            guard categories.contains(category) else {
                throw row.error("category '\(category)' is none of the 23")
            }
            let masks = (1...(split == "train" ? 1 : 5)).map {
                "\(folder)/gt_masks/\(split)/\(category)/\(name)/\(name)_\($0).png"
            }
            var fields = ["category": category, "start_time": String(row.fields[1])]
            fields["masks"] = Sample.maskField(masks)
            samples.append(
                (
                    row,
                    Sample(id: name, clip: name, split: split, labels: [category], fields: fields)
                )
            )
        }
        return try AVSBench.dataset(
            manifest, root: root, samples, names: ["category", "start_time"],
            vocabulary: categories,
            findings: AVSBench.absentVideos(
                "\(folder)/raw_videos",
                others: ["gt_masks", "visual_frames", "audio_wav"].map { "\(folder)/\($0)" },
                root: root))
    }
}
