"""AV-PEA (Radman, Laaksonen, VISAPP 2024), and its ladder form: beside the backbones instead of in them."""

import torch
from torch import nn

from .av_pea_in_blocks import OTHER, InBlocks
from .registry import register_method
from .side import tap_widths


class Tap(nn.Module):
    """What one stream does at one tapped layer."""

    def __init__(self, features, width, is_lowest):
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.add_module("class", nn.Linear(features, width, bias=False))
        self.patch = nn.Linear(features, width, bias=False)
        self.gate = nn.Parameter(torch.ones(()))
        self.mix = None if is_lowest else nn.Parameter(torch.zeros(()))
        self.bottleneck = nn.ModuleDict({
            "norm": nn.LayerNorm(width), "down": nn.Linear(width, width // 2), "up": nn.Linear(width // 2, width)})

    def tokens(self, patches):
        """What the other stream attends to, [rows, N, width]."""
        return self.patch(self.norm(patches))

    def forward(self, below, own, others):
        """The side vector after this tap, [rows, width]."""
        z = self.get_submodule("class")(self.norm(own))
        if below is not None:
            share = torch.sigmoid(self.mix / 0.1)
            z = share * below + (1 - share) * z
        weights = torch.softmax((others @ z[..., None])[..., 0] / z.shape[-1] ** 0.5, dim=-1)
        z = z + self.gate * (weights[:, None] @ others)[:, 0]
        part = self.bottleneck
        return z + part["up"](torch.relu(part["down"](part["norm"](z))))


class Ladder(nn.Module):
    def __init__(self, config):
        super().__init__()
        streams, width = config["streams"], config["method"]["width"]
        widths = {s: tap_widths(streams[s]) for s in OTHER}
        self.tap = nn.ModuleList(
            nn.ModuleDict({s: Tap(widths[s][i], width, is_lowest=i == 0) for s in OTHER})
            for i in range(len(widths["visual"])))
        self.out = nn.ModuleDict({
            s: nn.ModuleDict({"norm": nn.LayerNorm(width), "linear": nn.Linear(width, streams[s]["width"])})
            for s in OTHER})

    def forward(self, streams):
        z = dict.fromkeys(OTHER)
        for index, tap in enumerate(self.tap):
            tokens = {s: tap[s].tokens(streams[s].taps[index][1]) for s in OTHER}
            z = {s: tap[s](z[s], streams[s].taps[index][0], tokens[OTHER[s]]) for s in OTHER}
        # A text takes no part in the exchange.
        outputs = {s: stream.frozen_final() for s, stream in streams.items()}
        return outputs | {s: outputs[s] + self.out[s]["linear"](self.out[s]["norm"](z[s])) for s in OTHER}


@register_method("av-pea")
def av_pea(config):
    """Beside the blocks or within them, as the placement says."""
    return Ladder(config) if "ladder" in config["placement"] else InBlocks(config)
