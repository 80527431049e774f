"""Networks on frozen states in PyTorch, as somebody would write them: AV-PEA beside a ViT, within it, and online."""

import math

import torch
from av_pea import OTHER, STREAMS, Ladder
from torch import nn

SEGMENTS, PATCHES, FEATURES, LAYERS, CLASSES = 10, 49, 768, (3, 6, 9, 12), 29


class LadderNetwork(nn.Module):
    """The ladder of tools/references/av_pea.py and a linear probe on it."""

    def __init__(self, width):
        super().__init__()
        self.ladder = Ladder(dict.fromkeys(STREAMS, FEATURES), width, len(LAYERS))
        self.classes = nn.Linear(2 * FEATURES, CLASSES)

    def forward(self, inputs):
        out = self.ladder(inputs)
        return self.classes(torch.cat([out[m] for m in STREAMS], dim=-1))


def split(states):
    """What the ladder reads, from layers `[rows, 1 + patches, C]` and final states by stream."""
    inputs = {}
    for m in STREAMS:
        for tap in range(len(LAYERS)):
            rows = states[f"{m}/{tap}"]
            inputs[f"tap.{tap}.{m}.class"], inputs[f"tap.{tap}.{m}.patches"] = rows[:, 0], rows[:, 1:]
        inputs[f"final.{m}"] = states[f"{m}/final"]
    return inputs


class Adapter(nn.Module):
    """g · Up(ReLU(Down(LN [c + g' · softmax(c P'ᵀ/√D) P' ; P]))), P' the other stream's patches; closed at first."""

    def __init__(self, width, hidden):
        super().__init__()
        self.cross_gate, self.gate = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(()))
        self.norm, self.down, self.up = nn.LayerNorm(width), nn.Linear(width, hidden), nn.Linear(hidden, width)
        nn.init.zeros_(self.down.bias), nn.init.zeros_(self.up.bias)

    def forward(self, x, other):
        c, patches = x[:, :1], other[:, 1:]
        weights = torch.softmax(c @ patches.transpose(1, 2) / math.sqrt(x.shape[-1]), dim=-1)
        x = torch.cat([c + self.cross_gate * (weights @ patches), x[:, 1:]], dim=1)
        return self.gate * self.up(torch.relu(self.down(self.norm(x))))


class SuffixNetwork(nn.Module):
    """AV-PEA within the last blocks of a ViT that both streams share, and a linear probe on its class tokens.

    Both streams are adapted from the same pair of states, after attention and after the feed-forward network.
    """

    def __init__(self, vit, count=2):
        super().__init__()
        self.blocks, self.norm = vit.layers[-count:], vit.layernorm
        self.requires_grad_(False)
        width = vit.config.hidden_size
        self.adapters = nn.ModuleList(
            nn.ModuleDict({f"{m}_{place}": Adapter(width, width // 16) for m in STREAMS for place in ("mid", "out")})
            for _ in range(count))
        self.classes = nn.Linear(2 * width, CLASSES)

    def forward(self, x):
        for block, adapters in zip(self.blocks, self.adapters):
            y = {m: x[m] + block.attention(block.layernorm_before(x[m]))[0] + adapters[f"{m}_mid"](x[m], x[OTHER[m]])
                 for m in STREAMS}
            x = {m: y[m] + block.mlp(block.layernorm_after(y[m])) + adapters[f"{m}_out"](y[m], y[OTHER[m]])
                 for m in STREAMS}
        return self.classes(torch.cat([self.norm(x[m][:, 0]) for m in STREAMS], dim=-1))


def encode(vit, pictures):
    """States of a ViT as a cache has them: four layers of class token and 7 × 7 patches, and the final class token."""
    hidden = vit(pixel_values=pictures, output_hidden_states=True).hidden_states
    states = {}
    for tap, layer in enumerate(LAYERS):
        patches = hidden[layer][:, 1:].transpose(1, 2).unflatten(2, (14, 14))
        pooled = nn.functional.avg_pool2d(patches, 2).flatten(2).transpose(1, 2)
        states[tap] = torch.cat([hidden[layer][:, :1], pooled], dim=1)
    states["final"] = vit.layernorm(hidden[-1][:, 0])
    return states
