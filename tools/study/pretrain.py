"""Pretrains the network of `builtin:tiny` on generated media, and writes its weights.

    python pretrain.py AVPREP FOLDER WEIGHTS LOG [--clips N] [--seconds S] [--epochs E]

FOLDER keeps the media and their cache. The frames and spectrograms are those that `avprep extract` makes, so that the
network sees what it will see in use. WEIGHTS is a safetensors file in half precision with timm's names; LOG tells
settings, losses and accuracies on clips that were held out. Use `make pretrain`, which makes the environment.
"""

import argparse
import copy
import math
import platform
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import heads
import numpy as np
import pretraining_media as media
import torch
from safetensors.torch import save_file
from vit import SIDE, ViT, hear, see

sys.path.append(str(Path(__file__).resolve().parents[1] / "python"))
import avprep  # noqa: E402

HELD_OUT, RATE, DECAY = 20, 1e-3, 0.05
# What a step sees, each part on a thread of its own. Shapes take longest to learn, so pictures are the more.
PARTS = [("visual", 12), ("visual", 12), ("audio", 12)]


class Seconds:
    """Inputs of one kind, of all seconds of some clips, in memory, and their labels."""

    def __init__(self, cache, kind, clips, labels):
        name, array = {"visual": ("frames", "rgb"), "audio": ("logmel", "logmel")}[kind]
        feature = cache.feature(name)
        of_clip = {sample["clip"].removesuffix(".mp4"): sample["clip"] for sample in cache.samples}
        parts = [np.array(feature.array(array, of_clip[clip])) for clip in clips]
        # Half precision holds what the network can tell of a logarithm, in half of the memory.
        self.inputs = torch.from_numpy(np.concatenate(parts) if kind == "visual" else
                                       np.concatenate([part.astype(np.float16) for part in parts]))
        self.labels = heads.targets([row for clip in clips for row in labels[clip]], kind)
        self.kind = kind

    def __len__(self):
        return len(self.inputs)

    def batch(self, rows, augment):
        inputs, labels = self.inputs[rows], {name: value[rows] for name, value in self.labels.items()}
        if self.kind == "visual":
            if augment:
                inputs, labels = heads.mirror(inputs, labels, torch.rand(len(rows)) < 0.5)
            return see(inputs), labels
        pictures = hear(inputs)
        if augment:
            # Another level of the whole sound is another constant.
            pictures = pictures + 0.1 * torch.randn(len(rows), 1, 1, 1)
        return pictures, labels


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("avprep")
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("--clips", type=int, default=240)
    parser.add_argument("--seconds", type=int, default=60, help="of a clip")
    parser.add_argument("--epochs", type=int, default=3)
    return parser.parse_args()


def prepare(options):
    """Media, labels and the cache of frames and spectrograms."""
    labels = media.make(options.folder, options.clips, options.seconds)
    subprocess.run(
        [options.avprep, "extract", str(options.folder), "--dataset", str(options.folder / "dataset.yaml"), "--cache",
         str(options.folder / "cache"), "--size", str(SIDE), "--progress", "none"], check=True)
    return avprep.Cache(options.folder / "cache"), labels


def judge(network, tasks, held_out):
    """Shares of right answers by label."""
    with torch.no_grad():
        shares = {}
        for kind, data in held_out.items():
            sums = {}
            for rows in torch.arange(len(data)).split(256):
                inputs, labels = data.batch(rows, augment=False)
                for name, counts in tasks[kind].right(network(inputs), labels).items():
                    sums.setdefault(name, []).append(counts)
            for name, counts in sums.items():
                right, of = np.sum(counts, 0)
                shares[name] = right / of
    return shares


def told(shares):
    return ", ".join(f"{name} {100 * share:.1f} %" for name, share in shares.items())


def twin(network):
    """A copy that shares the network's values and has gradients of its own."""
    other = copy.deepcopy(network)
    for mine, its in zip(network.parameters(), other.parameters(), strict=True):
        its.data = mine.data
    return other


def shuffled(data, size):
    """Batches without end, of all rows in another order each time."""
    while True:
        for rows in torch.randperm(len(data)).split(size):
            if len(rows) == size:
                yield data.batch(rows, augment=True)


def backward(network, task, inputs, labels):
    """Adds to the gradients of a network and of its heads; the loss."""
    loss = task.loss(network(inputs), labels)
    loss.backward()
    return loss.item()


def add_gradients(modules):
    """Leaves the sum of the gradients of all modules with the first."""
    for first, *others in zip(*(module.parameters() for module in modules), strict=True):
        for other in others:
            if other.grad is not None:
                first.grad = other.grad if first.grad is None else first.grad + other.grad
                other.grad = None


def train(network, tasks, data, held_out, epochs, say):
    """An epoch is as many steps as show every picture once; the rate rises for 5 % of all and then falls as a cosine."""
    networks = [network] + [twin(network) for _ in PARTS[1:]]
    heads_of_parts = [twin(tasks[kind]) for kind, _ in PARTS]
    in_epoch = len(data["visual"]) // sum(size for kind, size in PARTS if kind == "visual")
    steps = epochs * in_epoch
    parameters = [p for module in [network, *tasks.values()] for p in module.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": [p for p in parameters if p.ndim > 1]},
         {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0}], RATE, (0.9, 0.99), weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, (step + 1) / (0.05 * steps)) * 0.5 * (1 + math.cos(math.pi * step / steps)))
    streams = [shuffled(data[kind], size) for kind, size in PARTS]
    start = time.monotonic()
    with ThreadPoolExecutor(len(PARTS)) as pool:
        for epoch in range(epochs):
            losses = []
            for step in range(in_epoch):
                batches = [next(stream) for stream in streams]
                losses.append(list(pool.map(
                    lambda part: backward(networks[part], heads_of_parts[part], *batches[part]),  # noqa: B023
                    range(len(PARTS)))))
                add_gradients(networks)
                for kind, task in tasks.items():
                    add_gradients([task, *(part for part, (name, _) in zip(heads_of_parts, PARTS) if name == kind)])
                torch.nn.utils.clip_grad_norm_(parameters, 5)
                optimiser.step()
                optimiser.zero_grad()
                schedule.step()
                if step % 50 == 49:
                    print(f"step {step + 1} of {in_epoch}, {time.monotonic() - start:.0f} s: "
                          f"{np.mean(losses[-50:], 0).round(3)}", flush=True)
            means = {kind: np.mean([row[part] for row in losses for part, (name, _) in enumerate(PARTS) if name == kind])
                     for kind in data}
            say(f"epoch {epoch + 1}: {time.monotonic() - start:.0f} s, loss "
                + ", ".join(f"{kind} {mean:.3f}" for kind, mean in means.items()))
            say("    held out: " + told(judge(network, tasks, held_out)))


def main():
    options = arguments()
    torch.manual_seed(2026)
    torch.set_num_threads(1)
    cache, labels = prepare(options)
    clips = sorted(labels)
    data = {kind: Seconds(cache, kind, clips[HELD_OUT:], labels) for kind in heads.CHOICES}
    held_out = {kind: Seconds(cache, kind, clips[:HELD_OUT], labels) for kind in heads.CHOICES}
    network, tasks = ViT(), {kind: heads.Heads(kind) for kind in heads.CHOICES}
    network.whiten([part.batch(torch.randperm(len(part))[:512], augment=False)[0] for part in data.values()])
    with options.log.open("w") as log:
        def say(text):
            print(text, flush=True)
            print(text, file=log, flush=True)

        say(f"Pretraining of builtin:tiny, {time.strftime('%Y-%m-%d')}; Python {platform.python_version()}, PyTorch "
            f"{torch.__version__}, numpy {np.__version__}; seed 2026")
        say(f"{len(clips)} clips of {options.seconds} scenes, {HELD_OUT} of them held out: {len(data['visual'])} "
            f"pictures and as many spectrograms, {len(held_out['visual'])} held out")
        say(f"{sum(p.numel() for p in network.parameters())} parameters; AdamW, rate {RATE}, weight decay {DECAY}, "
            f"steps of {' + '.join(f'{size} {kind}' for kind, size in PARTS)}, {options.epochs} epochs, cosine")
        train(network, tasks, data, held_out, options.epochs, say)
        network.half().float()
        say("in half precision: " + told(judge(network, tasks, held_out)))
    save_file({name: value.half().contiguous() for name, value in network.state_dict().items()}, options.weights)
    options.weights.chmod(0o644)


if __name__ == "__main__":
    main()
