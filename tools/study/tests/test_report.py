"""What the study concludes, on results that are made up so that the conclusion is known."""

import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import events  # noqa: E402
import methods  # noqa: E402
import report  # noqa: E402
import results  # noqa: E402
from claims import Claims  # noqa: E402
from intervals import Task  # noqa: E402
from report import Report  # noqa: E402

# Every clip has eight seconds of an event.
TEST = [[factor, held_out, 8] for factor in events.CATEGORIES for held_out in ((0, 1) if factor == "together" else (0,))
        for _ in range(30)]
CHANCE = 0.5


def row(generator, entry, accuracy, spread=0.02, seeds=5):
    """Results of a row whose true accuracy on the seconds of a clip is `accuracy(factor, held_out)`."""
    factors = [factor for part in entry.parts or methods.PARTS["events"]
               for factor in methods.PARTS["events"][part].factors]
    runs = {}
    for seed in range(seeds):
        shift = generator.normal(0, spread)
        counts = [generator.binomial(8, np.clip(accuracy(factor, held_out) + shift, 0, 1)) if factor in factors else None
                  for factor, held_out, _ in TEST]
        runs[str(seed)] = {
            "val": {}, "loss": {}, "seconds": 60.0,
            "event": "".join("-" if count is None else results.DIGITS[count] for count in counts),
            "background": "".join("-" if count is None else "2" for count in counts)}
    return {"title": entry.name, "method": 0 if entry.placement == "head" else len(entry.name) * 1000, "head": 500,
            "runs": runs}


def made_up(accuracies):
    """Results of all rows; `accuracies` has those of a name and a factor that are not chance."""
    generator = np.random.default_rng(0)

    def rows(task):
        return {entry.name: row(generator, entry, lambda factor, held_out, name=entry.name: accuracies.get(
            (name, "held out" if held_out else factor), CHANCE)) for entry in methods.entries(task)}

    kinds = [[kind, clip] for clip in range(20) for kind in report.TYPES]
    questions = {entry.name: {"title": entry.name, "method": 10, "head": 20, "runs": {
        str(seed): {"val": {}, "loss": {}, "seconds": 30.0, "answers": "".join(
            map(str, generator.integers(0, 2, len(kinds))))} for seed in range(5)}}
        for entry in methods.entries("questions")}
    tasks = {
        "events": {"made_by": {"clips of each factor": events.SIZES}, "test": TEST, "rows": rows("events")},
        "questions": {"made_by": {"clips": {"train": 1, "val": 2, "test": 3}}, "test": kinds, "rows": questions}}
    for task, own in tasks.items():
        own |= {"settings": methods.SHARED[task], "counts": {"train": 4, "val": 5, "test": 6}, "parts": {
            name: [part.epochs, *part.factors] for name, part in methods.PARTS[task].items()}}
    return {"program": "a program", "backbone": "builtin:tiny", "tasks": tasks}


def findings(results):
    return {finding.claim: finding for finding in Claims(Task(results["tasks"]["events"])).findings()}


def only(found, words):
    return next(finding for claim, finding in found.items() if words in claim)


def test_nothing_is_concluded_where_nothing_was_learned():
    assert {finding.verdict.split(":")[0] for finding in findings(made_up({})).values()} == {"cannot be told"}


def test_claims_that_hold_are_found_and_their_opposite_is_said():
    crossing = {entry.name for entry in methods.BLOCKS if entry.crosses}
    accuracies = {(name, factor): 0.9 for name in crossing for factor in ("together", "held out")}
    accuracies |= {("copl, no bank", "held out"): 0.6, ("lstta", "order"): 0.9, ("lstta, no interaction", "order"): 0.5,
                   ("lstta", "few seconds"): 0.6, ("lstta, no filtering", "few seconds"): 0.9}
    accuracies |= {(f"{name} ladder", "early"): 0.95 for name in ("av-pea", "copl", "lstta")}
    found = findings(made_up(accuracies))
    assert only(found, "Cross-modal").verdict == "found"
    assert only(found, "without its bank").verdict == "found"
    assert only(found, "without interaction").verdict == "found"
    assert only(found, "without filtering").verdict == "the opposite was found"
    assert only(found, "beat ladders").verdict == "the opposite was found"
    level = only(found, "LAVISH's level")
    fewer = "av-pea" < "lavish" and len("av-pea") < len("lavish")
    assert level.verdict.startswith("found" if fewer else "not found")
    assert "90." in only(found, "without interaction").sentences[0] or "89." in only(
        found, "without interaction").sentences[0]


def test_rows_that_were_not_trained_for_a_factor_are_not_compared():
    task = Task(made_up({})["tasks"]["events"])
    with pytest.raises(ValueError, match="not trained"):
        Claims(task)._first_decides("a claim", [("words", ["av-pea, streams apart"], ["lavish"], "order")])


def test_intervals_hold_a_true_difference_as_often_as_they_say():
    entry, held = methods.BLOCKS[0], 0
    for trial in range(120):
        generator = np.random.default_rng(trial)
        rows = {name: row(generator, entry, lambda *_: 0.7, spread=0.08) for name in ("a", "b")}
        task = Task({"test": TEST, "rows": rows})
        _, low, high = task.difference(["a"], ["b"], task.where(lambda clip: clip[0] == "order"))
        held += low <= 0 <= high
    assert held >= 0.93 * 120


def test_document_and_plots_are_whole():
    made = Report(made_up({("av-pea", "together"): 0.9}))
    document = made.document()
    assert "{" not in document.split("```")[0] and "nan" not in document
    header, _, *rows = made.event_table().splitlines()
    assert len(rows) == len(methods.entries("events"))
    assert {line.count("|") for line in rows} == {header.count("|")}
    for entry in methods.entries("events") + methods.entries("questions"):
        assert f"| {entry.name} |" in document
    for picture in (made.factor_plot(), made.parameter_plot()):
        assert xml.etree.ElementTree.fromstring(picture).tag.endswith("svg")
