"""What a step of the pretraining shows: batches of clips as `avprep extract` took them, and of drawn pictures."""

import heads
import numpy as np
import pictures
import pretraining_media as media
import torch
from torch.nn import functional as F
from vit import SIDE, hear, see


class Seconds:
    """Frames or spectrograms of all seconds of some clips, in memory, and their labels."""

    def __init__(self, cache, kind, clips, labels):
        name, array = {"visual": ("frames", "rgb"), "audio": ("logmel", "logmel")}[kind]
        feature = cache.feature(name)
        of_clip = {sample["clip"].removesuffix(".mp4"): sample["clip"] for sample in cache.samples}
        # Half precision holds what the network can tell of a logarithm, in half of the memory.
        parts = [np.array(feature.array(array, of_clip[clip])) for clip in clips]
        self.inputs = torch.from_numpy(np.concatenate(
            parts if kind == "visual" else [part.astype(np.float16) for part in parts]))
        self.labels = heads.targets([row for clip in clips for row in labels[clip]], kind)
        self.kind = kind

    def __len__(self):
        return len(self.inputs)

    def batch(self, rows, generator=None):
        """Some seconds; with a generator mirrored, or louder or softer, by chance."""
        inputs, labels = self.inputs[rows], {name: value[rows] for name, value in self.labels.items()}
        if self.kind == "visual":
            if generator:
                inputs, labels = heads.mirror(inputs, labels, torch.rand(len(rows), generator=generator) < 0.5)
            return see(inputs), labels
        spectrograms = hear(inputs)
        if generator:
            # Another level of the whole sound is another constant.
            spectrograms = spectrograms + 0.1 * torch.randn(len(rows), 1, 1, 1, generator=generator)
        return spectrograms, labels

    def batches(self, size, seed):
        """Batches without end, of all seconds in another order each time."""
        generator = torch.Generator().manual_seed(seed)
        while True:
            for rows in torch.randperm(len(self), generator=generator).split(size):
                if len(rows) == size:
                    yield self.batch(rows, generator)


class Drawn:
    """Pictures drawn for one use each, which are easy at first and become harder as shapes are told apart.

    Without them a network of this size sees colours at once and shapes only after hundreds of thousands of pictures.
    """

    kind = "visual"

    def __init__(self):
        self.hardness, self.right = 0.0, 0.0

    def judged(self, right, of):
        """Takes note of how many shapes were told."""
        self.right += 0.05 * (right / max(of, 1) - self.right)
        if self.right > 0.65:
            self.hardness = min(1.0, self.hardness + 0.002)

    def batches(self, size, seed):
        generator = np.random.default_rng(seed)
        while True:
            frames, rows = [], []
            for _ in range(size):
                canvas, labels = media.scene(generator, self.hardness)
                frames.append(pictures.finish(generator, canvas, self.hardness * generator.uniform(0.005, 0.05)))
                rows.append(labels)
            frames = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float()
            frames = F.interpolate(frames, (SIDE, SIDE), mode="bicubic", antialias=True).clamp(0, 255).round()
            yield see(frames.permute(0, 2, 3, 1)), heads.targets(rows, self.kind)
