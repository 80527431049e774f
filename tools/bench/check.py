"""What came out, beside how fast: the same frames, and the bytes of a full decode."""

import subprocess
from pathlib import Path

import numpy as np

import clips
import extraction
import workers

SIZE = 224


def full_decode(path, times):
    """The pictures at these times as the program ffmpeg gives them when it decodes every frame: [T, H, W, 3]."""
    wanted = "+".join(f"lt(abs(t-{time:.6f}),0.001)" for time in times)
    raw = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:v:0", "-vf",
         f"select='{wanted}',scale={SIZE}:{SIZE}:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,format=rgb24",
         "-fps_mode", "passthrough", "-f", "rawvideo", "-"], check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, SIZE, SIZE, 3)


def pictures(avprep, folder, made):
    """The frames that `extract` stored, against those of a full decode and those that torchcodec picks."""
    import h5py
    ids, manifest = clips.make_folder(folder / "check", [clip["path"] for clip in made], len(made), 10)
    extraction.extract(avprep, folder / "check", manifest, folder / "check-cache", 2)
    stored = {}
    for shard in sorted((folder / "check-cache" / "frames").glob("*.h5")):
        with h5py.File(shard) as file:
            for name, times, rgb in zip(file["clip"].asstr()[:], file["time"][:], file["rgb"][:]):
                stored[name] = times, rgb
    peer = workers.peer("torchcodec-resized", folder=folder)
    total = equal = same_times = 0
    differences = []
    for name, clip in zip(ids, made):
        times, rgb = stored[name]
        full = full_decode(clip["path"], times)
        total += len(rgb)
        equal += sum(np.array_equal(a, b) for a, b in zip(rgb, full)) if len(full) == len(rgb) else 0
        if not peer.missing:
            theirs = np.array(peer(clip["path"])["times"])
            same_times += int((np.abs(theirs - times) < 1e-6).sum())
            other = np.load(folder / f"{Path(clip['path']).stem}.npy")
            differences.append(np.abs(other.astype(int) - rgb).mean())
    rows = [{
        "what": "stored pictures with the bytes of ffmpeg's own full decode, scaled the same way",
        "result": f"{equal} of {total}", "target": {"words": "all", "value": equal, "met": equal == total}}]
    if peer.missing:
        return rows + [{"what": "frames that torchcodec picks too", "result": f"not measured: {peer.missing}"}]
    peer.close()
    return rows + [
        {"what": "stored pictures that are of the frame which torchcodec picks, by presentation time",
         "result": f"{same_times} of {total}", "target": {"words": "all", "value": same_times, "met": same_times == total}},
        {"what": "mean difference from torchcodec's resized pictures, of 255 (its kernel is bilinear, ours bicubic)",
         "result": f"{np.mean(differences):.2f}"}]


def log_mel(results):
    """Means of all values, which tell a front end with other constants from the same one."""
    rows = []
    for result in results:
        if "rows" in result:
            ours, theirs = result["rows"][0]["avprep"], result["rows"][0]["peer"]
            rows.append({
                "what": f"log-mel beside {result['peer']}: frames, and mean of all values",
                "result": f"{ours['frames']} and {theirs['frames']}, {ours['mean']:.5f} and {theirs['mean']:.5f}"})
    return rows


def threads(results):
    """That the others had one thread, like us: processor time over time on the wall, of the busiest."""
    used = {result["peer"]: result["peer_threads"] for result in results if "peer_threads" in result}
    if not used:
        return []
    name = max(used, key=used.get)
    return [{
        "what": "processor time over time on the wall of the other tool that is busiest", "result":
        f"{used[name]:.2f} ({name})", "target": {"words": "no second thread", "value": used[name], "met": used[name] < 1.1}}]
