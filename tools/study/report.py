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
from claims import Claims
from intervals import DRAWS, Task

FACTORS = ("sound", "sight", "together", "held out", "order", "few seconds", "early")
TYPES = (
    "Audio Counting", "Audio Comparative", "Visual Counting", "Visual Location", "Audio-Visual Existential",
    "Audio-Visual Counting", "Audio-Visual Location", "Audio-Visual Comparative", "Audio-Visual Temporal")
PLACEMENTS = {"head": "head", "ladder": "beside blocks", "suffix": "in blocks", "hybrid": "beside and in blocks"}


def wrapped(words: str) -> str:
    return textwrap.fill(" ".join(words.split()), 140, break_on_hyphens=False, break_long_words=False)


def spread(values: np.ndarray) -> str:
    deviation = f" ± {values.std(ddof=1):.1f}" if len(values) > 1 else ""
    return f"{values.mean():.1f}{deviation}"


def table(header: list[str], rows: list[list[str]], words: int = 2) -> list[str]:
    """A table whose first columns are words and the others numbers."""
    rule = ["---"] * words + ["--:"] * (len(header) - words)
    return [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]


class Report:
    def __init__(self, results: dict):
        self.results = results
        self.events, self.questions = (Task(results["tasks"][task]) for task in ("events", "questions"))
        self.claims = Claims(self.events)

    def parts(self) -> dict[str, np.ndarray]:
        return {factor: self.claims.factor[factor] for factor in FACTORS}

    def rows(self, task: str) -> list[methods.Entry]:
        known = self.results["tasks"][task]["rows"]
        return [entry for entry in methods.entries(task) if entry.name in known]

    def _names(self, task: str, entry: methods.Entry) -> list[str]:
        row = self.results["tasks"][task]["rows"][entry.name]
        return [entry.name, PLACEMENTS[entry.placement], f"{row['method']:,}", f"{row['head']:,}"]

    def event_table(self) -> list[str]:
        header = ["row", "placement", "method", "head", "all segments", *FACTORS, "background"]
        rows = []
        for entry in self.rows("events"):
            everything = self.events.accuracies(entry.name, self.claims.everything, ("event", "background"))
            background = self.events.accuracies(entry.name, self.claims.everything, ("background",))
            own = [self.events.accuracies(entry.name, part) for part in self.parts().values()]
            rows.append([*self._names("events", entry), *map(spread, (everything, *own, background))])
        return table(header, rows)

    def question_parts(self) -> dict[str, np.ndarray]:
        parts = {kind: self.questions.where(lambda row, kind=kind: row[0] == kind) for kind in TYPES}
        for modality in ("Audio", "Visual", "Audio-Visual"):
            parts[modality] = self.questions.where(lambda row, modality=modality: row[0].split(" ")[0] == modality)
        return parts | {"all": np.ones(len(self.questions.test), bool)}

    def question_table(self) -> list[str]:
        def short(kind):
            modality, _, rest = kind.partition(" ")
            return f"{'AV' if '-' in modality else modality[0]} {rest}".strip() if rest else modality.lower()

        parts = self.question_parts()
        header = ["row", "placement", "method", "head", *map(short, parts)]
        rows = []
        for entry in self.rows("questions"):
            own = [self.questions.accuracies(entry.name, part) for part in parts.values()]
            rows.append([
                *self._names("questions", entry), *(f"{values.mean():.1f}" for values in own[:len(TYPES)]),
                *map(spread, own[len(TYPES):])])
        return table(header, rows)

    def chance(self, factor: str) -> float:
        return 100 / len(events.CATEGORIES["together" if factor == "held out" else factor])

    def factor_plot(self) -> str:
        entries = [entry for entry in self.rows("events") if not entry.of]
        columns = []
        for factor, part in self.parts().items():
            dots = [plots.Dot(*self.events.interval(entry.name, part), entry.crosses, entry.placement) for entry in entries]
            columns.append(({"held out": "held-out pairs"}.get(factor, factor), self.chance(factor), dots))
        return plots.panels("What each method adds, by what labels need", [entry.name for entry in entries], columns)

    def parameter_plot(self) -> str:
        points = []
        for entry in self.rows("events"):
            if self.events.parameters(entry.name) and not entry.of:
                kinds = ("event", "background")
                dot = plots.Dot(
                    *self.events.interval(entry.name, self.claims.everything, kinds), entry.crosses, entry.placement)
                points.append((entry.name, self.events.parameters(entry.name), dot))
        return plots.scatter(
            "Accuracy over all segments against trainable parameters", points,
            "trainable parameters of the method, without the head that all have in common")

    def costs(self) -> list[str]:
        rows = []
        for task in methods.SHARED:
            for placement, words in PLACEMENTS.items():
                seconds = [run["seconds"] for entry in self.rows(task) if entry.placement == placement
                           for run in self.results["tasks"][task]["rows"][entry.name]["runs"].values()]
                if seconds:
                    rows.append([task, words, str(len(seconds)), f"{np.median(seconds):.0f}", f"{sum(seconds) / 60:.0f}"])
        return table(["task", "placement", "runs", "seconds of a run, median", "minutes of all, one thread"], rows)

    def question_sentences(self) -> str:
        everything, audio_visual = (self.question_parts()[part] for part in ("all", "Audio-Visual"))
        sentences = []
        if {"question alone", "head alone"} <= self.questions.rows.keys():
            mean, low, high = self.questions.interval("question alone", everything)
            gain = self.questions.difference(["head alone"], ["question alone"], everything)
            sentences.append(
                f"Questions alone give {mean:.1f} % of the answers away ({low:.1f}…{high:.1f}); the head on frozen streams "
                f"adds {claims.said(gain)}.")
        blocks = [entry for entry in methods.BLOCKS if entry.name in self.questions]
        crossing = [entry.name for entry in blocks if entry.crosses]
        apart = [entry.name for entry in blocks if not entry.crosses]
        if crossing and apart:
            gain = self.questions.difference(crossing, apart, audio_visual)
            sentences.append(
                f"On audio-visual questions cross-modal methods in blocks minus unimodal ones are {claims.said(gain)}: the "
                "head joins sight and sound for all of them.")
        return wrapped(" ".join(sentences))

    def document(self) -> str:
        results, own = self.results, self.results["tasks"]
        seeds = max(len(row["runs"]) for row in own["events"]["rows"].values())
        settings = {task: own[task]["settings"] for task in own}

        def shared(task):
            values = settings[task]
            return (f"{values['epochs']} epochs of batches of {values['batch']} clips, AdamW at {values['optimizer.learningRate']:g} "
                    f"(head {values['optimizer.headLearningRate']:g}), cosine")

        def counts(task, what):
            return ", ".join(f"{count} {split}" for split, count in own[task]["counts"].items()) + f" {what}"

        findings = [
            f"- **{finding.claim}: {finding.verdict}.**\n" + "\n".join(
                textwrap.fill(f"- {sentence}", 140, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
                for sentence in finding.sentences)
            for finding in self.claims.findings()]
        factors = (events.__doc__ or "").split("\n\n")[3]
        return "\n\n".join([
            "# Study: what each method adds",
            wrapped(f"""Two data sets are made whose labels need known things, in AVE's layout and in MUSIC-AVQA's, their clips are
            cached once through a small pretrained backbone (`{results['backbone']}`), and every method is trained on these caches
            with {seeds} seeds. This page and its plots are written by `tools/study/report.py` from [study.json](study.json), which has
            what each run got right, clip by clip. It says what these methods do on *these* data: what a paper claims of natural
            videos and large backbones may hold there and not here, and the other way round."""),
            "## What was looked for",
            wrapped(f"""Differences are points of accuracy over the seconds of events, with 95 % intervals ({DRAWS:,} draws of clips and seeds with replacement, clips alike for what is compared).
            A claim counts as found where the interval of its first line lies above zero."""),
            "\n".join(findings),
            "![Accuracy by factor](study-factors.svg)", "![Accuracy against parameters](study-parameters.svg)",
            "## Events", "\n".join(self.event_table()),
            wrapped("""Mean ± standard deviation over seeds, in per cent: of all segments as `avprep evaluate` counts them, of the
            seconds of events by factor, of the seconds without one. Parameters are those that are trained. A row behind a comma is an
            ablation of the row it names."""),
            "## Questions", "\n".join(self.question_table()), self.question_sentences(),
            "## Data",
            wrapped(f"""**Events**: {counts('events', 'clips')}; {', '.join(str(size) for size in events.SIZES.values())} of each
            factor, and in test as many again of held-out pairs. A clip of ten seconds has one event with background around it; its
            category needs"""),
            "```\n" + textwrap.dedent(factors) + "\n```",
            wrapped(events.__doc__.split("\n\n")[4]),
            wrapped(f"""**Questions**: {counts('questions', 'questions')} on {', '.join(map(str, questions.CLIPS.values()))} clips.
            {questions.__doc__.split(chr(10) * 2, 2)[2]}"""),
            "## Conditions",
            "\n".join(textwrap.fill(f"- {line}", 140, subsequent_indent="  ", break_on_hyphens=False) for line in (
                f"Events: {shared('events')}; the head is `{methods.HEAD['events']}`, two affine maps of both streams side by side: a "
                "sum of what is seen and what is heard, which cannot tell p xor s. Probes and `cmbs` stand for other heads.",
                f"Questions: {shared('questions')}; the head is `{methods.HEAD['questions']}` with an LSTM.",
                "One start value and one length for all methods, looked at on training curves; nothing was tuned for a method. A "
                "method may do better with values of its own.",
                "In blocks: the last two of six, from the states that enter them. Beside blocks: layers 2, 4 and 6.",
                "The best epoch on val is evaluated, and test is looked at once by each run.",
                "The backbone was pretrained on other clips of the same shapes, timbres and colours, with mirrored pictures under "
                "equal labels: `tools/study/pretraining.log`.",
                f"Made by {results['program']}.")),
            "\n".join(self.costs()),
            "## Commands",
            "```\nmake study             # all of it; stopped and started again, it goes on\n"
            "make study QUICK=1     # small data sets, one seed, few methods; prints a table, writes no document\n"
            "STUDY=/disk make study # where everything is to lie, three gigabytes; else in the user's cache folder\n"
            "python tools/study/report.py    # this page anew from study.json; needs numpy\n```",
        ]) + "\n"


def write(docs: Path) -> None:
    """Writes the document and its plots beside the results."""
    report = Report(json.loads((docs / "study.json").read_text()))
    (docs / "study.md").write_text(report.document())
    (docs / "study-factors.svg").write_text(report.factor_plot())
    (docs / "study-parameters.svg").write_text(report.parameter_plot())


def summary(results: dict) -> str:
    """The tables, and what was found, in plain text."""
    report = Report(results)
    lines = ["events", *report.event_table(), "", "questions", *report.question_table()]
    for finding in report.claims.findings():
        lines += ["", f"{finding.claim}: {finding.verdict}", *(f"  {sentence}" for sentence in finding.sentences)]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs", type=Path, nargs="?", default=Path(__file__).resolve().parents[2] / "docs")
    write(parser.parse_args().docs)
