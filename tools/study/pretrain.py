"""Pretrains the network of `builtin:tiny` on generated media, and writes its weights.

    python pretrain.py AVPREP FOLDER WEIGHTS LOG [--clips N] [--seconds S] [--steps N]

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
from lessons import Drawn, Seconds
from safetensors.torch import save_file
from vit import SIDE, ViT
from vit_start import begin

sys.path.append(str(Path(__file__).resolve().parents[1] / "python"))
import avprep  # noqa: E402

HELD_OUT, RATE, DECAY = 20, 1e-3, 0.05
# What a step sees, each part on a thread of its own.
PARTS = {"drawn": 16, "visual": 8, "audio": 12}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("avprep")
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("--clips", type=int, default=240)
    parser.add_argument("--seconds", type=int, default=60, help="of a clip")
    parser.add_argument("--steps", type=int, default=4000)
    return parser.parse_args()


def prepare(options):
    """Media, labels and the cache of frames and spectrograms."""
    labels = media.make(options.folder, options.clips, options.seconds)
    subprocess.run(
        [options.avprep, "extract", str(options.folder), "--dataset", str(options.folder / "dataset.yaml"), "--cache",
         str(options.folder / "cache"), "--size", str(SIDE), "--progress", "none"], check=True)
    return avprep.Cache(options.folder / "cache"), labels


def judge(network, tasks, held_out):
    """Shares of right answers by label, in words."""
    shares = {}
    with torch.no_grad():
        for kind, data in held_out.items():
            sums = {}
            for rows in torch.arange(len(data)).split(256):
                inputs, labels = data.batch(rows)
                for name, counts in tasks[kind].right(network(inputs), labels).items():
                    sums.setdefault(name, []).append(counts)
            shares |= {name: np.sum(counts, 0) for name, counts in sums.items()}
    return ", ".join(f"{name} {100 * right / of:.1f} %" for name, (right, of) in shares.items())


def twin(network):
    """A copy that shares the network's values and has gradients of its own."""
    other = copy.deepcopy(network)
    for mine, its in zip(network.parameters(), other.parameters(), strict=True):
        its.data = mine.data
    return other


def learn(network, task, inputs, labels):
    """Adds to the gradients of a network and of its heads; the loss, and how many shapes were told of how many."""
    x = network(inputs)
    loss = task.loss(x, labels)
    loss.backward()
    return loss.item(), task.right(x.detach(), labels).get("shape")


def add_gradients(modules):
    """Leaves the sum of the gradients of all modules with the first."""
    for first, *others in zip(*(module.parameters() for module in modules), strict=True):
        for other in others:
            if other.grad is not None:
                first.grad = other.grad if first.grad is None else first.grad + other.grad
                other.grad = None


def train(network, tasks, data, held_out, steps, say):
    """The rate rises for 3 % of the steps, stays while things get harder, and falls to 0 in the second half."""
    networks = {part: network if part == "drawn" else twin(network) for part in PARTS}
    taught = {part: twin(tasks[data[part].kind]) for part in PARTS}
    parameters = [p for module in [network, *tasks.values()] for p in module.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": [p for p in parameters if p.ndim > 1]},
         {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0}], RATE, (0.9, 0.99), weight_decay=DECAY)
    def rate(step):
        done = step / steps
        return min(1, (step + 1) / (0.03 * steps), 1 if done < 0.5 else 0.5 + 0.5 * math.cos(math.pi * (2 * done - 1)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    streams = {part: data[part].batches(size, seed) for seed, (part, size) in enumerate(PARTS.items())}
    start, losses = time.monotonic(), []

    def work(part):
        return learn(networks[part], taught[part], *next(streams[part]))

    with ThreadPoolExecutor(len(PARTS)) as pool:
        for step in range(1, steps + 1):
            found = dict(zip(PARTS, pool.map(work, PARTS), strict=True))
            add_gradients(list(networks.values()))
            for kind, task in tasks.items():
                add_gradients([task, *(taught[part] for part in PARTS if data[part].kind == kind)])
            torch.nn.utils.clip_grad_norm_(parameters, 5)
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()
            data["drawn"].judged(*found["drawn"][1])
            losses.append([loss for loss, _ in found.values()])
            if step % 250 == 0:
                means = ", ".join(f"{part} {mean:.3f}" for part, mean in zip(PARTS, np.mean(losses, 0), strict=True))
                hardness, seconds = data["drawn"].hardness, time.monotonic() - start
                say(f"step {step}: {seconds:.0f} s, hardness {hardness:.2f}, loss {means}")
                losses.clear()
            if step % 1000 == 0:
                say(f"    held out: {judge(network, tasks, held_out)}")


def main():
    options = arguments()
    torch.manual_seed(2026)
    torch.set_num_threads(1)
    cache, labels = prepare(options)
    clips = sorted(labels)
    data = {kind: Seconds(cache, kind, clips[HELD_OUT:], labels) for kind in heads.CHOICES} | {"drawn": Drawn()}
    held_out = {kind: Seconds(cache, kind, clips[:HELD_OUT], labels) for kind in heads.CHOICES}
    network, tasks = ViT(), {kind: heads.Heads(kind) for kind in heads.CHOICES}
    begin(network, [part.batch(torch.randperm(len(part))[:512])[0] for part in held_out.values()])
    with options.log.open("w") as log:
        def say(text):
            print(text, flush=True)
            print(text, file=log, flush=True)

        say(f"Pretraining of builtin:tiny, {time.strftime('%Y-%m-%d')}; Python {platform.python_version()}, PyTorch "
            f"{torch.__version__}, numpy {np.__version__}; seed 2026")
        say(f"{len(clips)} clips of {options.seconds} scenes, {HELD_OUT} of them held out: {len(data['visual'])} "
            f"pictures and as many spectrograms, {len(held_out['visual'])} held out")
        say(f"{sum(p.numel() for p in network.parameters())} parameters; AdamW, rate {RATE}, weight decay {DECAY}; "
            f"{options.steps} steps, each of {PARTS['drawn']} pictures drawn for it, and of the clips of "
            f"{PARTS['visual']} pictures and {PARTS['audio']} spectrograms")
        train(network, tasks, data, held_out, options.steps, say)
        network.half().float()
        say(f"in half precision: {judge(network, tasks, held_out)}")
    save_file({name: value.half().contiguous() for name, value in network.state_dict().items()}, options.weights)
    options.weights.chmod(0o644)


if __name__ == "__main__":
    main()
