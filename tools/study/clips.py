"""Writes a clip, frames and a waveform, as H.264 and AAC in MP4, through the program ffmpeg."""

import subprocess
import tempfile
import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np

RATE = 16_000


def write(path: Path, frames: Iterable[np.ndarray], waveform: np.ndarray, fps: int = 4) -> None:
    """Writes frames [height, width, 3] of bytes, all of one even size, and samples at 16 kHz in -1...1.

    One version of ffmpeg on one kind of machine makes equal bytes each time. The file appears when it is complete.
    """
    frames = [np.ascontiguousarray(frame) for frame in frames]
    height, width = frames[0].shape[:2]
    partial = path.with_suffix(".partial")
    with tempfile.NamedTemporaryFile(suffix=".wav") as sound:
        with wave.open(sound, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((np.clip(waveform, -1, 1) * 32767).round().astype("<i2").tobytes())
        sound.flush()
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-y", "-fflags", "+bitexact", "-threads", "1", "-f", "rawvideo",
             "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "pipe:0", "-i", sound.name,
             "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-g", str(2 * fps),
             "-threads", "1", "-flags:v", "+bitexact", "-c:a", "aac", "-aac_coder", "fast", "-b:a", "64k",
             "-flags:a", "+bitexact", "-map_metadata", "-1", "-f", "mp4", str(partial)],
            input=b"".join(frame.tobytes() for frame in frames), check=True)
    partial.rename(path)
