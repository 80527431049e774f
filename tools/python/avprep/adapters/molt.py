"""The idea of MoLT (Rho et al., 2025, arXiv:2512.00115) in a form of avprep: latent tokens of late layers, mixed."""

import torch
import torch.nn.functional as F
from torch import nn

from .av_pea_in_blocks import OTHER
from .registry import register_method
from .side import by_tap, learned, tapped, wholes


class Tap(nn.Module):
    """What one stream does at one tapped layer."""

    def __init__(self, features, tokens, width):
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.map = nn.Linear(features, width, bias=False)
        self.ownQueries, self.otherQueries = learned(tokens, width), learned(tokens, width)
        self.router = nn.Linear(2 * width, 2)

    def forward(self, own, other):
        """Latent tokens, [rows, n, d], of both streams' tokens."""
        def distilled(queries, tokens):
            return F.scaled_dot_product_attention(queries.expand(len(tokens), -1, -1), tokens, tokens)
        shares = torch.softmax(self.router(torch.cat([own.mean(dim=1), other.mean(dim=1)], dim=-1)), dim=-1)
        return (shares[:, :1, None] * distilled(self.ownQueries, own)
                + shares[:, 1:, None] * distilled(self.otherQueries, other))


class Fusion(nn.Module):
    """How layers are weighted, and the way to the output."""

    def __init__(self, width, outputs):
        super().__init__()
        self.hidden = nn.Linear(width, width)
        self.weight = nn.Linear(width, 1)
        self.output = nn.Linear(width, outputs)

    def forward(self, latents):
        means = torch.stack([t.mean(dim=1) for t in latents], dim=1)
        weights = torch.softmax(self.weight(F.gelu(self.hidden(means))), dim=1)
        return self.output((weights * means).sum(dim=1))


@register_method("molt")
class MoLT(nn.Module):
    def __init__(self, config):
        super().__init__()
        method, self.wholes = config["method"], wholes(config)
        self.orthogonality = method["orthogonality"]
        widths = {s: tapped(config)[s] for s in OTHER}
        self.tap = by_tap(widths, lambda s, features, index: Tap(features, method["tokens"], method["width"]))
        self.out = nn.ModuleDict({s: Fusion(method["width"], method["outputs"]) for s in OTHER})

    def latents(self, streams):
        """By stream the latent tokens of each layer."""
        found = {s: [] for s in OTHER}
        for index, tap in enumerate(self.tap):
            tokens = {
                s: self.wholes[s].tokens(streams[s].taps[index], lambda x, part=tap[s]: part.map(part.norm(x)))
                for s in OTHER}
            for s in OTHER:
                found[s].append(tap[s](tokens[s], tokens[OTHER[s]]))
        return found

    def forward(self, streams):
        latents = self.latents(streams)
        return {s: self.out[s](latents[s]) if s in latents else stream.frozen_final() for s, stream in streams.items()}

    def penalty(self, streams):
        """What training adds to the loss: how far latent tokens are from orthogonal."""
        total = 0
        for latents in self.latents(streams).values():
            for t in latents:
                unit = t / t.norm(dim=-1, keepdim=True).clamp(min=1e-6)
                rest = unit @ unit.transpose(1, 2) - torch.eye(t.shape[1], dtype=t.dtype, device=t.device)
                total = total + rest.square().mean()
        return self.orthogonality * total
