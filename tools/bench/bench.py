"""Measures avprep beside other tools, in one run; a table on standard output, everything as JSON in a file.

    python bench.py AVPREP FOLDER [--quick] [--json FILE] [--media FOLDER]

Use run.sh, which makes the environment. Medians are of pairs: ours and theirs on the same file, one right after the
other. A target that is missed is printed as missed; the exit status says only whether the bench could be run.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import bound
import check
import clips
import extraction
import frozen
import report
import training
import workers

TARGET_PEERS = ["torchcodec", "torchcodec-approximate"]
OTHER_PEERS = ["torchcodec-resized", "torchcodec-all", "decord", "decord-resized", "pyav", "ffmpeg"]


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def at_least(least, value):
    return {"words": f"at least {least}", "value": value, "met": value >= least}


def faster(least, result):
    """Judged by the worse of both clocks: on a busy machine that on the wall flatters the shorter work."""
    value = min(result["ratio"]["median"], result["processor_ratio"]["median"])
    return {"words": f"at least {least} by both clocks", "value": value, "met": value >= least}


def below(most, unit, value, met=True):
    return {"words": f"below {most} {unit}", "value": value, "met": value < most if met else None}


def environment(avprep):
    doctor = json.loads(subprocess.run([avprep, "doctor", "--json"], check=True, capture_output=True, text=True).stdout)
    models = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    return {
        "date": time.strftime("%Y-%m-%d"), "processor": models[0] if models else platform.processor(),
        "cores": len(os.sched_getaffinity(0)), "load_before": os.getloadavg()[0], "avprep": doctor,
        "system": platform.platform()}


def video(avprep, made, flat, quick):
    """Clips per second beside the others, by size; for the target also by distance of key frames."""
    results = {}
    with workers.Arena(avprep, "clips") as arena:
        for height, group in made.items():
            say(f"frames at {height}p")
            rows = []
            for name in TARGET_PEERS + OTHER_PEERS:
                pairs = 2 * len(group) if name in TARGET_PEERS else len(group)
                result = arena.compare(name, group, 2 if quick else pairs)
                if name in TARGET_PEERS and height == 720 and "ratio" in result:
                    result["target"] = faster(1.5, result)
                rows.append(result)
                for keyint in sorted({clip["keyint"] for clip in group}) if name == "torchcodec" and not quick else []:
                    part = [row for row in result.get("rows", []) if row["clip"]["keyint"] == keyint]
                    if part:
                        rows.append({"peer": name, "note": f"; key frames every {keyint}", **workers.summary(part)})
            results[height] = rows
        result = arena.compare("torchcodec", flat, 2 if quick else 2 * len(flat))
        if "ratio" in result:
            result["target"] = faster(1.5, result)
        results[720].append({**result, "note": "; clips whose B-pictures are no references"})
    return results


def log_mel(avprep, folder, clip, quick):
    say("log-mel")
    wave = folder / "log-mel.wav"
    clips.ffmpeg("-i", clip["path"], "-t", 10, "-ac", 1, "-ar", 16_000, "-c:a", "pcm_s16le", wave)
    rows = []
    with workers.Arena(avprep, "logmel", repeat=10) as arena:
        for name, least in [("torchaudio", 1.5), ("kaldi-native-fbank", 4), ("librosa", None)]:
            result = arena.compare(name, [{"path": str(wave)}], 3 if quick else 15)
            if least and "ratio" in result:
                result["target"] = faster(least, result)
            rows.append(result)
    return rows


def whole_runs(avprep, folder, made, quick):
    """The command on folders of clips: jobs, writing, memory, open files."""
    rows, details = [], {}
    paths = [clip["path"] for clip in made[720]]
    # So many that a job which waits for the other's last clip does not matter.
    count = len(paths) if quick else 6 * len(paths)
    _, manifest = clips.make_folder(folder / "jobs", paths, count, 10)
    if len(os.sched_getaffinity(0)) > 1:
        say("two jobs and one")
        ratios, shares, details["jobs"] = extraction.jobs_and_writing(
            avprep, folder / "jobs", manifest, folder / "cache", 1 if quick else 5)
        ratio = workers.spread(ratios)
        limit = workers.ceiling(avprep, made[720])
        details["ceiling"] = limit
        rows.append({
            "what": f"two jobs against one, {count} clips of 720p, {len(ratios)} pairs",
            "result": f"{report.spread(ratio)}; two processes that share nothing: {limit:.2f}",
            "target": at_least(1.85, ratio["median"])})
        if shares:
            share = workers.spread([100 * share for share in shares])
            rows.append({
                "what": "share of a one-job run in which data were published",
                "result": report.spread(share, 1) + " %", "target": below(10, "%", share["median"])})
    else:
        rows.append({"what": "two jobs against one", "result": "not measured: there is one core"})
    say("memory")
    for jobs in (1, 2):
        run = extraction.extract(avprep, folder / "jobs", manifest, folder / "cache", jobs, interval=0.05)
        peak = extraction.peak_mebibytes(run, jobs)
        rows.append({
            "what": f"peak memory at 720p per job, {jobs} job{'s' * (jobs > 1)}, all processes",
            "result": f"{peak:.0f} MiB", "target": below(300, "MB", peak * 2**20 / 1e6)})
    count = 320 if quick else 2000
    _, short = clips.make_folder(folder / "short", clips.make_short(Path(made[720][0]["path"]).parent), count, 1)
    run = extraction.extract(avprep, folder / "short", short, folder / "cache", 2, size=112, interval=0.02)
    details["growth"] = growth = extraction.growth(run)
    rows.append({
        "what": f"memory over {count} clips, from the second to the last quarter",
        "result": f"{growth['kib_per_clip']:+.2f} KiB per clip ({growth['resident_mib'][0]:.1f} → "
                  f"{growth['resident_mib'][1]:.1f} MiB)",
        "target": below(1, "KiB per clip", growth["kib_per_clip"], met=not quick or None)})
    rows.append({
        "what": f"open files over {count} clips, from the second to the last quarter",
        "result": f"{growth['files'][0]:.0f} → {growth['files'][1]:.0f}",
        "target": {"words": "constant", "value": growth["files"], "met": growth["files"][0] == growth["files"][1]}})
    return rows, details


def limits(pyramid, flat, quick):
    """What skipping can gain at all, by the program ffmpeg."""
    say("limits")
    rows = []
    for group, words in [(pyramid, "720p clips"), (flat, "720p clips whose B-pictures are no references")]:
        gains = workers.spread(bound.gain(group, 1 if quick else 3))
        rows.append({
            "what": f"what skipping can gain: ffmpeg's decoding of all pictures over that of references alone, {words}",
            "result": report.spread(gains)})
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("avprep")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true", help="few pairs: whether it runs, not how fast")
    parser.add_argument("--json", type=Path, help="file for all results (default: bench.json in FOLDER)")
    parser.add_argument("--media", type=Path, default=Path("../shared/media"), help="folder of real footage")
    options = parser.parse_args()
    start = time.perf_counter()
    about = environment(options.avprep)
    store = options.folder / "clips"
    store.mkdir(exist_ok=True)
    say("clips")
    made = {height: clips.make(store, options.media, height) for height in (720, 360)}
    flat = clips.make(store, options.media, 720, flat=True)
    if options.quick:
        made = {height: group[:4] for height, group in made.items()}
    work = Path(tempfile.mkdtemp(prefix="run-", dir=options.folder))
    try:
        videos = video(options.avprep, made, flat, options.quick)
        mel = log_mel(options.avprep, work, made[720][0], options.quick)
        say("checks")
        checks = check.pictures(options.avprep, work, (made[720] + flat + made[360])[::3 if options.quick else 1])
        checks += limits(made[720], flat, options.quick)
        checks += check.log_mel(mel) + check.threads([*videos[720], *videos[360], *mel])
        runs, details = whole_runs(options.avprep, work, made, options.quick)
        passes = frozen.measure(options.avprep, options.folder, options.quick)
        steps = training.measure(options.avprep, options.folder, options.quick)
    finally:
        shutil.rmtree(work)
    about["load_after"], about["seconds"] = os.getloadavg()[0], time.perf_counter() - start
    versions = sorted({word for rows in [*videos.values(), mel, passes["rows"], steps["rows"]] for row in rows for word in row.get("versions", [])})
    for name in ("numpy", "h5py"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    machine, media = about["avprep"], about["avprep"]["media"]
    lines = [
        "## Measured side by side", "",
        f"{about['date']}, {about['cores']} cores of {about['processor']} ({machine['openblas']} kernels, "
        f"{machine['instructions']}), load {about['load_before']:.1f} before and {about['load_after']:.1f} after, "
        f"{about['seconds']:.0f} s{', quick: too few pairs to judge by' if options.quick else ''}. avprep "
        f"{machine['version']} with " + ", ".join(f"{k} {v}" for k, v in sorted(media.items())) +
        f". Beside it {', '.join(versions)}.", "",
        "Ratios are speeds, ours over theirs: median of pairs (least…greatest), one thread each. avprep always decodes ten "
        "frames at the centres of ten segments, resizes them to 224 × 224, and computes the audio and its log-mel windows.",
        ""]
    for height, rows in videos.items():
        lines += report.comparison(f"Clips of 10 s at {height}p", rows)
    lines += report.comparison("Log-mel of 10 s at 16 kHz", mel)
    lines += report.facts("Whole runs of `extract`", runs) + report.facts("Results beside speed", checks)
    lines += frozen.lines(passes) + training.lines(steps)
    lines += report.clips("The clips", made[720] + flat + made[360])
    print("\n".join(lines))
    path = options.json or options.folder / "bench.json"
    path.write_text(json.dumps({
        "environment": about, "versions": versions, "clips": {**made, "flat": flat}, "video": videos, "logmel": mel, "runs": runs, "frozen": passes, "training": steps,
        "run_details": details, "checks": checks, "quick": options.quick}, indent=1) + "\n")
    say(f"all results are in {path}")


main()
