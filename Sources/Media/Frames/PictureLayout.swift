/// To what size a picture is scaled, and which part of it is kept, or what surrounds it.
struct PictureLayout: Equatable {
    /// Size after scaling.
    let scaled: PictureSize

    /// Size of the result.
    let size: PictureSize

    /// Where the result begins in the scaled picture; negative where black surrounds it.
    let left: Int
    let top: Int

    /// - Parameters:
    ///   - shape: Width and height in which the picture is shown, in square pixels.
    ///   - settings: What is wanted.
    init(of shape: (width: Double, height: Double), _ settings: PictureSettings) {
        let own = PictureSize(
            width: Self.side(shape.width.rounded()), height: Self.side(shape.height.rounded()))
        guard let size = settings.size else {
            self.init(scaled: own, size: own)
            return
        }
        switch settings.fit {
        case .squash: self.init(scaled: size, size: size)
        case .shortCrop:
            self.init(scaled: Self.covering(size, shape, settings.shortSide), size: size)
        case .letterbox:
            let scale = min(Double(size.width) / shape.width, Double(size.height) / shape.height)
            let fitting = PictureSize(
                width: min(size.width, Self.side((shape.width * scale).rounded())),
                height: min(size.height, Self.side((shape.height * scale).rounded())))
            self.init(scaled: fitting, size: size)
        }
    }

    /// All of a picture of a size.
    init(whole size: PictureSize) { self.init(scaled: size, size: size) }

    private init(scaled: PictureSize, size: PictureSize) {
        self.scaled = scaled
        self.size = size
        left = Self.margin(scaled.width, size.width)
        top = Self.margin(scaled.height, size.height)
    }

    /// One side is as wanted and the other one follows the shape, rounded down as torchvision's `Resize` does.
    private static func covering(
        _ size: PictureSize, _ shape: (width: Double, height: Double), _ shortSide: Int?
    ) -> PictureSize {
        let (width, height) = (shortSide ?? size.width, shortSide ?? size.height)
        if Double(width) * shape.height >= Double(height) * shape.width {
            return PictureSize(
                width: width, height: max(height, side(Double(width) * shape.height / shape.width)))
        }
        return PictureSize(
            width: max(width, side(Double(height) * shape.width / shape.height)), height: height)
    }

    /// A cut is placed as torchvision's `CenterCrop` places it, halves to even; a picture in black, halves down.
    private static func margin(_ scaled: Int, _ wanted: Int) -> Int {
        let half = Double(scaled - wanted) / 2
        return scaled >= wanted ? Int(half.rounded(.toNearestOrEven)) : -((wanted - scaled) / 2)
    }

    private static func side(_ length: Double) -> Int { max(1, Int(min(length, 1e9))) }
}
