/// Something that happens in a clip between two times.
public struct Event: Codable, Hashable, Sendable {
    /// What an event can be perceived by.
    public enum Modality: String, Codable, Hashable, Sendable {
        case audio, visual
    }

    /// Name of its class, as the annotations spell it.
    public let name: String

    /// Seconds from the clip's start.
    public let start: Double

    /// Seconds from the clip's start; the event is over then.
    public let end: Double

    /// Where it is perceived; nil where the annotations do not tell sound from sight.
    public let modality: Modality?

    public init(name: String, start: Double, end: Double, modality: Modality? = nil) {
        self.name = name
        self.start = start
        self.end = end
        self.modality = modality
    }
}

/// One line of annotation: a clip, perhaps a text, its labels and its split.
///
/// Several samples may share a clip, so a sample is known by its line and never by its clip.
public struct Sample: Hashable, Sendable {
    /// Number of its record in the annotations, counted from 0, or its own key there.
    public let id: String

    /// Id of the clip it annotates.
    public let clip: String

    /// `train`, `val` or `test`; nil where the annotations do not say.
    public let split: String?

    /// What happens when.
    public var events: [Event]

    /// Classes of the clip as a whole.
    public var labels: [String]

    /// Question, caption or utterance.
    public var text: String?

    /// Answer to the question.
    public var answer: String?

    /// Id of the clip whose sound belongs to the sample, where it is not ``clip``.
    public var audioClip: String?

    /// What else the annotations say, by the names used there.
    public var fields: [String: String]

    public init(
        id: String, clip: String, split: String?, events: [Event] = [], labels: [String] = [],
        text: String? = nil, answer: String? = nil, audioClip: String? = nil,
        fields: [String: String] = [:]
    ) {
        self.id = id
        self.clip = clip
        self.split = split
        self.events = events
        self.labels = labels
        self.text = text
        self.answer = answer
        self.audioClip = audioClip
        self.fields = fields
    }
}

/// A line of `samples.jsonl`: what a sample lacks is left out.
extension Sample: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, clip, split, events, labels, text, answer, fields
        case audioClip = "audio_clip"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(String.self, forKey: .id)
        clip = try values.decode(String.self, forKey: .clip)
        split = try values.decodeIfPresent(String.self, forKey: .split)
        events = try values.decodeIfPresent([Event].self, forKey: .events) ?? []
        labels = try values.decodeIfPresent([String].self, forKey: .labels) ?? []
        text = try values.decodeIfPresent(String.self, forKey: .text)
        answer = try values.decodeIfPresent(String.self, forKey: .answer)
        audioClip = try values.decodeIfPresent(String.self, forKey: .audioClip)
        fields = try values.decodeIfPresent([String: String].self, forKey: .fields) ?? [:]
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(id, forKey: .id)
        try values.encode(clip, forKey: .clip)
        try values.encodeIfPresent(split, forKey: .split)
        if !events.isEmpty { try values.encode(events, forKey: .events) }
        if !labels.isEmpty { try values.encode(labels, forKey: .labels) }
        try values.encodeIfPresent(text, forKey: .text)
        try values.encodeIfPresent(answer, forKey: .answer)
        try values.encodeIfPresent(audioClip, forKey: .audioClip)
        if !fields.isEmpty { try values.encode(fields, forKey: .fields) }
    }
}
