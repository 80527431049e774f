"""UniPT (Diao et al., CVPR 2024, arXiv:2308.14316): tokens of the final state gather what lies in all layers."""

import torch
import torch.nn.functional as F
from torch import nn

from .registry import register_method
from .side import by_tap, tapped, wholes
from .streams import Tokens


class Output(nn.Module):
    def __init__(self, features, width):
        super().__init__()
        self.anchor = nn.Linear(features, width)
        self.weight = nn.Linear(width, 1)
        self.up = nn.Linear(width, features)


@register_method("unipt")
class UniPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.widths, self.wholes, streams = tapped(config), wholes(config), config["streams"]
        side = {s: streams[s]["width"] // config["method"]["reduction"] for s in self.widths}
        self.pooled = {s: Tokens(streams[s]).pooled for s in self.widths}
        self.tap = by_tap(
            self.widths, lambda s, features, index: nn.ModuleDict({"map": nn.Linear(features, side[s])}))
        self.out = nn.ModuleDict({s: Output(streams[s]["width"], side[s]) for s in self.widths})

    def forward(self, streams):
        return {s: self.adapted(s, stream) if s in self.widths else stream.frozen_final()
                for s, stream in streams.items()}

    def adapted(self, s, stream):
        """The final state, [rows, E]: of all its tokens if they are there, or of what stands for the whole."""
        out, whole = self.out[s], self.wholes[s]
        final = stream.final[:, None] if stream.final_tokens is None else stream.final_tokens
        pooled = self.pooled[s] if stream.final_tokens is not None else lambda x: x[:, 0]
        queries = out.anchor(F.relu(final))
        anchor, gathered, scores = pooled(queries), [], []
        for tap, state in zip(self.tap, stream.taps):
            t = whole.tokens(state, lambda x, part=tap[s]: part["map"](F.relu(x)))
            shares = F.relu(queries @ t.transpose(1, 2))
            shares = shares / shares.sum(dim=-1, keepdim=True).clamp(min=1e-6)
            gathered.append(shares @ t + whole(t)[:, None])
            scores.append(out.weight(anchor * t.mean(dim=1)))
        weights = torch.softmax(torch.cat(scores, dim=-1), dim=-1)
        total = sum(weights[:, i, None, None] * c for i, c in enumerate(gathered))
        changed = final + out.up(F.relu(total))
        stream.adapted_tokens = None if stream.final_tokens is None else changed
        return pooled(changed)
