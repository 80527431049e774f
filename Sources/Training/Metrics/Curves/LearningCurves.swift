/// `curves.svg`: losses, and beside them the metrics of val, against epochs.
///
/// A picture without anything to load, whose colours follow the reader's choice of light or dark.
struct LearningCurves {
    let title: String
    let points: [MetricPoint]

    private static let size = (width: 900.0, height: 360.0)

    var svg: String {
        // Of several points in an epoch, the last is what the epoch came to.
        let epochs = Dictionary(points.map { ($0.epoch, $0) }) { $1 }.values
            .sorted { $0.epoch < $1.epoch }
        let names = Set(epochs.flatMap(\.values.keys)).sorted()
        let losses = names.filter { $0.hasSuffix("loss") }
        // One line for the whole, not for each of many figures.
        let metrics = names.filter {
            ($0.hasPrefix("val_") || $0.hasPrefix("test_")) && !$0.hasSuffix("loss")
        }
        let shown = metrics.count > 4 ? metrics.filter { $0.hasSuffix("_accuracy") } : metrics
        func lines(_ names: [String]) -> [CurvePanel.Line] {
            names.map { name in
                CurvePanel.Line(
                    name: name.replacing("_", with: " "),
                    points: epochs.compactMap { point in
                        point.values[name].map { (Double(point.epoch), $0) }
                    })
            }
        }
        let panels = [
            CurvePanel(
                title: "Loss", lines: lines(losses), frame: (62, 86, 358, 206), axis: "epoch",
                best: nil),
            CurvePanel(
                title: metrics.contains { $0.hasPrefix("test_") } ? "Test" : "Val",
                lines: lines(shown), frame: (516, 86, 358, 206), axis: "epoch",
                best: metrics.isEmpty ? nil : 0),
        ]
        let (width, height) = (Int(Self.size.width), Int(Self.size.height))
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" role="img">
            <title>\(title.escapedForXML)</title>
            <style>
            \(Self.style)
            </style>
            <rect class="ground" width="\(width)" height="\(height)"/>
            <text class="heading" x="26" y="34">\(title.escapedForXML)</text>
            \(panels.map(\.svg).filter { !$0.isEmpty }.joined(separator: "\n"))
            </svg>

            """
    }

    /// Colours that people of all kinds of colour vision tell apart.
    ///
    /// Source: Okabe, Ito, *Color Universal Design*, 2008.
    private static let style = """
        text { font: 12px system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif; fill: #3c4043 }
        .heading { font-size: 15px; font-weight: 600; fill: #202124 }
        .title { font-weight: 600; fill: #202124 }
        .end { text-anchor: end }
        .middle { text-anchor: middle }
        .ground { fill: #ffffff }
        .grid { stroke: #e3e5e8 }
        .axis { stroke: #80868b }
        .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
        .line0 { stroke: #0072b2 }
        .line1 { stroke: #d55e00 }
        .line2 { stroke: #009e73 }
        .line3 { stroke: #cc79a7 }
        .dot { fill: #ffffff; stroke-width: 2 }
        @media (prefers-color-scheme: dark) {
          text { fill: #bdc1c6 }
          .heading, .title { fill: #e8eaed }
          .ground, .dot { fill: #1f2023 }
          .grid { stroke: #3a3c40 }
          .axis { stroke: #9aa0a6 }
          .line0 { stroke: #56b4e9 }
          .line1 { stroke: #e69f00 }
          .line2 { stroke: #2fc79a }
          .line3 { stroke: #e39ac4 }
        }
        """
}
