"""Training steps beside PyTorch's, on made-up states.

    python training.py AVPREP FOLDER [--quick] [--json FILE] [--threads N] [--width N]

Two threads each, on the same machine in one run; pairs of measurements, ours and theirs one right after the other.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import report
import workers
from frozen import pairs, peak, say

BATCH, STEPS, WIDTH = 8, 5, 96

# Where PyTorch's states are, its words, and by how much we are to be faster with ours in memory.
PEERS = [
    ("memory", "PyTorch eager, states in memory", 2.5),
    ("h5py", "PyTorch eager, states read through h5py in a DataLoader", None),
]


def ours(avprep, threads, width):
    return workers.Worker(
        [avprep, "bench", "train", "-", "--json", "--threads", threads, "--steps", STEPS, "--batch", BATCH, "--width",
         width], greets=False)


def theirs(source, threads, width, file):
    script = Path(__file__).with_name("training_peers.py")
    return workers.Worker(
        [sys.executable, script, source, threads, STEPS, BATCH, width, *([file] if source == "h5py" else [])], greets=True)


def compare(avprep, source, least, threads, width, file, count):
    row = {"source": source}
    them, us = theirs(source, threads, width, file), ours(avprep, threads, width)
    try:
        if them.missing:
            return {**row, "missing": them.missing}
        measured = pairs(us, them, "ladder", count)
        answer = measured[-1]["avprep"]
        row.update(workers.summary(measured), versions=them.versions, rows=measured)
        row["avprep_per_second"] = workers.spread([STEPS * BATCH / pair["avprep"]["wall"] for pair in measured])
        row["peer_per_second"] = workers.spread([STEPS * BATCH / pair["peer"]["wall"] for pair in measured])
        row.update(avprep_peak=peak(us), peer_peak=peak(them), instructions=answer["instructions"], bytes=answer["bytes"])
        if least:
            value = min(row["ratio"]["median"], row["processor_ratio"]["median"])
            row["target"] = {"words": f"at least {least} by both clocks", "value": value, "met": value >= least}
    except RuntimeError as error:
        row["missing"] = str(error)
    finally:
        us.close(), them.close()
    return row


def measure(avprep, folder, quick, threads=2, width=WIDTH):
    rows = []
    for source, _, least in PEERS:
        say(f"training: {source}")
        rows.append(compare(
            avprep, source, least, threads, width, folder / "states.h5", 1 if quick else 7))
        say(json.dumps({k: v for k, v in rows[-1].items() if k in (
            "source", "ratio", "processor_ratio", "missing", "avprep_per_second", "peer_per_second")}))
    return {"rows": rows, "threads": threads, "width": width}


def lines(results):
    text = [
        f"### Training, {results['threads']} threads each", "",
        f"A step of an AV-PEA ladder of width {results['width']} on two streams of ViT-B's width: 4 layers, 50 tokens, 10 "
        f"segments, batches of {BATCH}; loss, gradients, clipping, AdamW. Ours has its states in memory beside both. "
        "Processor time of a DataLoader's workers is not counted.", "",
        "| beside | avprep, videos a second | it | speed ratio | by processor time | target |", "|---|--:|--:|--:|--:|---|"]
    words = {source: name for source, name, _ in PEERS}
    for row in results["rows"]:
        if "missing" in row:
            text.append(f"| {words[row['source']]} | | not measured: {row['missing']} | | | |")
            continue
        text.append(
            f"| {words[row['source']]} | {row['avprep_per_second']['median']:.1f} | {row['peer_per_second']['median']:.1f} "
            f"| {report.spread(row['ratio'])} | {report.spread(row['processor_ratio'])} "
            f"| {report.verdict(row.get('target'))} |")
    return text + [""]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("avprep")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true", help="one pair each: whether it runs, not how fast")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--width", type=int, default=WIDTH)
    options = parser.parse_args()
    os.environ.pop("OPENBLAS_CORETYPE", None)
    results = measure(options.avprep, options.folder, options.quick, options.threads, options.width)
    print("\n".join(lines(results)))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
