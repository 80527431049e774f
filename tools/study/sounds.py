"""Synthesises sounds: the audible half of the generated media that pretraining and the study share.

Only numpy. A sound is [samples] float32; its level is a root mean square, of full scale. All that is drawn by chance
comes from the generator that is passed in.
"""

from collections.abc import Callable

import numpy as np

RATE = 16_000
ENVELOPES = ["steady", "swelling", "fading", "gated"]
# Hz, half an octave of distance to the next: what a label of pitch means.
PITCHES = {"low": (150, 250), "middle": (350, 590), "high": (830, 1400), "very high": (1980, 3000)}


def _sine(turns):
    return np.sin(2 * np.pi * turns)


def _band(generator, count, low, high, rate):
    """Noise between two frequencies in Hz."""
    spectrum = np.fft.rfft(generator.standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / rate)
    return np.fft.irfft(spectrum * ((frequencies >= low) & (frequencies < high)), count)


def _tone(_, t, pitch):
    return _sine(pitch * t)


def _harmonic(_, t, pitch):
    return sum(_sine(k * pitch * t) / k for k in range(1, 6) if k * pitch < RATE / 2)


def _buzz(_, t, pitch):
    return sum(_sine(k * pitch * t) for k in range(1, 40) if k * pitch < 0.45 * RATE)


def _sweep(t, start, end, every):
    """A glide from one frequency to another, again and again, without a jump of the phase within one glide."""
    part = t % every
    return _sine(start * part + (end - start) * part * part / (2 * every))


def _chirp_up(_, t, pitch):
    return _sweep(t, pitch, 2.8 * pitch, 0.33)


def _chirp_down(_, t, pitch):
    return _sweep(t, 2.8 * pitch, pitch, 0.33)


def _hiss(generator, t, pitch):
    return _band(generator, len(t), pitch + 1500, RATE / 2, RATE)


def _rumble(generator, t, pitch):
    return _band(generator, len(t), 0.6 * pitch, 1.6 * pitch, RATE)


def _ticks(generator, t, pitch):
    return _band(generator, len(t), pitch, RATE / 2, RATE) * np.exp(-70 * (t % 0.125))


def _beeps(_, t, pitch):
    return _harmonic(None, t, pitch) * (t % 0.25 < 0.12)


def _tremolo(_, t, pitch):
    return _harmonic(None, t, pitch) * (1 + 0.95 * _sine(9 * t))


def _warble(_, t, pitch):
    return _sine(pitch * t + 0.025 * pitch * _sine(6 * t))


def _bell(_, t, pitch):
    struck = t % 0.5
    partials = [(1, 1, 3), (2.76, 0.6, 5), (5.4, 0.35, 8)]
    return sum(gain * _sine(ratio * pitch * struck) * np.exp(-decay * struck)
               for ratio, gain, decay in partials if ratio * pitch < RATE / 2)


def _drone(_, t, pitch):
    return sum(_sine(pitch * ratio * t) for ratio in (0.5, 0.503, 0.75, 1.0, 1.006))


TIMBRES: dict[str, Callable] = {
    "tone": _tone, "harmonic": _harmonic, "buzz": _buzz, "chirp up": _chirp_up, "chirp down": _chirp_down,
    "hiss": _hiss, "rumble": _rumble, "ticks": _ticks, "beeps": _beeps, "tremolo": _tremolo, "warble": _warble,
    "bell": _bell, "drone": _drone}


def pitch(generator: np.random.Generator, band: str) -> float:
    """A frequency in Hz of this band."""
    low, high = PITCHES[band]
    return float(low * (high / low) ** generator.uniform())


def sound(generator: np.random.Generator, timbre: str, hertz: float, level: float = 0.1, seconds: float = 1.0,
          envelope: str = "steady") -> np.ndarray:
    """A sound of a timbre and pitch at 16 kHz, with edges of 10 ms that do not click; `envelope` is over all of it."""
    t = np.arange(round(seconds * RATE)) / RATE
    # Another place in the timbre's own rhythm each time.
    wave = TIMBRES[timbre](generator, t + generator.uniform(0, 1), hertz)
    share = t / seconds
    wave = wave * {"steady": 1, "swelling": share ** 1.5, "fading": (1 - share) ** 1.5,
                   "gated": share % 0.5 < 0.25}[envelope]
    wave = wave * np.clip(np.minimum(t, seconds - t) / 0.01, 0, 1)
    return (wave * (level / max(np.sqrt(np.mean(wave * wave)), 1e-9))).astype(np.float32)


def bed(generator: np.random.Generator, seconds: float = 10.0, level: float = 0.01) -> np.ndarray:
    """Noise to lie under everything: its spectrum falls by chance between white's and brown's."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(generator.standard_normal(count))
    frequencies = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 30)
    wave = np.fft.irfft(spectrum / frequencies ** generator.uniform(0, 1), count)
    return (wave * (level / np.sqrt(np.mean(wave * wave)))).astype(np.float32)
