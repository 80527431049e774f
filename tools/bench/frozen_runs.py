"""The frozen pass from the outside: what of reading and writing shows, and the memory of a large model."""

import json
import shutil
import subprocess
from pathlib import Path

import clips
import extraction


def hidden(avprep, folder, backbone, count):
    """Share of the computing threads' time in which they waited for reading or writing, in percent."""
    store = folder / "encode"
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir()
    clip = store / "clip.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=10", "-f", "lavfi", "-i",
         "sine=duration=10", "-shortest", clip], check=True)
    root, cache = store / "data", store / "cache"
    _, manifest = clips.make_folder(root, [clip], count, 10)
    extraction.extract(avprep, root, manifest, cache, 2)
    run = subprocess.run(
        [avprep, "encode", "--cache", cache, "--backbone", backbone, "--stream", "visual", "--layers", "0,3,6,9,12", "--jobs",
         "2", "--json"], check=True, capture_output=True, text=True)
    summary = json.loads(run.stdout.splitlines()[-1])
    shutil.rmtree(store)
    waiting, computing = summary["waiting_seconds"], summary["computing_seconds"]
    return 100 * waiting / (waiting + computing)


def weights_bytes(path):
    return Path(path, "model.safetensors").stat().st_size
