"""The idea of Mettle (Zhou et al., 2025, arXiv:2506.23271) in a form of avprep: meta-tokens gather each layer."""

import torch
import torch.nn.functional as F
from torch import nn

from .registry import register_method
from .side import by_tap, learned, tapped, wholes


class Layer(nn.Module):
    """What belongs to one layer of one stream."""

    def __init__(self, features, tokens, width, outputs):
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.read = nn.Linear(features, 3 * width, bias=False)
        self.tokens = learned(tokens, width)
        self.output = nn.Linear(width, outputs, bias=False)

    def forward(self, whole, state):
        keys, values, kept = whole.tokens(state, lambda x: self.read(self.norm(x))).chunk(3, dim=-1)
        queries = self.tokens.expand(len(keys), -1, -1)
        gathered = queries + F.scaled_dot_product_attention(queries, keys, values)
        return self.output(gathered.mean(dim=1) + kept.mean(dim=1))


@register_method("mettle")
class Mettle(nn.Module):
    def __init__(self, config):
        super().__init__()
        method, self.widths, self.wholes = config["method"], tapped(config), wholes(config)
        sizes = method["tokens"], method["width"], method["outputs"]
        self.tap = by_tap(self.widths, lambda s, features, index: Layer(features, *sizes))

    def forward(self, streams):
        def adapted(s, stream):
            parts = [tap[s](self.wholes[s], state) for tap, state in zip(self.tap, stream.taps)]
            return torch.stack(parts).mean(dim=0)
        return {s: adapted(s, stream) if s in self.widths else stream.frozen_final() for s, stream in streams.items()}
