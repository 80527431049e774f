"""Training steps beside PyTorch's, and epochs from caches and from clips.

    python training.py AVPREP FOLDER [--quick] [--json FILE] [--only NAME]... [--threads N] [--clips N]

Two threads each, on the same machine in one run; pairs of measurements, ours and theirs one right after the other. NAMEs
are ladder, suffix, suffix-bf16, cache and online. Models and the cache (6 MB a clip) are made in FOLDER.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import frozen
import report
import workers
from frozen import pairs, peak, say

WIDTH = 96

RECIPE = """task: avel
method: {name: av-pea, width: %d}
placement: {ladder: [3, 6, 9, 12]}
features: {visual: states-visual, audio: states-audio}
head: {name: linear, standardise: false}
batch: 8
epochs: 1
""" % WIDTH

# What PyTorch trains, its words, our options, videos of a batch, steps of a measurement, pairs, and by how much we are to
# be faster. Batches within blocks are small, as a step of these takes seconds.
STEPS = {
    "ladder": ("a ladder, states in memory", ["--width", WIDTH], 8, 5, 7, 2.5),
    "suffix": ("the last two blocks, f32", ["--placement", "suffix"], 2, 1, 5, 2),
    "suffix-bf16": (
        "the last two blocks, our frozen products in bf16, theirs under autocast",
        ["--placement", "suffix", "--compute", "bf16"], 1, 1, 1, 1.5),
}


def theirs(source, threads, steps, batch, *path):
    script = Path(__file__).with_name("training_peers.py")
    return workers.Worker([sys.executable, script, source, threads, steps, batch, *path], greets=True)


def target(least, row):
    """Judged by the worse of both clocks, as everywhere."""
    value = min(row["ratio"]["median"], row["processor_ratio"]["median"])
    return {"words": f"at least {least} by both clocks", "value": value, "met": value >= least}


def compare(avprep, source, threads, backbone, quick):
    _, options, batch, steps, count, least = STEPS[source]
    path = [backbone] if source.startswith("suffix") else []
    row = {"source": source}
    them = theirs(source, threads, steps, batch, *path)
    us = workers.Worker(
        [avprep, "bench", "train", "-", "--json", "--threads", threads, "--steps", steps, "--batch", batch, *options,
         *(["--backbone", *path] if path else [])], greets=False)
    try:
        if them.missing:
            return {**row, "missing": them.missing}
        measured = pairs(us, them, source, 1 if quick else count)
        answer = measured[-1]["avprep"]
        assert answer["parameters"] == them.greeting["parameters"], "both are to train the same network"
        row.update(workers.summary(measured), versions=them.versions, rows=measured)
        row["avprep_per_second"] = workers.spread([steps * batch / pair["avprep"]["wall"] for pair in measured])
        row["peer_per_second"] = workers.spread([steps * batch / pair["peer"]["wall"] for pair in measured])
        row.update(avprep_peak=peak(us), peer_peak=peak(them), instructions=answer["instructions"], bytes=answer["bytes"])
        row["target"] = target(least, row)
    except RuntimeError as error:
        row["missing"] = str(error)
    finally:
        us.close(), them.close()
    return row


def children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def train(avprep, cache, recipe, threads):
    """An epoch by the command: its speed and waiting as it tells them, processor time of all that it does."""
    run = cache.with_name("run")
    shutil.rmtree(run, ignore_errors=True)
    before = children()
    done = subprocess.run(
        [avprep, "train", "--cache", cache, "--recipe", recipe, "--run", run, "--threads", str(threads), "--json"],
        check=True, capture_output=True, text=True)
    busy = children() - before
    lines = [json.loads(line) for line in done.stdout.splitlines() + done.stderr.splitlines() if line.startswith("{")]
    epoch, summary = (next(line for line in lines if key in line) for key in ("waiting", "peak_memory_bytes"))
    shutil.rmtree(run)
    return {
        "wall": 1 / epoch["samples_per_second"], "busy": busy, "waiting": epoch["waiting"],
        "planned": summary["planned_memory_bytes"], "peak": summary["peak_memory_bytes"]}


def epochs(avprep, folder, clips, threads, quick):
    """Epochs of a ladder by `avprep train`, and by PyTorch from the same cache; seconds are those of a video."""
    cache, recipe = folder / f"cache-{clips}", folder / "ladder.yaml"
    recipe.write_text(RECIPE)
    if not cache.exists():
        partial = folder / "cache.partial"
        shutil.rmtree(partial, ignore_errors=True)
        subprocess.run([avprep, "bench", "train-cache", partial, "--clips", str(clips)], check=True)
        partial.rename(cache)
    row = {"source": "cache", "clips": clips}
    them = theirs("cache", threads, 1, 8, cache)
    try:
        if them.missing:
            return {**row, "missing": them.missing}
        train(avprep, cache, recipe, threads)
        measured = []
        for _ in range(1 if quick else 3):
            us = train(avprep, cache, recipe, threads)
            answer = them("epoch")
            # The command's processor time has its start in it, and val.
            us["busy"] /= clips
            measured.append({"avprep": us, "peer": {
                "wall": answer["wall"] / answer["videos"], "busy": answer["busy"] / answer["videos"]}})
        row.update(workers.summary(measured), versions=them.versions, rows=measured)
        row["avprep_per_second"] = workers.spread([1 / pair["avprep"]["wall"] for pair in measured])
        row["peer_per_second"] = workers.spread([1 / pair["peer"]["wall"] for pair in measured])
        row["target"] = target(4, row)
    except RuntimeError as error:
        row["missing"] = str(error)
    finally:
        them.close()
    return row


def online(folder, backbone, cached, threads, quick):
    """PyTorch from clips, a batch of two at a time, beside our epoch from the cache; both by the video."""
    paths = sorted((folder / "clips").glob("*.mp4"))[:2]
    row = {"source": "online"}
    if len(paths) < 2 or "missing" in cached:
        return {**row, "missing": "there are no clips" if len(paths) < 2 else cached["missing"]}
    them = theirs("online", threads, 1, 2, backbone)
    try:
        if them.missing:
            return {**row, "missing": them.missing}
        line = "\t".join(map(str, paths))
        seconds = [them(line)["wall"] / 2 for _ in range(2 if quick else 4)][1:]
        row["versions"] = them.versions
        row["peer_per_second"] = workers.spread([1 / value for value in seconds])
        row["avprep_per_second"] = cached["avprep_per_second"]
        row["ratio"] = workers.spread([value * cached["avprep_per_second"]["median"] for value in seconds])
    except RuntimeError as error:
        row["missing"] = str(error)
    finally:
        them.close()
    return row


def facts(cached):
    """What the epochs from the cache tell beside their speed."""
    if "rows" not in cached:
        return []
    runs = [pair["avprep"] for pair in cached["rows"]]
    waiting = workers.spread([100 * run["waiting"] for run in runs])
    off = workers.spread([100 * (run["peak"] / run["planned"] - 1) for run in runs])
    return [
        {"what": f"`train`, a ladder, {cached['clips']} clips in the page cache: waiting for data",
         "result": report.spread(waiting, 1) + " %",
         "target": {"words": "below 3 %", "value": waiting["median"], "met": waiting["median"] < 3}},
        {"what": "its peak memory, from what it planned", "result":
         f"{report.spread(off, 1)} % ({runs[-1]['peak'] / 1e6:.0f} MB, {runs[-1]['planned'] / 1e6:.0f} MB planned)",
         "target": {"words": "within 10 %", "value": off["median"], "met": abs(off["median"]) <= 10}}]


def measure(avprep, folder, quick, only=None, threads=2, clips=320):
    (folder / "models").mkdir(exist_ok=True)
    backbone = frozen.make(folder / "models", "ViT-B/16")
    wanted = only or [*STEPS, "cache", "online"]
    rows = []
    for source in [name for name in STEPS if name in wanted]:
        say(f"training: {source}")
        rows.append(compare(avprep, source, threads, backbone, quick))
    if "cache" in wanted or "online" in wanted:
        say("training: cache")
        rows.append(epochs(avprep, folder, clips, threads, quick))
    told = facts(rows[-1]) if rows and rows[-1]["source"] == "cache" else []
    if "online" in wanted:
        say("training: online")
        rows.append(online(folder, backbone, rows[-1], threads, quick))
    return {"rows": rows, "facts": told, "threads": threads, "clips": clips}


def lines(results):
    words = {source: f"PyTorch eager, {entry[0]}" for source, entry in STEPS.items()}
    words |= {
        "cache": "`train`, a ladder from a cache; PyTorch eager from the same through h5py in a DataLoader",
        "online": "that; PyTorch online: torchcodec, log-mel, a forward pass of ViT-B/16 for each stream, the ladder"}
    text = [
        f"### Training, {results['threads']} threads each", "",
        f"AV-PEA on two streams of ViT-B's width, a video of 10 segments; loss, gradients, clipping, AdamW. The ladder has "
        f"width {WIDTH}, 4 layers and 50 tokens, and batches of 8. Within the last two blocks of a ViT-B/16 with random "
        f"weights, states have 197 and 49 tokens; those of the last block that nothing reads pass PyTorch's feed-forward "
        f"network, and not ours. Epochs are scaled by the video: {results['clips']} for the cache, 2 at a time online.", "",
        "| what | avprep, videos a second | it | speed ratio | by processor time | target |", "|---|--:|--:|--:|--:|---|"]
    for row in results["rows"]:
        if "missing" in row:
            text.append(f"| {words[row['source']]} | | not measured: {row['missing']} | | | |")
            continue
        processor = report.spread(row["processor_ratio"]) if "processor_ratio" in row else ""
        text.append(
            f"| {words[row['source']]} | {row['avprep_per_second']['median']:.2f} | {row['peer_per_second']['median']:.2f} "
            f"| {report.spread(row['ratio'])} | {processor} | {report.verdict(row.get('target'))} |")
    return text + [""] + report.facts("Beside speed of training", results["facts"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("avprep")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true", help="one pair each: whether it runs, not how fast")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", action="append", choices=[*STEPS, "cache", "online"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clips", type=int, default=320, help="clips of the cache")
    options = parser.parse_args()
    os.environ.pop("OPENBLAS_CORETYPE", None)
    options.folder.mkdir(parents=True, exist_ok=True)
    results = measure(options.avprep, options.folder, options.quick, options.only, options.threads, options.clips)
    print("\n".join(lines(results)))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
