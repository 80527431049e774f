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

HELD_OUT, RATE, DECAY = 20, 1.5e-3, 0.05
BATCH = {"visual": 64, "audio": 48}  # About as many tokens of either.


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


def backward(network, task, inputs, labels):
    """Adds to the gradients of a network and of its heads; the loss."""
    loss = task.loss(network(inputs), labels)
    loss.backward()
    return loss.item()


def train(network, tasks, data, held_out, epochs, say):
    """A batch of pictures and one of spectrograms make a step, each on a thread of its own.

    The rate rises for 5 % of the steps and then falls to 0 as a cosine.
    """
    networks = {"visual": network, "audio": twin(network)}
    in_epoch = min(len(part) // BATCH[kind] for kind, part in data.items())
    steps = epochs * in_epoch
    parameters = [p for module in [network, *tasks.values()] for p in module.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": [p for p in parameters if p.ndim > 1]},
         {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0}], RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, (step + 1) / (0.05 * steps)) * 0.5 * (1 + math.cos(math.pi * step / steps)))
    start = time.monotonic()
    with ThreadPoolExecutor(len(data)) as pool:
        for epoch in range(epochs):
            orders = {kind: torch.randperm(len(part)).split(BATCH[kind]) for kind, part in data.items()}
            losses = []
            for step in range(in_epoch):
                batches = {kind: part.batch(orders[kind][step], augment=True) for kind, part in data.items()}
                losses.append(list(pool.map(
                    lambda kind: backward(networks[kind], tasks[kind], *batches[kind]), data)))  # noqa: B023
                for mine, its in zip(network.parameters(), networks["audio"].parameters(), strict=True):
                    mine.grad += its.grad
                    its.grad = None
                torch.nn.utils.clip_grad_norm_(parameters, 5)
                optimiser.step()
                optimiser.zero_grad()
                schedule.step()
                if step % 25 == 24:
                    print(f"step {step + 1} of {in_epoch}, {time.monotonic() - start:.0f} s: "
                          f"{np.mean(losses[-25:], 0).round(3)}", flush=True)
            means = ", ".join(f"{kind} {value:.3f}" for kind, value in zip(data, np.mean(losses, 0), strict=True))
            say(f"epoch {epoch + 1}: {time.monotonic() - start:.0f} s, loss {means}")
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
    with options.log.open("w") as log:
        def say(text):
            print(text, flush=True)
            print(text, file=log, flush=True)

        say(f"Pretraining of builtin:tiny, {time.strftime('%Y-%m-%d')}; Python {platform.python_version()}, PyTorch "
            f"{torch.__version__}, numpy {np.__version__}; seed 2026")
        say(f"{len(clips)} clips of {options.seconds} scenes, {HELD_OUT} of them held out: {len(data['visual'])} "
            f"pictures and as many spectrograms, {len(held_out['visual'])} held out")
        say(f"{sum(p.numel() for p in network.parameters())} parameters; AdamW, rate {RATE}, weight decay {DECAY}, "
            f"batches of {BATCH['visual']} pictures and {BATCH['audio']} spectrograms, {options.epochs} epochs, cosine")
        train(network, tasks, data, held_out, options.epochs, say)
        network.half().float()
        say("in half precision: " + told(judge(network, tasks, held_out)))
    save_file({name: value.half().contiguous() for name, value in network.state_dict().items()}, options.weights)
    options.weights.chmod(0o644)


if __name__ == "__main__":
    main()
