"""LST (Sung, Cho, Bansal, NeurIPS 2022, arXiv:2206.06522): a narrow transformer beside each backbone.

The form for Vision Transformers is a reconstruction.
"""

import torch
import torch.nn.functional as F
from torch import nn

from .registry import register_method
from .side import by_tap, tapped, wholes


class Block(nn.Module):
    """A block with norms before."""

    def __init__(self, width):
        super().__init__()
        self.heads = max(1, width // 32)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.projection = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        normed = self.norm1(x)
        query, key, value = (
            part(normed).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.query, self.key, self.value))
        mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        x = x + self.projection(mixed)
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Tap(nn.Module):
    """What the side network does at one layer; at the embedding, the lowest, it only begins."""

    def __init__(self, features, width, is_lowest, has_bias):
        super().__init__()
        self.down = nn.Linear(features, width, bias=has_bias)
        self.mix = None if is_lowest else nn.Parameter(torch.zeros(()))
        self.block = None if is_lowest else Block(width)

    def forward(self, below, tokens):
        return tokens if self.mix is None else self.block(mixed(below, tokens, self.mix))


class Output(nn.Module):
    def __init__(self, width, features, has_bias):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, features, bias=has_bias)
        self.mix = nn.Parameter(torch.zeros(())) if has_bias else None

    def forward(self, side, final):
        return side if self.mix is None else mixed(side, final, self.mix)


def mixed(x, other, share):
    share = torch.sigmoid(share / 0.1)
    return share * x + (1 - share) * other


@register_method("lst")
class LST(nn.Module):
    def __init__(self, config):
        super().__init__()
        method, self.widths, self.wholes = config["method"], tapped(config), wholes(config)
        has_bias = method["variant"] == "t5"
        side = {s: config["streams"][s]["width"] // method["reduction"] for s in self.widths}
        self.tap = by_tap(self.widths, lambda s, features, index: Tap(features, side[s], index == 0, has_bias))
        self.out = nn.ModuleDict({s: Output(side[s], config["streams"][s]["width"], has_bias) for s in self.widths})

    def forward(self, streams):
        outputs = {}
        for s, stream in streams.items():
            if s not in self.widths:
                outputs[s] = stream.frozen_final()
                continue
            h, whole = None, self.wholes[s]
            for tap, state in zip(self.tap, stream.taps):
                h = tap[s](h, whole.tokens(state, tap[s].down))
            output = self.out[s]
            side = output.up(output.norm(h))
            pooled = whole(side)
            outputs[s] = output(pooled, stream.final)
            if stream.final_tokens is None:
                continue
            # Where several tokens stand for the whole, the side network has one for them.
            fits = side.shape == stream.final_tokens.shape
            stream.adapted_tokens = output(side if fits else pooled[:, None], stream.final_tokens)
        return outputs
