"""Samples of a split with their cached states, for a torch DataLoader."""

from __future__ import annotations

import torch
from torch.utils.data import Dataset

from .errors import CacheError
from .feature import text_key


class StateDataset(Dataset):
    """Items are dictionaries, which torch collates into batches:

    id, clip   of the sample
    states     by stream and layer, [T, tokens, C] in single precision
    valid      by stream, [T], whether the states of a segment come from data; of a text, which tokens are its own
    labels     [T], numbers of classes, the number of classes for background

    Nothing is open while nothing is read, so workers may be forked or spawned at any time.
    """

    def __init__(self, cache, split, features, layers, leave_out=()):
        self.features = {stream: cache.feature(name) for stream, name in features.items()}
        self.layers = {stream: list(layers[stream]) for stream in features}
        for stream, feature in self.features.items():
            missing = set(self.layers[stream]) - set(feature.layers)
            if missing:
                raise CacheError(f"feature {feature.path} has no layers {sorted(missing)} (has: {feature.layers})")
        absent = set(leave_out)
        self.samples = [s for s in cache.samples if s.get("split") == split and s["clip"] not in absent]
        for sample in self.samples:
            for feature in self.features.values():
                if self._key(feature, sample) not in feature:
                    raise CacheError(f"feature {feature.path} has no clip {sample['clip']}; leave it out")
        self.labels = [cache.segment_labels(sample) for sample in self.samples]

    @staticmethod
    def _key(feature, sample):
        """The row of a sample: its clip's, or its text's."""
        return text_key(sample.get("text") or "") if feature.is_of_texts else sample["clip"]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        sample = self.samples[index]
        keys = {stream: self._key(feature, sample) for stream, feature in self.features.items()}
        return {
            "id": sample["id"],
            "clip": sample["clip"],
            "states": {
                stream: {layer: torch.from_numpy(feature.states(keys[stream], layer)) for layer in self.layers[stream]}
                for stream, feature in self.features.items()
            },
            "valid": {s: torch.from_numpy(feature.valid(keys[s])) for s, feature in self.features.items()},
            "labels": torch.tensor(self.labels[index]),
        }
