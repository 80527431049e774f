"""DTL (Fu, Zhu, Wu, 2024, arXiv:2312.07856): a low-rank sum over all blocks, given back from some block on."""

import torch
from torch import nn

from .lora import LowRank
from .registry import register_method
from .streams import by_block


@register_method("dtl")
class DTL(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.slope = config["method"]["slope"]
        self.block = by_block(
            config, dict.fromkeys(config["streams"], 0), lambda width: LowRank(width, config["method"]["rank"]))

    def given_back(self, gathered):
        return gathered * torch.sigmoid(self.slope * gathered)

    def forward(self, streams):
        outputs = {}
        for s, stream in streams.items():
            run = stream.run
            gathered = sum(self.block[str(block)][s](x) for block, x in enumerate(stream.layers))
            run.state = run.state + self.given_back(gathered)
            while run.block < len(run.blocks):
                gathered = gathered + self.block[str(run.block)][s](run.state)
                run.leave(run.fed(run.attended()) + self.given_back(gathered))
            outputs[s] = run.finish()
        return outputs
