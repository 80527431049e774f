"""What the binary writes beside its adapters, read by the tools that it is meant for."""

import csv
import json
import xml.etree.ElementTree

import numpy as np
import pytest

LEVEL, RESAMPLES = 0.95, 10_000


def split_mix(seed, count):
    """The first numbers of SplitMix64 (Steele, Lea, Flood, 2014)."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def test_evaluation_is_that_of_the_predictions(avprep, cache, run, predictions, tmp_path):
    table = tmp_path / "confusion.csv"
    found = avprep("evaluate", "--run", run / "run", "--cache", cache, "--split", "test", "--confusion", table)[-1]
    labels = ["Bark", "Bell", "Horn", "background"]
    counts = np.zeros((4, 4), int)
    for prediction in predictions:
        for truth, label in zip(prediction["true"], prediction["predicted"]):
            counts[labels.index(truth), labels.index(label)] += 1
    assert found["confusion"] == counts.tolist()
    assert found["accuracy"] == counts.trace() / counts.sum()
    assert [c["predicted"] for c in found["classes"]] == counts.sum(0).tolist()
    with open(table, newline="") as file:
        header, *rows = csv.reader(file)
    assert header[1:] == labels and [row[0] for row in rows] == labels
    assert [[int(n) for n in row[1:]] for row in rows] == counts.tolist()

    correct = np.array([sum(a == b for a, b in zip(p["true"], p["predicted"])) for p in predictions])
    n = len(correct)
    draws = split_mix(0, RESAMPLES * n).reshape(RESAMPLES, n)
    clips = np.array([[int(x) * n >> 64 for x in row] for row in draws])
    shares = correct[clips].sum(1) / (2 * n)
    low, high = np.percentile(shares, [100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2])
    interval = found["interval"]
    assert (interval["resamples"], interval["seed"], interval["level"]) == (RESAMPLES, 0, LEVEL)
    assert interval["low"] == pytest.approx(low, abs=1e-12)
    assert interval["high"] == pytest.approx(high, abs=1e-12)


def test_predictions_are_the_same_as_a_table(avprep, cache, run, predictions, tmp_path):
    path = tmp_path / "test.csv"
    avprep("predict", "--run", run / "run", "--cache", cache, "--split", "test", "--output", path, "--scores")
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    for number, row in enumerate(rows):
        prediction, segment = predictions[number // 2], number % 2
        assert (row["id"], row["clip"], int(row["segment"])) == (prediction["id"], prediction["clip"], segment)
        assert row["predicted"] == prediction["predicted"][segment] and row["true"] == prediction["true"][segment]
        shares = [float(row[f"probability of {label}"]) for label in ["Bark", "Bell", "Horn", "background"]]
        assert shares == prediction["probabilities"][segment]


def test_tables_and_curves_tell_the_same_as_the_lines(run):
    lines = [json.loads(line) for line in (run / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3, 4, 5, 6]
    with open(run / "run" / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for line, row in zip(lines, rows):
        assert all(float(row[name]) == value for name, value in line.items())
        assert float(row["samples_per_second"]) > 0 and float(row["time"]) > 1.6e9
    root = xml.etree.ElementTree.parse(run / "run" / "curves.svg").getroot()
    curves = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(curve.get("points").split()) for curve in curves] == [6, 6]


def test_tensorboard_opens_the_events(run):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(run / "run"), size_guidance={"scalars": 0}).Reload()
    lines = [json.loads(line) for line in (run / "run" / "metrics.jsonl").read_text().splitlines()]
    for tag, name in [("train/loss", "train_loss"), ("val/accuracy", "val_accuracy")]:
        points = [(e.step, np.float32(e.value)) for e in events.Scalars(tag)]
        assert points == [(line["step"], np.float32(line[name])) for line in lines]
