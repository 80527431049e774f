"""Makes Tests/References/logmel.safetensors: log-mel values as torchaudio computes them.

    python tools/references/logmel.py [folder of real media]

Needs numpy, torch, torchaudio and safetensors; with the folder also the program ffmpeg, which decodes and resamples
the files named in REAL. Without it their tables are left out, and the tests on them fail: give it.
"""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

torch.version.cuda = None  # torchaudio refuses builds for another CUDA version; nothing here runs on a GPU.

import torchaudio
from safetensors.numpy import save_file
from torchaudio.compliance import kaldi

RATE = 16_000
OUTPUT = Path(__file__).parents[2] / "Tests/References/logmel.safetensors"
REAL = ["audio_only/jfk.flac", "audio_only/test.wav", "av/bigbuckbunny.mp4", "av/frog.webm"]
REAL_STEP = 16  # Of a real file's frames every sixteenth is kept.


def fbank(samples):
    """[frames, 128] of one channel, in the precision of the samples."""
    return kaldi.fbank(
        torch.from_numpy(samples.copy())[None], htk_compat=True, sample_frequency=RATE, use_energy=False,
        window_type="hanning", num_mel_bins=128, dither=0.0, frame_shift=10).numpy()


def signals(rng):
    """Signals by name, 1 to 1.5 s long, on the grid of 16-bit samples."""
    def tone(frequency, seconds, phase=0.0):
        return np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE + phase)

    noise = 0.1 * rng.standard_normal(RATE)

    # Pulses at a falling pitch through three formants, with bursts of noise and pauses.
    speech = np.zeros(int(1.4 * RATE))
    position = 0.0
    while position < 1.2 * RATE:
        speech[int(position)] += 1
        position += RATE / (150 - 40 * position / RATE)
    for frequency, bandwidth in [(660, 80), (1720, 120), (2410, 160)]:
        radius = math.exp(-math.pi * bandwidth / RATE)
        a1, a2 = 2 * radius * math.cos(2 * math.pi * frequency / RATE), -radius * radius
        y = np.zeros(len(speech) + 2)
        for i, x in enumerate(speech):
            y[i + 2] = x + a1 * y[i + 1] + a2 * y[i]
        speech = y[2:]
    speech *= 0.5 / np.abs(speech).max()
    for start in [0.3, 0.75, 1.25]:
        i = int(start * RATE)
        speech[i:i + 800] += 0.08 * rng.standard_normal(800) * np.hanning(800)
    speech[int(0.5 * RATE):int(0.6 * RATE)] = 0

    # Two chords of decaying harmonics, with a constant offset.
    music = np.full(int(1.5 * RATE), 0.02)
    for start, notes in [(0.0, [220.0, 277.18, 329.63]), (0.7, [196.0, 246.94, 293.66])]:
        for note in notes:
            for harmonic in range(1, 9):
                sound = tone(note * harmonic, 0.8, harmonic) * np.exp(-3 * np.arange(12_800) / RATE)
                music[int(start * RATE):][:12_800] += 0.1 / harmonic * sound

    chirp = 0.7 * np.sin(2 * np.pi * np.cumsum(np.geomspace(40, 7900, RATE)) / RATE)
    silence = np.zeros(RATE // 2)
    click = np.zeros(RATE // 2)
    click[4321] = 0.9
    named = dict(noise=noise, speech=speech, music=music, chirp=chirp, silence=silence, click=click)
    return {k: np.round(np.clip(v, -1, 1) * 32767).astype(np.float32) / 32768 for k, v in named.items()}


def resampled(path):
    """One channel at 16 kHz, the mean of all channels."""
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=channels",
         "-of", "csv=p=0", path], check=True, capture_output=True, text=True)
    n = int(probe.stdout.strip().strip(","))
    mean = "+".join(f"{1 / n:.12f}*c{i}" for i in range(n))
    audio = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:a:0", "-af",
         f"pan=mono|c0={mean},aresample={RATE}", "-f", "f32le", "-"], check=True, capture_output=True)
    return np.frombuffer(audio.stdout, np.float32)


def main():
    torch.set_num_threads(1)
    tensors = {}
    named = signals(np.random.default_rng(20_240_607))
    for name, samples in named.items():
        tensors[f"{name}.samples"] = samples
        tensors[f"{name}.fbank"] = fbank(samples)
        tensors[f"{name}.exact"] = fbank(samples.astype(np.float64)).astype(np.float32)
    if len(sys.argv) > 1:
        for file in REAL:
            samples = resampled(f"{sys.argv[1]}/{file}")
            exact = fbank(samples.astype(np.float64)).astype(np.float32)
            tensors[f"{file}.fbank"] = fbank(samples)[::REAL_STEP].copy()
            tensors[f"{file}.exact"] = exact[::REAL_STEP].copy()
    save_file(tensors, OUTPUT)
    print(f"torch {torch.__version__}, torchaudio {torchaudio.__version__}, numpy {np.__version__}")
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size} bytes, {len(tensors)} tensors")


main()
