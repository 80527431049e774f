"""What runs found, by clip or question of test, in a file small enough to be committed."""

import itertools
import json
import statistics
import subprocess
from pathlib import Path

import methods

DIGITS = "0123456789A"


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_clips(data: Path) -> list[dict]:
    return [clip for clip in lines(data / "factors.jsonl") if clip["split"] == "test"]


def others(task: str, part: str, data: Path) -> list[str]:
    """The clips that do not belong to a part."""
    factors = methods.PARTS[task][part].factors
    return [clip["clip"] for clip in lines(data / "factors.jsonl") if clip["factor"] not in factors] if factors else []


def _events(predictions: Path, data: Path) -> dict:
    """Of each clip how many seconds of its event and of its background are right."""
    clips, counts = {clip["clip"]: clip for clip in test_clips(data)}, {}
    for row in lines(predictions):
        clip = clips[row["clip"]]
        right = [predicted == true for predicted, true in zip(row["predicted"], row["true"], strict=True)]
        event = sum(right[clip["start"]:clip["end"]])
        counts[row["clip"]] = [event, sum(right) - event]
    return {"clips": counts}


def _questions(predictions: Path, data: Path) -> dict:
    """Of each question, in their order, whether it is answered rightly."""
    rows = lines(predictions)
    expected = len(json.loads((data / "json_update" / "avqa-test.json").read_text()))
    if len(rows) != expected:
        raise ValueError(f"{predictions} has {len(rows)} rows, and test {expected} questions")
    return {"answers": "".join(str(int(_one(row["predicted"]) == _one(row["true"]))) for row in rows)}


def _one(value: str | list[str]) -> str:
    return value[0] if isinstance(value, list) else value


def of_run(task: str, run: Path, predictions: Path, data: Path) -> dict:
    """A run's parameters, best result on val, seconds and results on test."""
    record = json.loads((run / "run.json").read_text())
    epochs, timings = lines(run / "metrics.jsonl"), lines(run / "timings.jsonl")
    times = [point["time"] for point in timings]
    epoch = statistics.median(b - a for a, b in itertools.pairwise(times)) if len(times) > 1 else 0
    return {
        "title": record["title"], "method": record["methodParameters"], "head": record["headParameters"],
        "val": max(epoch["val_accuracy"] for epoch in epochs), "loss": epochs[-1]["train_loss"],
        "seconds": round(epoch * len(epochs), 1),
        **(_events if task == "events" else _questions)(predictions, data)}


def joined(task: str, parts: dict[str, dict], data: Path) -> dict:
    """A row's results from those of its parts: of each clip of test, in their order, a digit for its event and one for
    its background, or "-" if it belongs to none of them; of questions the answers."""
    first = next(iter(parts.values()))
    own = {key: first[key] for key in ("title", "method", "head")}
    own |= {key: {name: part[key] for name, part in parts.items()} for key in ("val", "loss")}
    own["seconds"] = round(sum(part["seconds"] for part in parts.values()), 1)
    if task == "questions":
        return own | {"answers": first["answers"]}
    by_clip = {clip: counts for part in parts.values() for clip, counts in part["clips"].items()}
    counts = [by_clip.get(clip["clip"]) for clip in test_clips(data)]
    return own | {kind: "".join(DIGITS[count[k]] if count else "-" for count in counts)
                  for k, kind in enumerate(("event", "background"))}


def gather(found: dict, data: dict[str, Path], backbone: str, avprep: Path) -> dict:
    """All results with what they are results of; parameters and titles once for all seeds."""
    version = subprocess.run([avprep, "version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    gathered: dict = {"program": version, "backbone": backbone, "tasks": {}}
    for task, by_name in found.items():
        rows = {}
        for entry in methods.entries(task):
            runs = by_name.get(entry.name)
            if not runs:
                continue
            seeds = sorted(runs, key=int)
            rows[entry.name] = {
                "title": runs[seeds[0]]["title"], "method": runs[seeds[0]]["method"], "head": runs[seeds[0]]["head"],
                "runs": {seed: {key: value for key, value in runs[seed].items()
                                if key not in ("title", "method", "head")} for seed in seeds}}
        gathered["tasks"][task] = {
            "settings": methods.SHARED[task],
            "parts": {name: [part.epochs, *part.factors] for name, part in methods.PARTS[task].items()},
            "made_by": json.loads((data[task] / "made-by.json").read_text()),
            "counts": _counts(task, data[task]), "test": _test(task, data[task]), "rows": rows}
    return gathered


def _test(task: str, data: Path) -> list:
    """What each clip of test is about, and its event's seconds; of questions the type and the clip."""
    if task == "events":
        return [[clip["factor"], int(clip["held_out"]), clip["end"] - clip["start"]] for clip in test_clips(data)]
    rows = json.loads((data / "json_update" / "avqa-test.json").read_text())
    return [[" ".join(json.loads(row["type"])), int(row["video_id"])] for row in rows]


def _counts(task: str, data: Path) -> dict[str, int]:
    if task == "events":
        return {split: sum(clip["split"] == split for clip in lines(data / "factors.jsonl"))
                for split in ("train", "val", "test")}
    return {split: len(json.loads((data / "json_update" / f"avqa-{split}.json").read_text()))
            for split in ("train", "val", "test")}


def text(gathered: dict) -> str:
    """JSON with a line for each run, so that differences can be read."""
    compact = {"separators": (",", ":")}
    parts = [f'"program": {json.dumps(gathered["program"])}', f'"backbone": {json.dumps(gathered["backbone"])}']
    tasks = []
    for task, own in gathered["tasks"].items():
        rows = []
        for name, row in own["rows"].items():
            runs = ",\n      ".join(f"{json.dumps(seed)}: {json.dumps(run, **compact)}"
                                    for seed, run in row["runs"].items())
            fields = json.dumps({key: row[key] for key in ("title", "method", "head")})[1:-1]
            rows.append(f'{json.dumps(name)}: {{{fields}, "runs": {{\n      {runs}}}}}')
        fields = "".join(
            f"  {json.dumps(key)}: {json.dumps(value, **compact)},\n" for key, value in own.items() if key != "rows")
        tasks.append(f'{json.dumps(task)}: {{\n{fields}  "rows": {{\n    ' + ",\n    ".join(rows) + "}}")
    return "{" + ",\n".join(parts) + ',\n"tasks": {\n' + ",\n".join(tasks) + "}}\n"
