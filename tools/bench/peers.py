"""One of the other tools, as a process that answers lines.

    python peers.py NAME REPEAT [FOLDER]

It says hello with its version, or why it cannot be had. Then each line of input names a file; the answer has the
seconds of each repetition and what is to be compared. With a folder the pictures are saved there. One thread each.
"""

import importlib
import json
import resource
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np

TIMES = [second + 0.5 for second in range(10)]
SIZE = 224
RATE = 16_000


def torch():
    module = importlib.import_module("torch")
    module.set_num_threads(1)
    return module


def torchaudio_kaldi():
    """torchaudio's `fbank`; where its compiled part wants CUDA, without that part, which `fbank` does not use."""
    torch()
    try:
        return importlib.import_module("torchaudio.compliance.kaldi")
    except OSError:
        from importlib.util import find_spec
        for name in [n for n in sys.modules if n.split(".")[0] == "torchaudio"]:
            del sys.modules[name]
        package = types.ModuleType("torchaudio")
        package.__spec__ = find_spec("torchaudio")
        package.__path__ = list(package.__spec__.submodule_search_locations)
        sys.modules["torchaudio"] = package
        return importlib.import_module("torchaudio.compliance.kaldi")


def version(name):
    from importlib.metadata import version
    return f"{name} {version(name)}"


class Pictures:
    """What came of a file: pictures, their times, and perhaps log-mel values."""

    def __init__(self, times, rgb, values=None):
        self.times, self.rgb, self.values = times, rgb, values

    def facts(self):
        return {"times": [float(t) for t in self.times]}


class LogMel:
    """[frames, bands], natural logarithm."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def facts(self):
        return {"frames": self.values.shape[0], "mean": float(self.values.astype(np.float64).mean())}


def torchcodec(mode="exact", resized=False, audio=False):
    torch()
    from torchcodec.decoders import AudioDecoder, VideoDecoder
    from torchcodec.transforms import Resize
    transforms = [Resize((SIZE, SIZE))] if resized else None
    kaldi = torchaudio_kaldi() if audio else None

    def work(path):
        video = VideoDecoder(path, seek_mode=mode, num_ffmpeg_threads=1, transforms=transforms, dimension_order="NHWC")
        frames = video.get_frames_played_at(TIMES)
        values = None
        if audio:
            samples = AudioDecoder(path, sample_rate=RATE, num_channels=1).get_samples_played_in_range(0, 10).data
            samples = samples - samples.mean()
            values = [fbank(kaldi, samples[:, RATE * t:RATE * (t + 1)]) for t in range(10)]
        return Pictures(frames.pts_seconds.tolist(), frames.data, values)

    return work, [version("torchcodec"), version("torch")] + ([version("torchaudio")] if audio else [])


def decord(resized=False):
    import decord

    def work(path):
        size = {"width": SIZE, "height": SIZE} if resized else {}
        reader = decord.VideoReader(path, num_threads=1, **size)
        starts = reader.get_frame_timestamp(range(len(reader)))[:, 0]
        indices = np.searchsorted(starts, np.array(TIMES) + 1e-6, side="right") - 1
        return Pictures(starts[indices], reader.get_batch(indices).asnumpy())

    return work, [version("decord")]


def pyav():
    import av

    def work(path):
        with av.open(path) as container:
            stream = container.streams.video[0]
            stream.thread_type, stream.codec_context.thread_count = "NONE", 1
            times, pictures, shown = [], [], None
            for frame in container.decode(stream):
                while len(times) < len(TIMES) and shown is not None and frame.time > TIMES[len(times)] + 1e-6:
                    times.append(shown.time)
                    pictures.append(shown.reformat(SIZE, SIZE, "rgb24").to_ndarray())
                if len(times) == len(TIMES):
                    break
                shown = frame
            return Pictures(times, np.stack(pictures))

    return work, [version("av"), "libavcodec " + ".".join(map(str, av.library_versions["libavcodec"]))]


def ffmpeg():
    def work(path):
        raw = subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-filter_threads", "1", "-i", path, "-vf",
             f"fps=1:round=near,scale={SIZE}:{SIZE}", "-frames:v", "10", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
            check=True, stdout=subprocess.PIPE).stdout
        return Pictures([], np.frombuffer(raw, np.uint8).reshape(-1, SIZE, SIZE, 3))

    first = subprocess.run(["ffmpeg", "-version"], check=True, capture_output=True, text=True).stdout.split()
    return work, [f"ffmpeg {first[2]}"]


def fbank(kaldi, samples):
    return kaldi.fbank(
        samples, htk_compat=True, sample_frequency=RATE, use_energy=False, window_type="hanning", num_mel_bins=128,
        dither=0.0, frame_shift=10)


def wave(path):
    """One channel in [−1, 1], read off the clock."""
    import soundfile
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == RATE and samples.ndim == 1
    return samples


def torchaudio():
    kaldi, torch_ = torchaudio_kaldi(), torch()

    def prepare(path):
        samples = torch_.from_numpy(wave(path))[None]
        return lambda: LogMel(fbank(kaldi, samples))

    return prepare, [version("torchaudio"), version("torch")]


def kaldi_native_fbank():
    import kaldi_native_fbank as knf
    options = knf.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.window_type = "hanning"
    options.mel_opts.num_bins = 128
    options.htk_compat, options.use_energy = True, False

    def prepare(path):
        samples = wave(path)

        def work():
            computer = knf.OnlineFbank(options)
            computer.accept_waveform(RATE, samples)
            computer.input_finished()
            return LogMel(np.stack([computer.get_frame(i) for i in range(computer.num_frames_ready)]))

        return work

    return prepare, [version("kaldi-native-fbank")]


def librosa():
    import librosa

    def prepare(path):
        samples = wave(path)

        def work():
            power = librosa.feature.melspectrogram(
                y=samples, sr=RATE, n_fft=512, win_length=400, hop_length=160, window="hann", center=False, n_mels=128,
                fmin=20, htk=True, norm=None)
            return LogMel(np.log(np.maximum(power, 1.1920929e-07)).T)

        return work

    return prepare, [version("librosa")]


PEERS = {
    "torchcodec": lambda: torchcodec(),
    "torchcodec-approximate": lambda: torchcodec("approximate"),
    "torchcodec-resized": lambda: torchcodec(resized=True),
    "torchcodec-all": lambda: torchcodec(resized=True, audio=True),
    "decord": lambda: decord(),
    "decord-resized": lambda: decord(resized=True),
    "pyav": pyav,
    "ffmpeg": ffmpeg,
    "torchaudio": torchaudio,
    "kaldi-native-fbank": kaldi_native_fbank,
    "librosa": librosa,
}

LOG_MEL = ["torchaudio", "kaldi-native-fbank", "librosa"]


def processor_seconds():
    """Of this process and of the children that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def answer(make, path, name, repeat, folder):
    work = make(path) if name in LOG_MEL else lambda: make(path)
    seconds, processor = [], []
    for _ in range(repeat):
        start, busy = time.perf_counter(), processor_seconds()
        result = work()
        seconds.append(time.perf_counter() - start)
        processor.append(processor_seconds() - busy)
    if folder:
        np.save(Path(folder) / f"{Path(path).stem}.npy", np.asarray(result.rgb))
    return {"seconds": seconds, "processor_seconds": processor, **result.facts()}


def main():
    name, repeat, *folder = sys.argv[1:]
    try:
        make, versions = PEERS[name]()
    except Exception as error:
        # Whatever keeps a tool from loading is what the table is to say.
        lines = str(error).strip().splitlines() or [type(error).__name__]
        print(json.dumps({"missing": lines[0]}), flush=True)
        return
    print(json.dumps({"versions": versions}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(make, line.rstrip("\n"), name, int(repeat), *(folder or [None]))), flush=True)


if __name__ == "__main__":
    main()
