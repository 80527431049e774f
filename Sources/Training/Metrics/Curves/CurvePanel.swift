/// One diagram: lines over a common horizontal axis.
struct CurvePanel {
    struct Line {
        let name: String
        let points: [(x: Double, y: Double)]
    }

    let title: String
    let lines: [Line]

    /// Where the diagram lies in the picture, labels of axes not counted.
    let frame: (x: Double, y: Double, width: Double, height: Double)

    /// Label of the horizontal axis, whose marks are whole numbers.
    let axis: String

    /// The number of the line whose highest point is marked; nil for none.
    let best: Int?

    /// Elements of SVG; classes `line0` … say how each line is drawn.
    var svg: String {
        let points = lines.flatMap(\.points)
        guard let x0 = points.map(\.x).min(), let x1 = points.map(\.x).max(),
            let y0 = points.map(\.y).min(), let y1 = points.map(\.y).max()
        else { return "" }
        let columns = AxisTicks(covering: x0...x1, count: 8, isWhole: true)
        let rows = AxisTicks(covering: y0...y1, count: 5)
        // Marks may lie outside of what is to be seen; epochs end where the training did.
        let width = x0 == x1 ? columns.range : x0...x1
        func x(_ value: Double) -> Double {
            frame.x + frame.width * (value - width.lowerBound)
                / (width.upperBound - width.lowerBound)
        }
        func y(_ value: Double) -> Double {
            frame.y + frame.height * (rows.range.upperBound - value)
                / (rows.range.upperBound - rows.range.lowerBound)
        }
        var parts: [String] = []
        for value in rows.values {
            parts += [
                line("grid", frame.x, y(value), frame.x + frame.width, y(value)),
                text("tick end", frame.x - 8, y(value) + 4, rows.label(value)),
            ]
        }
        let bottom = frame.y + frame.height
        for value in columns.values where width.contains(value) {
            parts += [
                line("axis", x(value), bottom, x(value), bottom + 5),
                text("tick middle", x(value), bottom + 19, columns.label(value)),
            ]
        }
        parts.append(line("axis", frame.x, bottom, frame.x + frame.width, bottom))
        parts.append(text("label middle", frame.x + frame.width / 2, bottom + 38, axis))
        for (number, curve) in lines.enumerated() {
            let places = curve.points.map { "\(short(x($0.x))),\(short(y($0.y)))" }
            parts.append(
                #"<polyline class="curve line\#(number)" points="\#(places.joined(separator: " "))"/>"#
            )
            if curve.points.count == 1 { parts.append(dot(number, x(x0), y(curve.points[0].y), 3)) }
        }
        if let best, let top = Self.top(lines[best].points) {
            parts.append(dot(best, x(top.x), y(top.y), 4))
        }
        return (parts + legend).joined(separator: "\n")
    }

    /// The title, and after it the name of each line beside a piece of it.
    private var legend: [String] {
        let level = frame.y - 20
        var parts = [text("title", frame.x, level, title)]
        var place = frame.x + frame.width
        for (number, curve) in lines.enumerated().reversed() {
            var name = curve.name
            if number == best, let top = Self.top(curve.points) {
                name +=
                    ", best \(AxisTicks(covering: 0...1, count: 1000).label(top.y))"
                    + " at \(axis) \(Int(top.x))"
            }
            parts.append(text("label end", place, level, name))
            place -= 6.4 * Double(name.count) + 6
            parts.append(line("curve line\(number)", place - 18, level - 4, place, level - 4))
            place -= 34
        }
        return parts
    }

    /// The first of the highest points.
    private static func top(_ points: [(x: Double, y: Double)]) -> (x: Double, y: Double)? {
        points.reduce(nil) { top, point in top.map { $0.y >= point.y } == true ? top : point }
    }

    private func line(
        _ style: String, _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double
    ) -> String {
        #"<line class="\#(style)" x1="\#(short(x0))" y1="\#(short(y0))" x2="\#(short(x1))" y2="\#(short(y1))"/>"#
    }

    private func text(_ style: String, _ x: Double, _ y: Double, _ content: String) -> String {
        #"<text class="\#(style)" x="\#(short(x))" y="\#(short(y))">\#(content.escapedForXML)</text>"#
    }

    private func dot(_ number: Int, _ x: Double, _ y: Double, _ radius: Int) -> String {
        #"<circle class="dot line\#(number)" cx="\#(short(x))" cy="\#(short(y))" r="\#(radius)"/>"#
    }

    /// A coordinate to a tenth of a pixel.
    private func short(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

extension String {
    /// The text as the content of an XML element; control characters, which XML has no way to write, go.
    var escapedForXML: String {
        String(
            unicodeScalars.filter { $0.properties.generalCategory != .control }.map(Character.init)
        )
        .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
