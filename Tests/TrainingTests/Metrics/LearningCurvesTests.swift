import Foundation
import FoundationXML
import Testing

@testable import Training

@Suite struct LearningCurvesTests {
    @Test(arguments: [
        (0.0, 1.0, 5, false, [0, 0.2, 0.4, 0.6, 0.8, 1], "0.2"),
        (0.213, 0.709, 5, false, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], "0.3"),
        (1, 30, 8, true, [0, 5, 10, 15, 20, 25, 30], "5"), (1, 3, 8, true, [1, 2, 3], "2"),
        (1, 1, 8, true, [1, 2], "2"), (-3, 4, 5, false, [-4, -2, 0, 2, 4], "−2"),
        (0.00012, 0.00018, 5, false, [0.00012, 0.00014, 0.00016, 0.00018], "0.00014"),
        (0, 2500, 5, false, [0, 500, 1000, 1500, 2000, 2500], "500"),
    ])
    func marksAreRoundNumbers(
        low: Double, high: Double, count: Int, isWhole: Bool, expected: [Double], second: String
    ) {
        let ticks = AxisTicks(covering: low...high, count: count, isWhole: isWhole)
        #expect(ticks.values.count == expected.count, "\(ticks.values)")
        for (value, expected) in zip(ticks.values, expected) {
            #expect(abs(value - expected) < 1e-12, "\(ticks.values)")
        }
        #expect(ticks.label(ticks.values[1]) == second)
    }

    /// What an XML parser finds in a picture.
    private final class Content: NSObject, XMLParserDelegate {
        var lines: [[(Double, Double)]] = []
        var texts: [String] = []
        private var isText = false

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            isText = name == "text"
            if isText { texts.append("") }
            guard name == "polyline", let points = attributes["points"] else { return }
            lines.append(
                points.split(separator: " ").map { point in
                    let pair = point.split(separator: ",").compactMap { Double($0) }
                    return (pair[0], pair[1])
                })
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            if isText { texts[texts.count - 1] += string }
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
            qualifiedName: String?
        ) { isText = false }
    }

    private func content(_ points: [MetricPoint], title: String = "a run") throws -> Content {
        let parser = XMLParser(data: Data(LearningCurves(title: title, points: points).svg.utf8))
        let content = Content()
        parser.delegate = content
        let isValid = parser.parse()
        #expect(isValid, "\(String(describing: parser.parserError))")
        return content
    }

    private func points(_ count: Int) -> [MetricPoint] {
        (0..<count).map { index in
            MetricPoint(
                step: index + 1, epoch: index + 1,
                values: ["train_loss": 3 - 0.1 * Double(index), "val_accuracy": 0.25])
        }
    }

    @Test func linesAreInProportion() throws {
        let content = try content(points(11))
        #expect(content.lines.count == 2)
        let loss = content.lines[0]
        #expect(loss.count == 11)
        for (point, next) in zip(loss, loss.dropFirst()) {
            // Coordinates are written to a tenth.
            #expect(abs(next.0 - point.0 - (loss[10].0 - loss[0].0) / 10) < 0.11)
            #expect(abs(next.1 - point.1 - (loss[10].1 - loss[0].1) / 10) < 0.11)
        }
        #expect(loss[10].1 > loss[0].1)  // A loss that falls goes down on the page.
        #expect(Set(content.lines[1].map(\.1)).count == 1)
        for text in ["a run", "Loss", "Val", "epoch", "train loss", "2.0", "3.0", "10"] {
            #expect(content.texts.contains(text), "\(text) in \(content.texts)")
        }
        #expect(content.texts.contains("val accuracy, best 0.250 at epoch 1"))
    }

    @Test(arguments: [0, 1, 2, 400])
    func anyNumberOfEpochsIsAPicture(count: Int) throws {
        let content = try content(points(count), title: "<a> & \u{1} \"b\"")
        #expect(content.texts.first == "<a> &  \"b\"")
        #expect(content.lines.map(\.count) == (count == 0 ? [] : [count, count]))
        for (x, y) in content.lines.joined() { #expect(0...900 ~= x && 0...360 ~= y) }
    }
}
