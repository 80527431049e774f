"""What side networks have in common: streams that they tap, and tokens of taps."""

from __future__ import annotations

import torch
from torch import nn

from .streams import Tokens, method_streams


def tap_widths(stream):
    """Widths of the tapped layers: each is that of the block which reads it, the last that of the last block."""
    widths = stream["widths"]
    return [widths[min(seam["layer"], len(widths) - 1)] for seam in stream["seam"] if seam["tokens"] == "patches"]


def tapped(config):
    """By stream that is tapped, the widths of its layers."""
    found = {stream: tap_widths(config["streams"][stream]) for stream in method_streams(config)}
    return {stream: widths for stream, widths in found.items() if widths}


def by_tap(widths, make):
    """Modules by tap and stream, as the names of tensors have them, from make(stream, width, index)."""
    taps = nn.ModuleList()
    for index in range(max(map(len, widths.values()))):
        taps.append(nn.ModuleDict({s: make(s, w[index], index) for s, w in widths.items() if index < len(w)}))
    return taps


class Whole:
    """What stands for the whole among the tokens of a stream's taps: a first one, or the mean of all."""

    def __init__(self, stream):
        self.has_class = Tokens(stream).first_patch > 0

    def tokens(self, tap, function):
        """What a function makes of each token, [rows, N, d], of a class token and patches."""
        row, patches = tap
        if not self.has_class:
            return function(patches)
        return torch.cat([function(row)[:, None], function(patches)], dim=1)

    def __call__(self, x):
        return x[:, 0] if self.has_class else x.mean(dim=1)


def wholes(config):
    return {stream: Whole(config["streams"][stream]) for stream in method_streams(config)}


def learned(count, width):
    """Tokens that are learned."""
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(count, width), std=0.02))
