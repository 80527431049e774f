"""The study: makes two data sets, caches them, trains every method, and writes docs/study.json and docs/study.md.

    python tools/study/run.py AVPREP WORK [--quick] [--only NAME]... [--backbone FOLDER]

Everything lies in the folder WORK, and what is there already is not done again: a run that was stopped goes on, one
that is finished is read. Runs are trained side by side, one thread each. --quick takes small data sets, one seed and
few methods, and prints what it found in place of writing documents.
"""

import argparse
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import events
import methods
import questions
import report
import results
from methods import Entry

ROOT = Path(__file__).resolve().parents[2]
# What the recipes read: ladders 2, 4 and 6, blocks from 4 on, DTL all below, heads the last.
LAYERS = "0,1,2,3,4,6"
BUILDERS = {"events": events.build, "questions": questions.build}
PICTURE = 96


def say(text: str) -> None:
    print(f"study: {text}", file=sys.stderr, flush=True)


class Study:
    """Where everything of one study lies, and how it is made."""

    def __init__(self, avprep: Path, work: Path, backbone: str, quick: bool):
        self.avprep, self.work, self.backbone, self.quick = avprep, work, backbone, quick
        self.name = Path(backbone.removeprefix("builtin:")).name
        self.log = work / "study.log"
        self.program = hashlib.sha256(avprep.read_bytes()).hexdigest()
        # Fingerprints of the states of a task's cache.
        self.states: dict[str, dict[str, str]] = {}

    def avprep_runs(self, *arguments: object) -> str:
        """Runs the program, whose command and words go to the log, and gives what it printed.

        Raises:
            RuntimeError: It ended with an error, whose last line is told.
        """
        command = [str(self.avprep), *map(str, arguments), "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True)
        with self.log.open("a") as log:
            log.write(f"$ {shlex.join(command)}\n{done.stdout}{done.stderr}")
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise RuntimeError(f"{command[1]} ended with status {done.returncode}: {last[0]}")
        return done.stdout

    def data(self, task: str) -> Path:
        return self.work / task

    def cache(self, task: str) -> Path:
        return self.work / f"{task}-cache"

    def prepare(self, task: str) -> None:
        """Makes a task's data set and the cache of its token states."""
        start = time.monotonic()
        BUILDERS[task](self.data(task), self.quick)
        made = time.monotonic()
        data, cache = self.data(task), self.cache(task)
        # A cache is of one data set; of another one there must be another.
        made_by, made_of = data / "made-by.json", cache.with_suffix(".json")
        if not made_of.exists() or made_of.read_text() != made_by.read_text():
            shutil.rmtree(cache, ignore_errors=True)
            shutil.copy(made_by, made_of)
        self.avprep_runs(
            "extract", data, "--dataset", data / "dataset.yaml", "--cache", cache, "--size", PICTURE)
        for stream in ("visual", "audio"):
            self.avprep_runs(
                "encode", "--cache", cache, "--backbone", self.backbone, "--stream", stream, "--layers", LAYERS,
                "--tokens", "all", "--dtype", "f16")
        status = self.avprep_runs("status", "--cache", cache, "--json")
        self.states[task] = {
            feature["feature"]: feature["fingerprint"] for feature in map(json.loads, status.splitlines())
            if feature["feature"].startswith(f"states-{self.name}-")}
        say(f"{task}: data set {made - start:.0f} s, cache {time.monotonic() - made:.0f} s")

    def settings(self, task: str, part: str, entry: Entry, seed: int) -> list[str]:
        epochs = methods.PARTS[task][part].epochs
        settings = [f"{key}={value}" for key, value in methods.SHARED[task].items()]
        settings += [f"epochs={epochs}", f"patience={epochs}", f"seed={seed}"]
        if entry.recipe != "question-only":
            settings += [f"features.{stream}=states-{self.name}-{stream}" for stream in ("visual", "audio")]
        if entry.placement in ("suffix", "hybrid"):
            settings += [f"backbones.{stream}={self.backbone}" for stream in ("visual", "audio")]
        return settings + list(entry.settings)

    def run(self, task: str, entry: Entry, seed: int) -> dict:
        """Trains a row's parts, and looks at test once in each."""
        folder = self.work / "runs" / task / entry.name.replace(", ", "--").replace(" ", "-") / f"seed-{seed}"
        return results.joined(
            task, {part: self.part(task, part, entry, seed, folder / part.replace(" ", "-"))
                   for part in entry.parts or methods.PARTS[task]}, self.data(task))

    def part(self, task: str, part: str, entry: Entry, seed: int, folder: Path) -> dict:
        """One run; a finished one of equal conditions is read."""
        recipe = ROOT / "manifests" / "recipes" / f"{methods.PREFIX[task]}-{entry.recipe}.yaml"
        settings, others = self.settings(task, part, entry, seed), results.others(task, part, self.data(task))
        conditions = {
            "recipe": recipe.read_text(), "settings": settings, "states": self.states[task], "others": others,
            "program": self.program}
        result, note, leave_out = folder / "result.json", folder / "conditions.json", folder / "others.txt"
        if folder.exists() and not (note.exists() and json.loads(note.read_text()) == conditions):
            shutil.rmtree(folder)
        if result.exists():
            return json.loads(result.read_text())
        folder.mkdir(parents=True, exist_ok=True)
        leave_out.write_text("".join(f"{clip}\n" for clip in others))
        note.write_text(json.dumps(conditions))
        reading = ("--cache", self.cache(task), "--run", folder / "run", "--leave-out", leave_out, "--threads", 1)
        resume = ["--resume"] if (folder / "run").exists() else []
        sets = [part for setting in settings for part in ("--set", setting)]
        self.avprep_runs("train", *reading, "--recipe", recipe, *sets, *resume)
        predictions = folder / "test.jsonl"
        self.avprep_runs("predict", *reading, "--split", "test", "--output", predictions)
        found = results.of_run(task, folder / "run", predictions, self.data(task))
        partial = result.with_suffix(".partial")
        partial.write_text(json.dumps(found))
        partial.rename(result)
        # A study has hundreds of runs; what they found is kept.
        for file in (folder / "run").glob("*.safetensors"):
            file.unlink()
        predictions.unlink()
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("avprep", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="a row of the tables")
    parser.add_argument("--seeds", type=int, default=len(methods.SEEDS), help="how many, from 0 on")
    parser.add_argument("--backbone", default="builtin:tiny")
    arguments = parser.parse_args()
    names = {entry.name for task in methods.SHARED for entry in methods.entries(task)}
    if unknown := sorted(set(arguments.only) - names):
        parser.error(f"there is no row {unknown[0]!r}; rows are {', '.join(sorted(names))}")
    work = (arguments.work / ("quick" if arguments.quick else "full")).absolute()
    work.mkdir(parents=True, exist_ok=True)
    study = Study(arguments.avprep.absolute(), work, arguments.backbone, arguments.quick)
    seeds = (0,) if arguments.quick else tuple(range(arguments.seeds))

    for task in methods.SHARED:
        study.prepare(task)
    # One seed of everything after the other: a study that is cut short has all rows, of fewer seeds.
    jobs = [
        (task, entry, seed) for seed in seeds for task in methods.SHARED for entry in methods.entries(task)
        if entry.name in (arguments.only or (methods.QUICK[task] if arguments.quick else [entry.name]))]

    found: dict[str, dict[str, dict[str, dict]]] = {task: {} for task in methods.SHARED}
    failures: list[str] = []
    start, done = time.monotonic(), 0

    def train(job: tuple[str, Entry, int]) -> None:
        nonlocal done
        task, entry, seed = job
        try:
            found[task].setdefault(entry.name, {})[str(seed)] = study.run(task, entry, seed)
        except (RuntimeError, OSError, ValueError, KeyError) as error:
            failures.append(f"{task}, {entry.name}, seed {seed}: {error}")
            say(failures[-1])
        done += 1
        if done % 10 == 0 or done == len(jobs):
            say(f"{done} of {len(jobs)} runs, {(time.monotonic() - start) / 60:.0f} minutes")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            list(pool.map(train, jobs))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            say("interrupted; the same command goes on")
            sys.exit(130)
    gathered = results.gather(found, {task: study.data(task) for task in found}, arguments.backbone, study.avprep)
    (work / "study.json").write_text(results.text(gathered))
    if arguments.quick or arguments.only or failures:
        print(report.Report(gathered).summary())
    else:
        shutil.copy(work / "study.json", ROOT / "docs" / "study.json")
        report.write(ROOT / "docs")
        say(f"docs/study.md is written, after {(time.monotonic() - start) / 60:.0f} minutes of training")
    if failures:
        say(f"{len(failures)} of {len(jobs)} runs failed; the same command tries them again")
        sys.exit(1)


if __name__ == "__main__":
    main()
