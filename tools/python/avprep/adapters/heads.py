"""Heads that score each segment by the features of all streams."""

import torch
from torch import nn

from .registry import register_head
from .streams import ORDER


def joined(features):
    """Features side by side; a text counts for all segments of its sample."""
    rows = max(len(x) for x in features.values())
    columns = [features[stream] for stream in ORDER if stream in features]
    return torch.cat([x.repeat_interleave(rows // len(x), dim=0) for x in columns], dim=-1)


def width(config):
    """Columns of what a method returns, of all streams."""
    return sum(stream.get("outputs", stream["width"]) for stream in config["streams"].values())


@register_head("linear")
class LinearHead(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.classes = nn.Linear(width(config), len(config["labels"]))

    def forward(self, features):
        return self.classes(joined(features))


@register_head("lavish")
class LAVISHHead(nn.Module):
    """Two affine maps with nothing between them (Lin et al., 2023, arXiv:2212.07983)."""

    def __init__(self, config):
        super().__init__()
        self.hidden = nn.Linear(width(config), config["head"]["hidden"])
        self.classes = nn.Linear(config["head"]["hidden"], len(config["labels"]))

    def forward(self, features):
        return self.classes(self.hidden(joined(features)))
