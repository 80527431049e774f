"""Heads that score each segment by the features of both streams."""

import torch
from torch import nn

from .registry import register_head


def joined(features):
    return torch.cat([features["visual"], features["audio"]], dim=-1)


def width(config):
    return sum(stream["width"] for stream in config["streams"].values())


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
