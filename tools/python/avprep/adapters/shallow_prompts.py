"""Shallow prompts (Jia et al., 2022, arXiv:2203.12119): tokens that enter once and pass through all blocks."""

import torch
from torch import nn

from .registry import register_method


@register_method("vpt-shallow")
class ShallowPrompts(nn.Module):
    def __init__(self, config):
        super().__init__()
        blocks, count = {}, config["method"]["tokens"]
        for s, first in config["first_blocks"].items():
            widths = config["streams"][s]["widths"]
            if first < len(widths):
                blocks.setdefault(str(first), nn.ModuleDict())[s] = nn.ParameterDict(
                    {"prompts": nn.Parameter(torch.zeros(count, widths[first]))})
        self.block = nn.ModuleDict(blocks)

    def forward(self, streams):
        outputs = {}
        for s, stream in streams.items():
            number = str(stream.run.block)
            if number in self.block and s in self.block[number]:
                stream.run.insert(self.block[number][s]["prompts"])
            outputs[s] = stream.run.finish()
        return outputs
