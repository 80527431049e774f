import Models
import Neural

/// Scores of each segment, from the pooled final states of all streams side by side.
struct SegmentHead: Head {
    let classifier: any Classifier

    var parameters: [Parameter] { classifier.parameters }

    func callAsFunction(_ inputs: HeadInputs) -> HeadOutputs {
        HeadOutputs(scores: classifier(inputs.streams.joined()))
    }
}
