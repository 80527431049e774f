#!/usr/bin/env python3
"""Writes what task heads compute, what their losses are and how these are differentiated, computed by PyTorch.

    python3 -m venv venv && venv/bin/pip install torch safetensors numpy
    venv/bin/python tools/references/heads.py Tests/References

Outputs: heads.safetensors, quirks.safetensors. The modules are those of `tools/python`, with which exported adapters load.
Their parameters are too many to be stored, and are made of integers by `made`, as the tests make them: parameter k of a
head, in order of names, has elements made(i, k) / sqrt(fan-in), i being the element's place as PyTorch has it.

Keys of heads.safetensors (f32), for each case: <case>/scores, <case>/loss, <case>/<quirk> for losses with a quirk, and
<case>/gradient/<parameter> = [|g|, <g, made(i, k + 1000)>] of the loss, in evaluation mode, without dropout. Inputs are
made(i, 500 + number of the input).

Keys of quirks.safetensors: gradients [20, 6], start [6], and <quirk>, the parameters after 20 batches in epochs of 10, by
the loops as published: Adam with rate 0.01.
"""

import sys
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

from avprep.adapters import registry  # noqa: E402
from avprep.adapters.heads import HeadInputs  # noqa: E402

CLIPS, SEGMENTS, TOKENS, QUESTIONS, WORDS = 2, 5, 7, 3, 6
EVENTS, ANSWERS, VOCABULARY = 28, 42, 93


def made(shape, k):
    """Numbers in -1...1, the same in every language: 32-bit integers, mixed."""
    count = int(np.prod(shape))
    x = np.arange(count, dtype=np.uint64) * 2654435761 + np.uint64(k * 2246822519 % 2**32)
    x &= np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(15)
    x = x * 2246822519 & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(13)
    x = x * 3266489917 & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    return torch.from_numpy((x.astype(np.float64) / 2**31 - 1).astype(np.float32)).reshape(shape)


def fill(head):
    for k, (_, parameter) in enumerate(sorted(head.named_parameters())):
        fan_in = parameter[0].numel() if parameter.ndim > 1 else 16
        parameter.data = made(tuple(parameter.shape), k).to(parameter.dtype) / fan_in**0.5


def config(name, sizes, task="avel", supervision="full", **options):
    head = {"name": name, "hidden": 24, "spatialAttention": False, "interModules": True, "gateFactor": -1.0,
            "question": "encoder"} | options
    labels = [str(i) for i in range(ANSWERS if task == "avqa" else EVENTS + 1)]
    return {"head": head, "task": task, "supervision": supervision, "labels": labels,
            "streams": {stream: {"width": width} for stream, width in sizes.items()},
            "words": [str(i) for i in range(VOCABULARY)]}


def inputs(sizes):
    rows = CLIPS * SEGMENTS
    features = {"visual": made((rows, sizes["visual"]), 500), "audio": made((rows, sizes["audio"]), 501)}
    if "text" in sizes:
        features["text"] = made((CLIPS * QUESTIONS, sizes["text"]), 502)
    tokens = {"visual": made((rows, TOKENS, sizes["visual"]), 503), "audio": made((rows, TOKENS, sizes["audio"]), 504)}
    words = (made((CLIPS * QUESTIONS, WORDS), 505) + 1) / 2 * VOCABULARY
    return HeadInputs(
        {s: x.double() for s, x in features.items()}, {s: x.double() for s, x in tokens.items()},
        {s: x.double() for s, x in tokens.items()}, SEGMENTS, words.floor().clamp(max=VOCABULARY - 1))


# Clip 0 is of class 3 in seconds 1 to 3, clip 1 of class 9 throughout.
CLIP_LABELS = torch.tensor([3, 9])
LABELS = torch.tensor([EVENTS, 3, 3, 3, EVENTS] + [9] * 5)
FOREGROUND = (LABELS != EVENTS).double().reshape(CLIPS, SEGMENTS)
ANSWER_LABELS = torch.tensor([4, 0, 41, 7, 7, 12])


def one_hot(labels):
    return nn.functional.one_hot(labels, EVENTS + 1).double()


def event_losses(head, x, name, supervision):
    """The loss, and those with quirks."""
    cross_entropy, f = nn.CrossEntropyLoss(), nn.functional
    if name == "cmbs" and supervision == "full":
        event, gate, u, both = head.outputs(x)
        rest = f.binary_cross_entropy_with_logits(event, FOREGROUND) \
            + cross_entropy(u, CLIP_LABELS) + cross_entropy(both, CLIP_LABELS)
        return {"loss": rest + f.binary_cross_entropy(gate, FOREGROUND),
                "Q5": rest + f.binary_cross_entropy_with_logits(gate, FOREGROUND)}
    if supervision == "full":
        scores = head(x)
        return {"loss": cross_entropy(scores, LABELS),
                "Q8": f.binary_cross_entropy(torch.softmax(scores, dim=-1), one_hot(LABELS))}
    clip = head.outputs(x)[2] if name == "cmbs" else head(x).reshape(CLIPS, SEGMENTS, -1).max(dim=1).values
    return {"loss": cross_entropy(clip, CLIP_LABELS),
            "Q7": nn.MultiLabelSoftMarginLoss()(torch.softmax(clip, dim=-1), one_hot(CLIP_LABELS))}


def answer_losses(head, x, name, negatives):
    answer = nn.functional.cross_entropy(head(x), ANSWER_LABELS)
    if name != "st-avqa":
        return {"loss": answer}
    a = head.sounds(x)
    own = head.mapped(x.patches["visual"])
    others = own.roll(SEGMENTS, dims=0) if negatives == "in-batch" else head.mapped(made(
        tuple(x.patches["visual"].shape), 506).double())
    scores = torch.cat([head.matches(a, head.grounded(v, a)) for v in (own, others)])
    labels = torch.cat([torch.ones(len(a)), torch.zeros(len(a))]).long()
    return {"loss": answer + 0.5 * nn.functional.cross_entropy(scores, labels)}


def cases():
    small, wide = {"visual": 20, "audio": 12}, {"visual": 24, "audio": 128}
    asked = small | {"text": 10}
    for name in ("linear", "mlp", "lavish", "attention-pooling", "cmbs"):
        for supervision in ("full", "weak"):
            yield f"{name}-{supervision}", config(name, small, supervision=supervision), small, None
    yield "cmbs-spatial", config("cmbs", wide, spatialAttention=True), wide, None
    yield "cmbs-plain", config("cmbs", small, interModules=False, gateFactor=0.3), small, None
    for question in ("encoder", "lstm"):
        for name in ("linear", "mlp", "question"):
            yield f"{name}-{question}", config(name, asked, "avqa", question=question), asked, None
        for negatives in ("in-batch", "frozen"):
            yield f"st-avqa-{question}-{negatives}", config("st-avqa", asked, "avqa", question=question), asked, negatives
    same = asked | {"visual": 512}
    yield "st-avqa-512", config("st-avqa", same, "avqa"), same, "in-batch"


def quirks():
    """Loops as published, on a loss whose gradients are given."""
    gradients, start, found = made((20, 6), 900), made((6,), 901), {}
    for name in ("Q1", "Q2"):
        parameter = nn.Parameter(start.clone().double())
        optimiser = torch.optim.Adam([parameter], lr=0.01)
        for batch, gradient in enumerate(gradients.double()):
            place = batch % 10
            optimiser.zero_grad()
            (parameter * gradient).sum().backward()
            if name == "Q1":
                optimiser.step()
            if (place + 1) % (8 if name == "Q1" else 2) == 0 or place == 9:
                optimiser.step()
        found[name] = parameter.detach().float()
    return {"gradients": gradients, "start": start} | found


def main(root):
    torch.set_num_threads(1)
    tensors = {}
    for case, configuration, sizes, negatives in cases():
        name = configuration["head"]["name"]
        head = registry.heads[name](configuration).double().eval()
        fill(head)
        x = inputs(sizes)
        if configuration["task"] == "avel":
            x.features.pop("text", None)
            losses = event_losses(head, x, name, configuration["supervision"])
        else:
            losses = answer_losses(head, x, name, negatives)
        tensors[f"{case}/scores"] = head(x).detach().reshape(-1, head(x).shape[-1]).float()
        for key, loss in losses.items():
            tensors[f"{case}/{key}"] = loss.detach().reshape(1).float()
        losses["loss"].backward()
        for k, (parameter, value) in enumerate(sorted(head.named_parameters())):
            gradient = torch.zeros_like(value) if value.grad is None else value.grad
            direction = made(tuple(value.shape), k + 1000).double()
            tensors[f"{case}/gradient/{parameter}"] = torch.stack([gradient.norm(), (gradient * direction).sum()]).float()
    metadata = {"torch": torch.__version__}
    safetensors.torch.save_file({k: v.contiguous() for k, v in tensors.items()}, root / "heads.safetensors", metadata)
    safetensors.torch.save_file(quirks(), root / "quirks.safetensors", metadata)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
