"""What the papers claim, looked for in the results, and said as it came out."""

from dataclasses import dataclass

import methods
import numpy as np
from intervals import Task

# What still counts as the same level, in points.
MARGIN = 2.0
# What must be gained on the head alone for something to be learned, in points.
GAIN = 10.0


@dataclass(frozen=True)
class Finding:
    claim: str
    verdict: str
    sentences: list[str]


def _points(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def said(difference: tuple[float, float, float]) -> str:
    """A difference in points with its interval."""
    mean, low, high = difference
    return f"{_points(mean)} points ({_points(low)}…{_points(high)})"


def verdict(difference: tuple[float, float, float]) -> str:
    """Whether a difference that should be positive is."""
    mean, low, high = difference
    if np.isnan(mean):
        raise ValueError("rows are compared that were not trained for it")
    if low > 0:
        return "found"
    return "the opposite was found" if high < 0 else "not found: the interval includes 0"


class Claims:
    """Compares rows of the event task, on the seconds of events of one factor."""

    def __init__(self, task: Task):
        self.task = task
        self.factor = {
            factor: task.where(lambda clip, factor=factor: clip[0] == factor and not clip[1])
            for factor in ("sound", "sight", "together", "order", "few seconds", "early")}
        self.factor["held out"] = task.where(lambda clip: bool(clip[1]))
        # What the part is tested on that needs both senses.
        self.factor["both senses"] = task.where(lambda clip: clip[0] in methods.PARTS["events"]["both senses"].factors)
        self.everything = np.ones(len(task.test), bool)

    def compare(self, ones: list[str], others: list[str], factor: str) -> tuple[float, float, float] | None:
        """The mean of some rows minus that of others; nothing if one of them is missing."""
        if not all(name in self.task for name in ones + others):
            return None
        return self.task.difference(ones, others, self.factor[factor])

    def sentence(self, words: str, ones: list[str], others: list[str], factor: str) -> str | None:
        difference = self.compare(ones, others, factor)
        if difference is None:
            return None
        first, second = (
            np.mean([self.task.accuracies(name, self.factor[factor]).mean() for name in names]) for names in (ones, others))
        return f"{words}: {first:.1f} against {second:.1f} %, {said(difference)}."

    def is_told(self, sides: tuple[list[str], list[str]], factor: str) -> bool:
        """Whether a side has learned some of what the factor needs: clearly more than the head alone knows."""
        gains = [self.compare(side, ["head alone"], factor) for side in sides]
        return any(gain is not None and gain[0] >= GAIN and gain[1] > 0 for gain in gains)

    def _first_decides(self, claim: str, comparisons: list[tuple[str, list[str], list[str], str]]) -> Finding | None:
        """A claim whose first comparison decides; the others are said beside it."""
        _, ones, others, factor = comparisons[0]
        difference = self.compare(ones, others, factor)
        if difference is None:
            return None
        decision = verdict(difference)
        if not self.is_told((ones, others), factor):
            decision = "cannot be told: neither side learned it"
        sentences = [sentence for sentence in (self.sentence(*comparison) for comparison in comparisons) if sentence]
        return Finding(claim, decision, sentences)

    def findings(self) -> list[Finding]:
        """Every claim that the rows at hand can tell of."""
        found = [self.joint(), self.level(), self.bank(), *self.clips(), self.placement()]
        return [finding for finding in found if finding]

    def joint(self) -> Finding | None:
        def names(entries, crosses):
            return [entry.name for entry in entries if entry.crosses == crosses]

        blocks, ladders = methods.BLOCKS, methods.LADDERS
        return self._first_decides(
            "Cross-modal methods beat unimodal ones on what needs sight and sound together", [
                ("Within blocks, the mean of " + ", ".join(names(blocks, True)) + " minus that of "
                 + ", ".join(names(blocks, False)), names(blocks, True), names(blocks, False), "together"),
                ("The same on pairs that training never had", names(blocks, True), names(blocks, False), "held out"),
                ("Beside blocks, the mean of " + ", ".join(names(ladders, True)) + " minus that of "
                 + ", ".join(names(ladders, False)), names(ladders, True), names(ladders, False), "together"),
                ("AV-PEA minus AV-PEA whose streams are kept apart", ["av-pea"], ["av-pea, streams apart"], "together"),
                ("The same methods on sight alone, where nothing is to be gained", names(blocks, True),
                 names(blocks, False), "sight"),
            ])

    def level(self) -> Finding | None:
        rows = (["av-pea"], ["lavish"])
        difference = self.compare(*rows, "both senses")
        if difference is None:
            return None
        ours, theirs = (self.task.parameters(*names) for names in rows)
        faults = [words for words, is_so in (
            (f"the interval reaches below {_points(-MARGIN)} points", difference[1] <= -MARGIN),
            ("it has more parameters", ours >= theirs)) if is_so]
        decision = "not found: " + " and ".join(faults) if faults else "found"
        if not self.is_told(rows, "both senses"):
            decision = "cannot be told: neither learned it"
        return Finding("AV-PEA holds LAVISH's level with fewer parameters", decision, [
            f"AV-PEA has {ours:,} parameters in the blocks and LAVISH {theirs:,}; {MARGIN:.0f} points less would still be "
            "called one level.",
            *filter(None, (self.sentence(f"On {words}", *rows, factor) for words, factor in (
                ("sound, sight and both together", "both senses"), ("both together", "together"),
                ("pairs held out", "held out"))))])

    def bank(self) -> Finding | None:
        return self._first_decides("CoPL without its bank loses on combinations that training never had", [
            ("Within blocks, CoPL minus CoPL without a bank, on pairs held out", ["copl"], ["copl, no bank"],
             "held out"),
            ("The same on pairs that training had", ["copl"], ["copl, no bank"], "together"),
            ("CoPL minus CoPL whose banks are asked by their own stream alone, on pairs held out", ["copl"],
             ["copl, no coupling"], "held out"),
            ("The same on pairs that training had", ["copl"], ["copl, no coupling"], "together"),
            ("Beside blocks, with and without a bank, on pairs held out", ["copl ladder"], ["copl ladder, no bank"],
             "held out"),
            ("The same on pairs that training had", ["copl ladder"], ["copl ladder, no bank"], "together"),
        ])

    def clips(self) -> list[Finding | None]:
        return [
            self._first_decides("LSTTA without filtering loses where few seconds matter", [
                ("Within blocks, LSTTA minus LSTTA without filtering", ["lstta"], ["lstta, no filtering"],
                 "few seconds"),
                ("Beside blocks", ["lstta ladder"], ["lstta ladder, no filtering"], "few seconds"),
                ("Beside blocks, with a window as long as the clip", ["lstta ladder, window T"],
                 ["lstta ladder, window T, no filtering"], "few seconds"),
            ]),
            self._first_decides("LSTTA without interaction loses where order matters", [
                ("Within blocks, LSTTA minus LSTTA without interaction", ["lstta"], ["lstta, no interaction"], "order"),
                ("Beside blocks", ["lstta ladder"], ["lstta ladder, no interaction"], "order"),
                ("Within blocks, LSTTA minus the methods that look at each second alone", ["lstta"],
                 [entry.name for entry in methods.BLOCKS if entry.name != "lstta"], "order"),
            ])]

    def placement(self) -> Finding | None:
        both = ["av-pea", "copl", "lstta"]
        beside, whole = ([f"{name}{words}" for name in both] for words in (" ladder", ", from block 0"))
        return self._first_decides("Blocks that are adapted beat ladders where early features must change", [
            ("The mean of av-pea, copl and lstta in all six blocks minus that of their ladders", whole, beside, "early"),
            ("The same in the last two blocks alone", both, beside, "early"),
            *((f"{one}, minus its ladder", [one], [other], "early") for one, other in zip(whole, beside, strict=True)),
            ("All six blocks adapted minus the last two", whole, both, "early"),
            ("All methods in the last blocks minus all ladders", [entry.name for entry in methods.BLOCKS],
             [entry.name for entry in methods.LADDERS], "early"),
        ])
