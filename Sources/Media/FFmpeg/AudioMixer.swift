import CFFmpeg

extension FFmpeg {
    /// Mixes and resamples decoded samples of one format to one channel of `Float`.
    ///
    /// The mix is the mean of all channels. The first sample given and the first one returned have the same
    /// time; so have all others, since the resampler's filter is symmetric and centred.
    struct AudioMixer: ~Copyable {
        /// What the samples of a frame look like.
        struct Format: Equatable {
            let sampleFormat: Int32
            let sampleRate: Int
            let channels: Int

            init(_ frame: borrowing Frame) {
                sampleFormat = frame.pointer.pointee.format
                sampleRate = frame.sampleRate
                channels = Int(frame.pointer.pointee.ch_layout.nb_channels)
            }
        }

        let format: Format
        private let context: OpaquePointer
        private let sampleRate: Int
        private var taken = 0
        private var given = 0

        init(from format: Format, sampleRate: Int, _ operation: String) throws(MediaError) {
            self.format = format
            self.sampleRate = sampleRate
            guard (1...63).contains(format.channels), format.sampleRate > 0 else {
                throw MediaError(
                    .unsupported, operation,
                    reason: "its audio has \(format.channels) channels at \(format.sampleRate) Hz")
            }
            // Any layout of as many channels will do: the matrix alone says how they are mixed.
            var source = AVChannelLayout()
            av_channel_layout_from_mask(&source, (1 << UInt64(format.channels)) - 1)
            var target = AVChannelLayout()
            av_channel_layout_default(&target, 1)
            var context: OpaquePointer?
            let weights = [Double](
                repeating: 1 / Double(format.channels), count: format.channels)
            do {
                try FFmpeg.check(.unsupported, operation) {
                    swr_alloc_set_opts2(
                        &context, &target, AV_SAMPLE_FMT_FLT, Int32(sampleRate), &source,
                        AVSampleFormat(format.sampleFormat), Int32(format.sampleRate), 0, nil)
                }
                try FFmpeg.check(.unsupported, operation) {
                    swr_set_matrix(context, weights, Int32(weights.count))
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

        /// The samples that can be given so far.
        mutating func mix(
            _ frame: borrowing Frame, _ operation: String
        ) throws(MediaError) -> [Float] {
            taken += frame.sampleCount
            let planes = UnsafeMutableRawPointer(frame.pointer.pointee.extended_data)!
                .assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
            let samples = try convert(planes, Int32(frame.sampleCount), operation)
            given += samples.count
            return samples
        }

        /// The samples held back, up to the end of the last one taken.
        mutating func finish(_ operation: String) throws(MediaError) -> ArraySlice<Float> {
            let samples = try convert(nil, 0, operation)
            let total = (taken * sampleRate + format.sampleRate - 1) / format.sampleRate
            let rest = max(0, total - given)
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
            var samples = [Float](repeating: 0, count: Int(capacity))
            let produced = samples.withUnsafeMutableBytes { bytes in
                var target = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                return swr_convert(context, &target, capacity, planes, count)
            }
            try FFmpeg.check(.corrupt, operation) { produced }
            samples.removeLast(samples.count - Int(produced))
            return samples
        }
    }
}
