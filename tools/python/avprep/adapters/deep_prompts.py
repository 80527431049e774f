"""Deep prompts (Jia et al., 2022, arXiv:2203.12119): extra rows of keys and values in each block."""

import torch
from torch import nn

from .registry import register_method
from .streams import by_block


@register_method("vpt-deep")
class DeepPrompts(nn.Module):
    def __init__(self, config):
        super().__init__()
        count = config["method"]["tokens"]
        self.block = by_block(
            config, config["first_blocks"],
            lambda width: nn.ParameterDict({"prompts": nn.Parameter(torch.zeros(count, width))}))

    def forward(self, streams):
        return {
            s: stream.run.finish(lambda block: {"prompts": self.block[str(block)][s]["prompts"]})
            for s, stream in streams.items()}
