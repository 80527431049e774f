import Models
import Tensors

extension Batch {
    /// Mixes the states of a sample with those of another; each is a batch of its own.
    ///
    /// - Parameters:
    ///   - other: The other.
    ///   - share: How much is left of this one.
    mutating func mix(with other: Batch, _ share: Float) {
        for (stream, others) in other.streams {
            var parts = others.states.makeIterator()
            streams[stream]?.forEachState { tensor in
                guard let part = parts.next() else { return }
                for i in tensor.elements.indices {
                    tensor.elements[i] =
                        share * tensor.elements[i] + (1 - share) * part.elements[i]
                }
            }
        }
    }

    /// Changes the channels of a sample's states, which are a batch of their own.
    mutating func changeChannels(
        _ augmentation: TrainingRecipe.Augmentation, _ key: NoiseKey
    ) {
        guard augmentation.channelScale > 0 || augmentation.channelShift > 0 else { return }
        for stream in streams.streams {
            let generator = key.generator(.channels(of: stream))
            streams[stream]?.forEachState { tensor in
                let change = ChannelChange(
                    scale: augmentation.channelScale, shift: augmentation.channelShift,
                    channels: tensor.columns, generator)
                var elements = tensor.elements.mutableSpan
                change.apply(to: &elements)
            }
        }
    }

    /// Puts a sample, a batch of its own, into its place; of patches those that are kept.
    ///
    /// - Parameters:
    ///   - sample: The batch of the sample.
    ///   - place: Its place in this batch.
    ///   - dropping: The share of patches that are dropped, each segment's by itself.
    ///   - key: What these depend on.
    mutating func put(_ sample: Batch, at place: Int, dropping: Double, _ key: NoiseKey) {
        for stream in sample.streams.streams {
            guard let own = sample.streams[stream] else { continue }
            var generator = key.generator(.tokens(of: stream))
            streams[stream]?.put(own, at: place, dropping: dropping, &generator)
        }
    }
}

extension StreamTensors {
    fileprivate mutating func put(
        _ sample: StreamTensors, at place: Int, dropping: Double, _ generator: inout SplitMix64
    ) {
        for index in layers.indices { layers[index].put(sample.layers[index], at: place) }
        for index in taps.indices {
            taps[index].classTokens.put(sample.taps[index].classTokens, at: place)
        }
        for index in descriptors.indices {
            descriptors[index].put(sample.descriptors[index], at: place)
        }
        if let own = sample.final { final?.put(own, at: place) }
        if let own = sample.finalTokens { finalTokens?.put(own, at: place) }
        if let own = sample.lengths { lengths?.put(own, at: place) }
        if let own = sample.valid { valid?.put(own, at: place) }
        guard dropping > 0 else {
            for index in taps.indices {
                taps[index].patches.put(sample.taps[index].patches, at: place)
            }
            return
        }
        for row in 0..<(sample.taps.first?.patches.shape[0] ?? 0) {
            // Layers of one map lose the same places.
            var drawn: [Int: [Int]] = [:]
            for index in taps.indices {
                let patches = sample.taps[index].patches
                let (count, columns) = (patches.shape[1], patches.columns)
                let kept =
                    drawn[count]
                    ?? TokenDropping.kept(of: count, dropping: dropping, &generator)
                drawn[count] = kept
                let target = (place * patches.shape[0] + row) * kept.count
                for (number, patch) in kept.enumerated() {
                    let source = (row * count + patch) * columns
                    taps[index].patches.elements.replaceSubrange(
                        (target + number) * columns..<(target + number + 1) * columns,
                        with: patches.elements[source..<source + columns])
                }
            }
        }
    }

    /// Leaves room for fewer patches.
    mutating func dropPatches(_ share: Double) {
        for index in taps.indices {
            let shape = taps[index].patches.shape
            let kept = TokenDropping.count(of: shape[1], dropping: share)
            taps[index].patches = Tensor(shape: [shape[0], kept, shape[2]])
        }
    }
}

extension NoiseKey.Place {
    static func channels(of stream: Stream) -> Self {
        switch stream {
        case .visual: .visualChannels
        case .audio: .audioChannels
        case .text: .textChannels
        }
    }

    static func tokens(of stream: Stream) -> Self {
        switch stream {
        case .visual: .visualTokens
        case .audio: .audioTokens
        case .text: .textTokens
        }
    }
}

extension StreamTensors {
    /// All tensors of states.
    var states: [Tensor] {
        layers + taps.flatMap { [$0.classTokens, $0.patches] } + descriptors
            + [final, finalTokens].compactMap(\.self)
    }

    /// Calls `body` with each tensor of states, in the order of ``states``.
    mutating func forEachState(_ body: (inout Tensor) -> Void) {
        for index in layers.indices { body(&layers[index]) }
        for index in taps.indices {
            body(&taps[index].classTokens)
            body(&taps[index].patches)
        }
        for index in descriptors.indices { body(&descriptors[index]) }
        Self.lend(&final, to: body)
        Self.lend(&finalTokens, to: body)
    }

    /// Calls `body` with each tensor, in the order in which states ask for their variables.
    mutating func forEachTensor(_ body: (inout Tensor) -> Void) {
        forEachState(body)
        Self.lend(&lengths, to: body)
        Self.lend(&valid, to: body)
    }

    /// Calls `body` with a tensor, if there is one, of which no second exists meanwhile.
    private static func lend(_ tensor: inout Tensor?, to body: (inout Tensor) -> Void) {
        guard var own = tensor.take() else { return }
        body(&own)
        tensor = own
    }
}

extension Tensor {
    /// Writes the rows of one sample into its place among others.
    fileprivate mutating func put(_ sample: Tensor, at place: Int) {
        elements.replaceSubrange(
            place * sample.count..<(place + 1) * sample.count, with: sample.elements)
    }
}
