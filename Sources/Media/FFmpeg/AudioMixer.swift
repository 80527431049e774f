import CFFmpeg

extension FFmpeg {
    /// Mixes and resamples decoded samples of one format to `Float`.
    ///
    /// The first sample given and the first one returned have the same time; so have all others, since the
    /// resampler's filter is symmetric and centred. For n samples given, n · rate / source rate are returned, rounded
    /// to the nearest number.
    struct AudioMixer: ~Copyable {
        /// What the samples of a frame look like.
        struct Format: Equatable {
            let sampleFormat: Int32
            let sampleRate: Int
            let channels: Int

            /// Which channels they are, as FFmpeg's bit mask; 0 if the file does not tell.
            let layout: UInt64

            init(_ frame: borrowing Frame) {
                sampleFormat = frame.pointer.pointee.format
                sampleRate = frame.sampleRate
                let layout = frame.pointer.pointee.ch_layout
                channels = Int(layout.nb_channels)
                self.layout = layout.order == AV_CHANNEL_ORDER_NATIVE ? layout.u.mask : 0
            }
        }

        /// What comes out.
        struct Target: Equatable {
            let sampleRate: Int
            let channels: SoundSettings.Channels
            let isQuantised: Bool

            init(_ sound: SoundSettings) {
                let picks = sound.resampling == .moviePyPick
                sampleRate = picks ? SoundSettings.pickedRate : sound.sampleRate
                channels = sound.channels
                isQuantised = picks || sound.quantisation == .s16
            }

            /// The left of two channels is wanted, and the mean of both.
            var channelCount: Int { channels == .left ? 2 : 1 }
        }

        let format: Format
        private let context: OpaquePointer
        private let target: Target
        private var taken = 0
        private var given = 0

        init(from format: Format, _ target: Target, _ operation: String) throws(MediaError) {
            self.format = format
            self.target = target
            guard (1...63).contains(format.channels), format.sampleRate > 0 else {
                throw MediaError(
                    .unsupported, operation,
                    reason: "its audio has \(format.channels) channels at \(format.sampleRate) Hz")
            }
            let weights = target.weights(format.channels)
            var source = AVChannelLayout()
            if weights != nil {
                // Any layout of as many channels will do: the weights alone say how they are mixed.
                av_channel_layout_from_mask(&source, (1 << UInt64(format.channels)) - 1)
            } else if format.layout != 0 {
                av_channel_layout_from_mask(&source, format.layout)
            } else {
                av_channel_layout_default(&source, Int32(format.channels))
            }
            var mixed = AVChannelLayout()
            av_channel_layout_default(&mixed, Int32(target.channelCount))
            let kind = target.isQuantised ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_FLT
            var context: OpaquePointer?
            do {
                try FFmpeg.check(.unsupported, operation) {
                    swr_alloc_set_opts2(
                        &context, &mixed, kind, Int32(target.sampleRate), &source,
                        AVSampleFormat(format.sampleFormat), Int32(format.sampleRate), 0, nil)
                }
                try FFmpeg.check(.unsupported, operation) {
                    guard let weights else {
                        // As for integers, whose mixes must not exceed their range.
                        return av_opt_set_double(
                            UnsafeMutableRawPointer(context!), "rematrix_maxval", 1, 0)
                    }
                    return swr_set_matrix(context, weights, Int32(weights.count))
                }
                try FFmpeg.check(.unsupported, operation) { swr_init(context) }
            } catch {
                swr_free(&context)  // A value that was never complete has no deinit.
                throw error
            }
            self.context = context!
        }

        deinit {
            var context: OpaquePointer? = context
            swr_free(&context)
        }

        /// The samples that can be given so far; those of two channels take turns.
        mutating func mix(
            _ frame: borrowing Frame, _ operation: String
        ) throws(MediaError) -> [Float] {
            taken += frame.sampleCount
            let planes = UnsafeMutableRawPointer(frame.pointer.pointee.extended_data)!
                .assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
            let samples = try convert(planes, Int32(frame.sampleCount), operation)
            given += samples.count / target.channelCount
            return samples
        }

        /// The samples held back, up to the end of the last one taken.
        mutating func finish(_ operation: String) throws(MediaError) -> ArraySlice<Float> {
            let samples = try convert(nil, 0, operation)
            let total =
                (2 * taken * target.sampleRate + format.sampleRate) / (2 * format.sampleRate)
            let rest = max(0, total - given) * target.channelCount
            // Of a few milliseconds in all, less than its filter is long, the resampler yields nothing.
            let missing = [Float](repeating: 0, count: max(0, rest - samples.count))
            return samples.prefix(rest) + missing
        }

        private func convert(
            _ planes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ count: Int32,
            _ operation: String
        ) throws(MediaError) -> [Float] {
            let context = context
            let capacity = try FFmpeg.check(.unsupported, operation) {
                swr_get_out_samples(context, count)
            }
            let size = Int(capacity) * target.channelCount
            guard target.isQuantised else {
                var samples = [Float](repeating: 0, count: size)
                let produced = try FFmpeg.check(.corrupt, operation) {
                    samples.withUnsafeMutableBytes { convert(planes, count, $0, capacity) }
                }
                samples.removeLast(size - Int(produced) * target.channelCount)
                return samples
            }
            var integers = [Int16](repeating: 0, count: size)
            let produced = try FFmpeg.check(.corrupt, operation) {
                integers.withUnsafeMutableBytes { convert(planes, count, $0, capacity) }
            }
            return integers.prefix(Int(produced) * target.channelCount).map { Float($0) / 32_768 }
        }

        private func convert(
            _ planes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ count: Int32,
            _ target: UnsafeMutableRawBufferPointer, _ capacity: Int32
        ) -> Int32 {
            var target = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return swr_convert(context, &target, capacity, planes, count)
        }
    }
}

extension FFmpeg.AudioMixer.Target {
    /// The weight of each channel in the mix; nil where FFmpeg's own weights are wanted.
    fileprivate func weights(_ count: Int) -> [Double]? {
        switch channels {
        case .mean: [Double](repeating: 1 / Double(count), count: count)
        case .first: (0..<count).map { $0 == 0 ? 1 : 0 }
        case .downmix, .left: nil
        }
    }
}
