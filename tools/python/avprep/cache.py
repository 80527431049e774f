"""A cache: the samples of a data set, and the features that were computed of its clips."""

from __future__ import annotations

import json
from pathlib import Path

from .errors import CacheError
from .feature import Feature


class Cache:
    """A folder that avprep has filled.

    `samples` are the lines of the annotations as dictionaries: id, clip, split, events, labels, text.
    Samples of the same clip are several, so a sample is known by its id and never by its clip.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.description = self._objects("cache.json")[0]
        if self.description["format"] != 1:
            raise CacheError(f"cannot read {self.path}: its format is {self.description['format']}, not 1")
        self.samples = self._objects("samples.jsonl")

    def _objects(self, name):
        file = self.path / name
        if not file.is_file():
            raise CacheError(f"cannot open cache {self.path}: it has no {name}")
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]

    @property
    def vocabulary(self):
        """Names of the classes; the number of classes stands for background."""
        return self.description["vocabulary"]

    @property
    def segments(self):
        """Number of equal windows into which a clip is cut."""
        return self.description["segments"]

    @property
    def features(self):
        """Names of the features that there are."""
        return sorted(file.parent.name for file in self.path.glob("*/recipe.json"))

    def feature(self, name):
        return Feature(self.path / name)

    def segment_labels(self, sample):
        """For each segment of a sample, the number of the class of the event that it begins in.

        Segment t begins at t times the length of a segment; an event lasts from its start until before its end.
        """
        numbers = {name: number for number, name in enumerate(self.vocabulary)}
        labels = []
        for segment in range(self.segments):
            start = segment * self.description["segmentDuration"]
            event = next((e for e in sample.get("events", []) if e["start"] <= start < e["end"]), None)
            labels.append(len(numbers) if event is None else numbers.get(event["name"], len(numbers)))
        return labels

    def dataset(self, split, features, layers, leave_out=()):
        """A torch Dataset of the samples of a split.

        features: the feature of each stream, such as {"visual": "states-vit-base-visual"}.
        layers: the layers that are read of each stream, such as {"visual": [3, 6, 9, 12]}.
        leave_out: ids of clips whose samples are left out; any other clip without states is an error.
        """
        from .dataset import StateDataset

        return StateDataset(self, split, features, layers, leave_out)
