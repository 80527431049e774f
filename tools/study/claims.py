"""What the papers claim, looked for in the results, and said as it came out."""

from dataclasses import dataclass

import methods
import numpy as np
from intervals import Task

# What still counts as the same level, in points.
MARGIN = 2.0


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
    _, low, high = difference
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
        self.everything = np.ones(len(task.test), bool)

    def compare(self, ones: list[str], others: list[str], factor: str) -> tuple[float, float, float] | None:
        if not all(name in self.task for name in ones + others):
            return None
        return self.task.difference(ones, others, self.factor[factor])

    def _first_decides(self, claim: str, comparisons: list[tuple[str, list[str], list[str], str]]) -> Finding | None:
        """A claim whose first comparison decides; the others are said beside it."""
        sentences, decision = [], None
        for words, ones, others, factor in comparisons:
            difference = self.compare(ones, others, factor)
            if difference is not None:
                decision = decision or verdict(difference)
                sentences.append(f"{words}: {said(difference)}.")
        return Finding(claim, decision, sentences) if decision else None

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
        if not all(name in self.task for name in ("av-pea", "lavish")):
            return None
        difference = self.task.difference(["av-pea"], ["lavish"], self.everything, ("event", "background"))
        ours, theirs = (self.task.parameters(name) for name in ("av-pea", "lavish"))
        holds, fewer = difference[1] > -MARGIN, ours < theirs
        verdict = "found" if holds and fewer else "not found: " + " and ".join(
            words for words, is_so in (
                (f"the interval reaches below {_points(-MARGIN)} points", not holds),
                ("it has more parameters", not fewer)) if is_so)
        sentences = [
            f"AV-PEA has {ours:,} parameters in the blocks and LAVISH {theirs:,}; over all segments AV-PEA minus "
            f"LAVISH is {said(difference)}, and {MARGIN:.0f} points less would still be called one level."]
        together = self.compare(["av-pea"], ["lavish"], "together")
        sentences.append(f"On sight and sound together: {said(together)}.")
        return Finding("AV-PEA holds LAVISH's level with fewer parameters", verdict, sentences)

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
