"""Makes Tests/References/logmel-presets.safetensors: every log-mel preset as published libraries compute it.

    python tools/references/logmel_presets.py

Needs numpy, scipy, torch, torchaudio, transformers, librosa, kaldi-native-fbank and safetensors, and the signals of
logmel.safetensors, which logmel.py makes. Each preset is computed by a library in the precision it was published in
(`<preset>.published`), and again in double precision (`<preset>.exact`): where these two differ, the first is rounding.
Of the frames of all windows every step-th is kept; the step is metadata.
"""

import json
from pathlib import Path

import numpy as np
import torch

torch.version.cuda = None  # torchaudio refuses builds for another CUDA version; nothing here runs on a GPU.

import kaldi_native_fbank
import librosa
import scipy.signal
from safetensors.numpy import load_file, save_file
from torchaudio.compliance import kaldi
from transformers import ClapFeatureExtractor, WhisperFeatureExtractor

FOLDER = Path(__file__).parents[2] / "Tests/References"
SIGNALS = ["noise", "speech", "music", "chirp", "silence", "click"]
ROWS = 50  # At most so many frames of a preset are kept.
STEPS = {"clap": 125, "clap-rand-trunc": 125, "lavish-swin": 33,
         "stgcma-ave-swin": 61, "stgcma-avqa": 61}  # With these, padded frames are among them.


def clip(count):
    """All signals, one after the other, as often as it takes."""
    named = load_file(FOLDER / "logmel.safetensors")
    x = np.concatenate([named[f"{name}.samples"] for name in SIGNALS])
    return np.resize(x, count)


# Windows of the published loaders.

def spread(x, count, length, margin):
    return [x[s:s + length] for s in np.linspace(0, len(x) - margin, count, dtype=int)]


def segments(x, rate, seconds=1):
    n = int(rate * seconds)
    return [x[t * n:(t + 1) * n] for t in range(len(x) // n)]


# Kaldi's front end.

def fbank(x, rate, bands, shift=10, window="hanning"):
    return kaldi.fbank(
        torch.from_numpy(x.copy())[None], htk_compat=True, sample_frequency=rate, use_energy=False,
        window_type=window, num_mel_bins=bands, dither=0.0, frame_shift=shift).numpy()


def fit(values, frames, mean, divisor, order):
    """Normalised, and of as many frames as wanted."""
    missing = np.zeros((max(0, frames - len(values)), values.shape[1]), values.dtype)
    if order == "pad":
        return (np.concatenate([values, missing])[:frames] - values.dtype.type(mean)) / values.dtype.type(divisor)
    values = (values - values.dtype.type(mean)) / values.dtype.type(divisor)
    return np.concatenate([values, missing])[:frames]


def kaldi_windows(windows, bands, frames, mean, divisor, order="norm", shift=10, rate=16_000):
    return np.stack([fit(fbank(w, rate, bands, shift), frames, mean, divisor, order) for w in windows])


def valor(x):
    values = fbank(x, 22_050, 64)
    values = np.concatenate([values, np.zeros((512 - len(values) % 512, 64), values.dtype)])
    values = (values - values.dtype.type(-4.2677393)) / values.dtype.type(2 * 4.5689974)
    slices = values.reshape(-1, 512, 64)
    groups = np.array_split(np.arange(len(slices)), 2)
    return np.stack([slices[g[(len(g) + 1) // 2 - 1]] for g in groups])


# VGGish, from the definition of TensorFlow's model.

def mel_weights_vggish():
    def mel(f):
        return 1127 * np.log(1 + f / 700)

    bins = mel(np.arange(257) * 16_000 / 512)
    edges = np.linspace(mel(125), mel(7500), 66)
    weights = np.zeros((257, 64))
    for band in range(64):
        up = (bins - edges[band]) / (edges[band + 1] - edges[band])
        down = (edges[band + 2] - bins) / (edges[band + 2] - edges[band + 1])
        weights[:, band] = np.maximum(0, np.minimum(up, down))
    weights[0] = 0
    return weights


def vggish_frames(x):
    x = x.astype(np.float64)
    count = 1 + (len(x) - 400) // 160
    frames = np.stack([x[160 * k:160 * k + 400] for k in range(count)])
    frames = frames * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400))
    return np.log(np.abs(np.fft.rfft(frames, 512)) @ mel_weights_vggish() + 0.01)


def vggish(x):
    values = vggish_frames(x)
    return values[:len(values) // 96 * 96].reshape(-1, 96, 64)


# librosa and its relatives.

def decibels(x, rate, size, hop, bands, low, high, mode="constant", top=None, **mel):
    """In the precision of x."""
    power = np.abs(librosa.stft(x, n_fft=size, hop_length=hop, pad_mode=mode)) ** 2
    weights = librosa.filters.mel(
        sr=rate, n_fft=size, n_mels=bands, fmin=low, fmax=high, dtype=x.dtype, **mel)
    return librosa.power_to_db(weights @ power, ref=1.0, amin=1e-10, top_db=top).T


def htsat(x):
    return decibels(x, 32_000, 1024, 320, 64, 50, 14_000, mode="reflect")


def clap_exact(x, **mel):
    x = np.tile(x, 480_000 // len(x))
    x = np.concatenate([x, np.zeros(480_000 - len(x))])
    return decibels(x, 48_000, 1024, 480, 64, 50, 14_000, mode="reflect", **mel)


def clap(windows, truncation):
    extractor = ClapFeatureExtractor(truncation=truncation, frequency_min=50, frequency_max=14_000)
    values = [extractor(w, sampling_rate=48_000, return_tensors="np")["input_features"][0] for w in windows]
    return np.stack([v[0] for v in values])


def whisper_exact(x, bands):
    x = np.concatenate([x, np.zeros(480_000 - len(x))])
    power = np.abs(librosa.stft(x, n_fft=400, hop_length=160, pad_mode="reflect"))[:, :-1] ** 2
    mel = librosa.filters.mel(sr=16_000, n_fft=400, n_mels=bands, dtype=np.float64) @ power
    logs = np.log10(np.maximum(mel, 1e-10))
    return ((np.maximum(logs, logs.max() - 8) + 4) / 4).T


def whisper(windows, bands):
    extractor = WhisperFeatureExtractor(feature_size=bands)
    values = [extractor(w, sampling_rate=16_000, return_tensors="np")["input_features"][0] for w in windows]
    return np.stack([v.T for v in values])


def vggsound(x):
    x = np.clip(np.tile(x, 10)[:160_000], -1, 1)
    _, _, s = scipy.signal.spectrogram(x, 16_000, nperseg=512, noverlap=353)
    s = np.log(s + x.dtype.type(1e-7))
    return ((s - s.mean()) / (s.std() + 1e-9)).T[None]


def second_opinion(x):
    """Kaldi's own defaults by kaldi-native-fbank."""
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = 23
    options.mel_opts.high_freq = 0
    options.use_energy = False
    computed = []
    for window in segments(x, 16_000):
        bank = kaldi_native_fbank.OnlineFbank(options)
        bank.accept_waveform(16_000, (window * 32_768).tolist())
        bank.input_finished()
        computed.append(np.stack([bank.get_frame(k) for k in range(bank.num_frames_ready)]))
    return np.stack(computed)


def tables():
    """Values `[windows, frames, bands]` by preset, first as published, then in double precision."""
    x, short = clip(160_000), clip(80_320)
    x22, x32, x48 = clip(220_500), clip(320_000), clip(480_000)

    def both(compute, x, *rest, **named):
        return compute(x, *rest, **named), compute(x.astype(np.float64), *rest, **named)

    def centred(x):
        return x - x.mean(dtype=np.float64).astype(x.dtype)

    def second(x, *rest, **named):
        return kaldi_windows(spread(centred(x), 10, 16_000, 17_600), *rest, **named)

    def two_seconds(x, *rest, **named):
        return kaldi_windows(spread(centred(x), 10, 31_200, 32_800), *rest, **named)

    def five(x, length, margin, *rest, **named):
        return kaldi_windows(spread(centred(x), 5, length, margin), *rest, **named)

    def whole(x, frames, mean, divisor):
        return kaldi_windows([centred(x)], 128, frames, mean, divisor, "pad")

    def each_second(x):
        return kaldi_windows(segments(centred(x), 16_000), 128, 102, -4.2677393, 2 * 4.5689974, "pad")

    double = x.astype(np.float64)
    five_seconds = segments(x, 16_000, 5)
    result = {
        "ast": both(each_second, x),
        "ast-whole": both(whole, x, 1024, -4.2677393, 2 * 4.5689974),
        "ast-esc50": both(whole, short, 512, -6.6268077, 2 * 5.358466),
        "ast-speech-commands": both(whole, x[:16_000], 128, -6.845978, 2 * 5.5654526),
        "cavmae": both(whole, x, 1024, -5.081, 4.4849),
        "lavish-vit": both(second, x, 128, 102, -4.1426, 2 * 3.2001),
        "lavish-swin": both(second, x, 192, 192, -4.984795570373535, 2 * 3.7079780101776123, shift=5.2),
        "lavish-avqa": both(two_seconds, x, 192, 192, -5.385333061218262, 2 * 3.5928637981414795),
        "lavish-avs": both(five, short, 31_200, 32_800, 192, 192, -5.210531711578369, 2 * 3.5918314456939697),
        "lavish-avs-1s": both(five, short, 16_000, 17_600, 192, 192, -5.210531711578369, 2 * 3.5918314456939697),
        "stgcma-ave-clip": both(second, x, 128, 102, -4.1426, 2 * 3.2001),
        "stgcma-ave-swin": both(second, x, 224, 224, -4.1426, 2 * 3.2001, shift=4.4),
        "stgcma-avqa": both(two_seconds, x, 224, 224, -5.214385986328125, 2 * 3.8699076175689697, shift=4.4),
        "stgcma-avs": both(five, short, 31_200, 32_800, 224, 224, -5.669627666473389, 2 * 3.948380470275879, shift=4.4),
        "valor": both(lambda x: valor(centred(x)), x22),
        "kaldi": both(lambda x: np.stack([
            fbank(w * 32_768, 16_000, 23, window="povey") for w in segments(x, 16_000)]), x),
        "vggish": (vggish(x), vggish(x)),
        "music-avqa-vggish": (np.stack([vggish(s)[0] for s in segments(x, 16_000)]),) * 2,
        "avsbench": (vggish(short)[:5],) * 2,
        "htsat": both(lambda x: np.stack([htsat(w) for w in segments(x, 32_000)]), x32),
        "dgsct-wave": both(lambda x: np.stack([htsat(np.resize(w, 320_000)) for w in segments(x, 32_000)]), x32),
        "clap": (clap(segments(x48, 48_000, 3), "fusion"), np.stack([
            clap_exact(w.astype(np.float64), htk=True, norm=None) for w in segments(x48, 48_000, 3)])),
        "clap-rand-trunc": (clap(segments(x48, 48_000, 3), "rand_trunc"), np.stack([
            clap_exact(w.astype(np.float64)) for w in segments(x48, 48_000, 3)])),
        "slaney": both(lambda x: np.stack([
            decibels(w, 22_050, 2048, 512, 128, 0, 11_025, top=80) for w in segments(x, 22_050)]), x22),
        "htk": both(lambda x: np.stack([
            decibels(w, 22_050, 2048, 512, 128, 0, 11_025, top=80, htk=True, norm=None)
            for w in segments(x, 22_050)]), x22),
        "vggsound": both(vggsound, x[:123_456]),
    }
    for bands in [80, 128]:
        exact = np.stack([whisper_exact(w, bands) for w in segments(double, 16_000, 5)])
        result[f"whisper-{bands}"] = whisper(five_seconds, bands), exact
    second = second_opinion(x)
    result["kaldi-native-fbank"] = second, result["kaldi"][1]
    return result


def main():
    torch.set_num_threads(1)
    tensors, steps = {}, {}
    for name, (published, exact) in tables().items():
        assert published.shape == exact.shape, (name, published.shape, exact.shape)
        rows = published.shape[0] * published.shape[1]
        step = STEPS.get(name, max(1, rows // ROWS) | 1)
        steps[name] = str(step)
        for kind, values in [("published", published), ("exact", exact)]:
            kept = values.reshape(rows, -1)[::step]
            tensors[f"{name}.{kind}"] = np.ascontiguousarray(kept.astype(np.float32))
        tensors[f"{name}.shape"] = np.array([*published.shape, step], np.float32)
        print(f"{name}: {published.shape}, every {step}, rounding up to {np.abs(published - exact).max():.1e}")
    libraries = {m.__name__: m.__version__ for m in (np, torch, librosa, scipy)}
    path = FOLDER / "logmel-presets.safetensors"
    save_file(tensors, path, metadata={"made with": json.dumps(libraries)})
    print(f"{path.name}: {path.stat().st_size} bytes, {len(tensors)} tensors")


main()
