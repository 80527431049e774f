import Foundation

extension Cache {
    /// Files that no running command needs: what killed ones left, and what is none of a cache's.
    public func leftovers() -> (unfinished: [String], foreign: [String]) {
        var unfinished: [String] = [], foreign: [String] = []
        func sort(_ name: String, isOurs: Bool) {
            if name.split(separator: "/").last?.hasPrefix(".tmp-") == true {
                unfinished.append(name)
            } else if !isOurs {
                foreign.append(name)
            }
        }
        let features = Set(featureNames())
        for name in Feature(name: ".", cache: path).fileNames() {
            let isOurs =
                ["cache.json", "samples.jsonl", "touched.jsonl", "weights.jsonl", "runs", "lock"]
                .contains(name)
                || name.hasPrefix("lock-") || features.contains(name)
            sort(name, isOurs: isOurs)
        }
        for name in features.sorted() {
            let feature = feature(name), companions = feature.companionNames()
            for file in feature.fileNames() {
                let isOurs =
                    ["recipe.json", "failures.jsonl"].contains(file) || ShardName(file) != nil
                    || companions.contains(file)
                sort("\(name)/\(file)", isOurs: isOurs)
            }
        }
        return (unfinished, foreign)
    }
}
