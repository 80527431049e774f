"""DTL (Fu, Zhu, Wu, 2024, arXiv:2312.07856): a low-rank sum over blocks, given back from some block on.

Where a backbone has stages of several widths, the sum begins anew with each.
"""

from itertools import accumulate

import torch
from torch import nn

from .lora import LowRank
from .registry import register_method
from .streams import by_block


@register_method("dtl")
class DTL(nn.Module):
    def __init__(self, config):
        super().__init__()
        method = config["method"]
        self.slope, self.pools_patches = method["slope"], method["pooling"] == "patches"
        first = {stream: config["first_blocks"][stream] - len(below(config, stream)) for stream in config["streams"]}
        self.block = by_block(config, first, lambda width: LowRank(width, method["rank"]))
        self.starts = {
            stream: set(accumulate(config["streams"][stream]["stages"], initial=0)) for stream in config["streams"]}

    def given_back(self, gathered):
        return gathered * torch.sigmoid(self.slope * gathered)

    def forward(self, streams):
        outputs = {}
        for s, stream in streams.items():
            run = stream.run
            first = run.block - len(stream.layers)
            gathered = sum(self.block[str(first + index)][s](x) for index, x in enumerate(stream.layers))
            run.state = run.state + self.given_back(gathered)
            while run.block < len(run.blocks):
                part = self.block[str(run.block)][s](run.state)
                gathered = part if run.block in self.starts[s] else gathered + part
                run.leave(run.fed(run.attended()) + self.given_back(gathered))
            outputs[s] = run.finish_patches() if self.pools_patches else run.finish()
        return outputs


def below(config, stream):
    """The layers that are read beside the one that enters the blocks."""
    return config["streams"][stream]["seam"][:-1]
