"""Writes docs/study.md and its plots from docs/study.json; every number in them comes from there.

    python tools/study/report.py [DOCS]
"""

import argparse
import json
import textwrap
from pathlib import Path

import claims
import events
import methods
import numpy as np
import plots
import questions
import words
from claims import Claims
from intervals import DRAWS, Task

FACTORS = ("sound", "sight", "together", "held out", "order", "few seconds", "early")
TYPES = (
    "Audio Counting", "Audio Comparative", "Visual Counting", "Visual Location", "Audio-Visual Existential",
    "Audio-Visual Counting", "Audio-Visual Location", "Audio-Visual Comparative", "Audio-Visual Temporal")
PLACEMENTS = {"head": "head", "ladder": "beside blocks", "suffix": "in blocks", "hybrid": "beside and in blocks"}
BOTH = ("event", "background")


def wrapped(text: str, first: str = "", others: str = "") -> str:
    return textwrap.fill(
        " ".join(text.split()), 140, initial_indent=first, subsequent_indent=others, break_on_hyphens=False,
        break_long_words=False)


def spread(values: np.ndarray) -> str:
    """Mean and standard deviation over seeds; a dash for what was not trained."""
    if np.isnan(values).any():
        return "–"
    deviation = f" ± {values.std(ddof=1):.1f}" if len(values) > 1 else ""
    return f"{values.mean():.1f}{deviation}"


def table(header: list[str], rows: list[list[str]], labels: int = 2) -> str:
    """A table whose first columns are words and the others numbers."""
    rule = ["---"] * labels + ["--:"] * (len(header) - labels)
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))


class Report:
    """Tables, plots and text of one study."""

    def __init__(self, results: dict):
        self.results, self.tasks = results, results["tasks"]
        self.events, self.questions = (Task(self.tasks[task]) for task in ("events", "questions"))
        self.claims = Claims(self.events)
        self.factors = {factor: self.claims.factor[factor] for factor in FACTORS}
        self.types = {kind: self.questions.where(lambda row, kind=kind: row[0] == kind) for kind in TYPES}
        self.modalities = {
            modality: self.questions.where(lambda row, modality=modality: row[0].split(" ")[0] == modality)
            for modality in ("Audio", "Visual", "Audio-Visual")} | {"all": np.ones(len(self.questions.test), bool)}

    def entries(self, task: str) -> list[methods.Entry]:
        """The rows that there are results of."""
        return [entry for entry in methods.entries(task) if entry.name in self.tasks[task]["rows"]]

    def _labels(self, task: str, entry: methods.Entry) -> list[str]:
        row = self.tasks[task]["rows"][entry.name]
        return [entry.name, PLACEMENTS[entry.placement], f"{row['method']:,}", f"{row['head']:,}"]

    def event_table(self) -> str:
        header = ["row", "placement", "method", "head", "all segments", *FACTORS, "background"]
        everything, rows = self.claims.everything, []
        for entry in self.entries("events"):
            parts = [
                self.events.accuracies(entry.name, everything, BOTH),
                *(self.events.accuracies(entry.name, part) for part in self.factors.values()),
                self.events.accuracies(entry.name, everything, ("background",))]
            rows.append([*self._labels("events", entry), *map(spread, parts)])
        return table(header, rows)

    def question_table(self) -> str:
        def short(kind):
            modality, _, rest = kind.partition(" ")
            return f"{'AV' if '-' in modality else modality[0]} {rest}"

        header = ["row", "placement", "method", "head", *map(short, self.types), *map(str.lower, self.modalities)]
        rows = []
        for entry in self.entries("questions"):
            types, modalities = (
                [self.questions.accuracies(entry.name, part) for part in parts.values()]
                for parts in (self.types, self.modalities))
            rows.append([
                *self._labels("questions", entry), *(f"{values.mean():.1f}" for values in types),
                *map(spread, modalities)])
        return table(header, rows)

    def cost_table(self) -> str:
        rows = []
        for task in methods.SHARED:
            for placement, name in PLACEMENTS.items():
                whole = [
                    self.tasks[task]["rows"][entry.name] for entry in self.entries(task)
                    if entry.placement == placement and not entry.of]
                seconds = [run["seconds"] for row in whole for run in row["runs"].values()]
                if seconds:
                    median, total = np.median(seconds), sum(seconds) / 60
                    rows.append([task, name, str(len(seconds)), f"{median:.0f}", f"{total:.0f}"])
        return table(["task", "placement", "rows × seeds", "seconds of one, median", "minutes of all, one thread"], rows)

    def factor_plot(self) -> str:
        entries = [entry for entry in self.entries("events") if not entry.of]
        columns = []
        for factor, part in self.factors.items():
            name, kind = ("held-out pairs", "together") if factor == "held out" else (factor, factor)
            dots = [
                plots.Dot(*self.events.interval(entry.name, part), entry.crosses, entry.placement) for entry in entries]
            columns.append((name, 100 / len(events.CATEGORIES[kind]), dots))
        return plots.panels("What each method adds, by what labels need", [entry.name for entry in entries], columns)

    def parameter_plot(self) -> str:
        everything, points = self.claims.everything, []
        for entry in self.entries("events"):
            if self.events.parameters(entry.name) and not entry.of:
                interval = self.events.interval(entry.name, everything, BOTH)
                dot = plots.Dot(*interval, entry.crosses, entry.placement)
                points.append((entry.name, self.events.parameters(entry.name), dot))
        return plots.scatter(
            "Accuracy over all segments against trainable parameters", points,
            "trainable parameters of the method, without the head that all have in common")

    def findings(self) -> str:
        lines = []
        for finding in self.claims.findings():
            lines.append(f"- **{finding.claim}: {finding.verdict}.**")
            lines += [wrapped(sentence, "  - ", "    ") for sentence in finding.sentences]
        return "\n".join(lines)

    def event_sentences(self) -> str:
        """How far heads alone come, so that what is left for methods can be seen."""
        best = []
        for factor, part in self.factors.items():
            reached = {entry.name: self.events.accuracies(entry.name, part).mean() for entry in self.entries("events")
                       if entry.placement == "head"}
            if reached:
                name = max(reached, key=reached.get)
                best.append(f"{factor} {reached[name]:.1f} ({name})")
        return wrapped(words.CEILING.format(best=", ".join(best))) if best else ""

    def question_sentences(self) -> str:
        everything, audio_visual = self.modalities["all"], self.modalities["Audio-Visual"]
        sentences = []
        if all(name in self.questions for name in ("question alone", "head alone")):
            mean, low, high = self.questions.interval("question alone", everything)
            gain = claims.said(self.questions.difference(["head alone"], ["question alone"], everything))
            sentences.append(words.QUESTIONS_ALONE.format(mean=mean, low=low, high=high, gain=gain))
        blocks = [entry for entry in methods.BLOCKS if entry.name in self.questions]
        crossing, apart = ([entry.name for entry in blocks if entry.crosses == crosses] for crosses in (True, False))
        if crossing and apart:
            gain = claims.said(self.questions.difference(crossing, apart, audio_visual))
            sentences.append(words.QUESTIONS_CROSSING.format(gain=gain))
        return wrapped(" ".join(sentences))

    def _counts(self, task: str) -> str:
        return ", ".join(f"{count} {split}" for split, count in self.tasks[task]["counts"].items())

    def _conditions(self) -> str:
        training = {"parts": len(self.tasks["events"]["parts"])}
        for task, own in self.tasks.items():
            values = own["settings"]
            epochs = ", ".join(
                f"{epochs} epochs" + (f" ({name})" if factors else "") for name, (epochs, *factors) in own["parts"].items())
            training[task] = words.TRAINING.format(
                epochs=epochs, batch=values["batch"], rate=values["optimizer.learningRate"],
                head_rate=values["optimizer.headLearningRate"])
        return "\n".join(
            wrapped(line.format(program=self.results["program"], **training), "- ", "  ") for line in words.CONDITIONS)

    def document(self) -> str:
        seeds = max(len(row["runs"]) for row in self.tasks["events"]["rows"].values())
        _, _, _, factors, nuisances, *_ = events.__doc__.split("\n\n")
        scenes = " ".join(questions.__doc__.split("\n\n")[2:])
        made_by = self.tasks["events"]["made_by"]["clips of each factor"]
        shares = ", ".join(f"{count} {factor}" for factor, count in made_by["train"].items())
        sizes = {split: next(iter(counts.values())) for split, counts in made_by.items() if split != "train"}
        clips = ", ".join(map(str, self.tasks["questions"]["made_by"]["clips"].values()))
        return "\n\n".join([
            "# Study: what each method adds",
            wrapped(words.INTRODUCTION.format(backbone=self.results["backbone"], seeds=seeds)),
            "## What was looked for", wrapped(words.FINDINGS.format(draws=DRAWS, gain=claims.GAIN)), self.findings(),
            "![Accuracy by factor](study-factors.svg)", "![Accuracy against parameters](study-parameters.svg)",
            "## Events", self.event_table(), wrapped(words.EVENTS), self.event_sentences(),
            "## Questions", self.question_table(), self.question_sentences(),
            "## Data", wrapped(words.EVENT_DATA.format(counts=self._counts("events"), shares=shares, **sizes)),
            "```\n" + textwrap.dedent(factors) + "\n```", wrapped(nuisances),
            wrapped(words.QUESTION_DATA.format(
                counts=self._counts("questions"), sizes=clips, scenes=scenes)),
            "## Conditions", self._conditions(), self.cost_table(),
            "## Commands", f"```{words.COMMANDS}```"]) + "\n"

    def summary(self) -> str:
        """The tables, and what was found, in plain text."""
        return "\n\n".join([self.event_table(), self.question_table(), self.findings()])


def write(docs: Path) -> None:
    """Writes the document and its plots beside the results."""
    report = Report(json.loads((docs / "study.json").read_text()))
    (docs / "study.md").write_text(report.document())
    (docs / "study-factors.svg").write_text(report.factor_plot())
    (docs / "study-parameters.svg").write_text(report.parameter_plot())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs", type=Path, nargs="?", default=Path(__file__).resolve().parents[2] / "docs")
    write(parser.parse_args().docs)
