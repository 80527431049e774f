import Tensors

/// A picture in single precision, plane by plane, `[count, height, width]`.
struct PixelPlanes {
    private(set) var count = 0
    private(set) var height = 0
    private(set) var width = 0
    private(set) var values: [Float] = []

    /// Sets the size, after which the pixels are unspecified.
    private mutating func resize(count: Int, height: Int, width: Int) {
        (self.count, self.height, self.width) = (count, height, width)
        let total = count * height * width
        if values.count != total { values = Array(repeating: 0, count: total) }
    }

    /// Takes over a picture, `[height, width, 3]` of bytes, each by the table of its channel.
    mutating func load(rgb: [UInt8], height: Int, width: Int, _ tables: [[Float]]) {
        precondition(rgb.count == 3 * height * width)
        resize(count: 3, height: height, width: width)
        let size = height * width
        for channel in 0..<3 {
            let table = tables[channel]
            for pixel in 0..<size {
                values[channel * size + pixel] = table[Int(rgb[3 * pixel + channel])]
            }
        }
    }

    /// Takes over a matrix as the only plane, from which all channels are read.
    mutating func load(_ x: Tensor) {
        resize(count: 1, height: x.rows, width: x.columns)
        values.replaceSubrange(0..<x.count, with: x.elements)
    }

    /// Makes the only plane of a size, row by row and column by column.
    mutating func fill(height: Int, width: Int, _ body: (inout [Float]) -> Void) {
        resize(count: 1, height: height, width: width)
        body(&values)
    }
}
