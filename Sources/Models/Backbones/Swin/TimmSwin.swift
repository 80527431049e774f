/// What the names of timm's Swin Transformers stand for, such as `swinv2_base_window12_192`.
struct TimmSwin {
    let isV2: Bool
    let imageSize: Int
    let width: Int
    let depths: [Int]
    let heads: [Int]

    /// Sides of the windows of each stage, and Swin V2's of pre-training; 0 if they are the same.
    let windows: [Int]
    let pretrainedWindows: [Int]

    /// Width of the first stage, blocks of the third, and heads of the first.
    private static let sizes: [String: (width: Int, depth: Int, heads: Int)] = [
        "tiny": (96, 6, 3), "small": (96, 18, 3), "base": (128, 18, 4), "large": (192, 18, 6),
    ]

    /// Found by search: Chen et al., *Searching the Search Space of Vision Transformer*, 2021
    /// (arXiv:2111.14725).
    private static let searched: [String: (depth: Int, windows: [Int])] = [
        "tiny": (6, [7, 7, 14, 7]), "small": (18, [14, 14, 14, 7]), "base": (30, [7, 7, 14, 7]),
    ]

    /// Nil for a name that is not one of timm's.
    init?(_ name: String) {
        let parts = name.split(separator: "_").map(String.init)
        switch (parts.first, parts.count) {
        case ("swin", 4) where parts[1] == "s3":
            guard let size = Self.searched[parts[2]], let side = Int(parts[3]) else { return nil }
            isV2 = false
            imageSize = side
            (width, depths, heads) = (96, [2, 2, size.depth, 2], [3, 6, 12, 24])
            (windows, pretrainedWindows) = (size.windows, [0, 0, 0, 0])
            return
        case ("swin", 5) where parts[2] == "patch4": isV2 = false
        case ("swinv2", 4): isV2 = true
        default: return nil
        }
        // `window12to16_192to256`: trained with the first, then with the second.
        let window = parts[parts.count - 2].dropFirst("window".count).split(separator: "t")
            .map { $0.drop { $0 == "o" } }
        let side = parts[parts.count - 1].split(separator: "t").map { $0.drop { $0 == "o" } }
        guard
            parts[parts.count - 2].hasPrefix("window"), let size = Self.sizes[parts[1]],
            let last = window.last.flatMap({ Int($0) }), let image = side.last.flatMap({ Int($0) })
        else { return nil }
        imageSize = image
        (width, depths) = (size.width, [2, 2, size.depth, 2])
        heads = (0..<4).map { size.heads << $0 }
        windows = [last, last, last, last]
        if window.count == 2, let first = Int(window[0]) {
            // The last map of the first training was half as large as its windows.
            pretrainedWindows = [first, first, first, first / 2]
        } else {
            pretrainedWindows = [0, 0, 0, 0]
        }
    }
}
