"""The command `extract` from the outside: time, memory and open files of all its processes."""

import json
import os
import shutil
import statistics
import subprocess
import threading
import time
from pathlib import Path


def process_tree(root):
    """Ids of a process and of all that it has started."""
    found, open_ = [], [root]
    while open_:
        pid = open_.pop()
        try:
            children = [Path(f"/proc/{pid}/task/{task}/children").read_text() for task in os.listdir(f"/proc/{pid}/task")]
        except OSError:
            continue  # It has ended meanwhile.
        found.append(pid)
        open_ += [int(child) for child in " ".join(children).split()]
    return found


def sample(root):
    """KiB resident now and at most so far, and open files, in sum over the processes; shared pages count in each."""
    resident = peak = files = 0
    for pid in process_tree(root):
        try:
            status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            resident += int(status["VmRSS"].split()[0])
            peak += int(status["VmHWM"].split()[0])
            files += len(os.listdir(f"/proc/{pid}/fd"))
        except (OSError, KeyError):
            continue
    return resident, peak, files


def extract(avprep, root, manifest, cache, jobs, size=224, interval=None):
    """Runs the command on a fresh cache; with an interval in seconds it is watched."""
    shutil.rmtree(cache, ignore_errors=True)
    start = time.perf_counter()
    process = subprocess.Popen(
        [avprep, "extract", root, "--dataset", manifest, "--cache", cache, "--jobs", str(jobs), "--size", str(size),
         "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    events, samples = [], []

    def read():
        for line in process.stdout:
            events.append((time.perf_counter() - start, json.loads(line)))

    reader = threading.Thread(target=read)
    reader.start()
    if interval:
        while process.poll() is None:
            values = sample(process.pid)
            if values[0]:
                samples.append((time.perf_counter() - start, *values))
            time.sleep(interval)
    process.wait()
    seconds = time.perf_counter() - start
    reader.join()
    complaint = process.stderr.read().strip()
    process.stdout.close()
    process.stderr.close()
    if process.returncode != 0:
        raise RuntimeError(f"cannot extract {root}: status {process.returncode} {complaint}")
    summary = next(event for _, event in reversed(events) if event["type"] == "summary")
    progress = [(at, event["done"]) for at, event in events if "done" in event]
    return {"seconds": seconds, "publishing": summary.get("publishing_seconds"), "samples": samples, "progress": progress}


def jobs_and_writing(avprep, root, manifest, cache, pairs):
    """Speed of two jobs against one, and the share of a one-job run in which data were published."""
    ratios, shares, rows = [], [], []
    extract(avprep, root, manifest, cache, 2)
    for _ in range(pairs):
        one, two = (extract(avprep, root, manifest, cache, jobs) for jobs in (1, 2))
        rows.append({"one": one["seconds"], "two": two["seconds"], "publishing": one["publishing"]})
        ratios.append(one["seconds"] / two["seconds"])
        if one["publishing"] is not None:
            shares.append(one["publishing"] / one["seconds"])
    return ratios, shares, rows


def peak_mebibytes(run, jobs):
    return max(peak for _, _, peak, _ in run["samples"]) / 1024 / jobs


def growth(run):
    """KiB that memory grows, and files that are opened more than closed, over the second half of the clips.

    Medians of the last and of the second quarter are compared, since memory goes up and down with each shard.
    """
    def clips(at):
        before = [point for point in [(0, 0), *run["progress"]] if point[0] <= at][-1]
        after = next((point for point in run["progress"] if point[0] > at), before)
        share = (at - before[0]) / (after[0] - before[0]) if after[0] > before[0] else 0
        return before[1] + share * (after[1] - before[1])

    total = run["progress"][-1][1]
    points = [(clips(at), resident, files) for at, resident, _, files in run["samples"]]
    second = [p for p in points if total / 4 <= p[0] < total / 2]
    last = [p for p in points if 3 * total / 4 <= p[0] < total]
    middle = [statistics.median(column) for column in zip(*second)]
    end = [statistics.median(column) for column in zip(*last)]
    return {
        "clips": total, "samples": len(points), "kib_per_clip": (end[1] - middle[1]) / (end[0] - middle[0]),
        "files": [middle[2], end[2]], "resident_mib": [middle[1] / 1024, end[1] / 1024]}
