"""LAVISH (Lin et al., 2023, arXiv:2212.07983): a few latent tokens carry what one stream knows to the other."""

import torch
from torch import nn

from .bottleneck import Bottleneck
from .paired import PairedBlocks
from .registry import register_method


class LatentAdapter(Bottleneck):
    """What is added to a stream that sees the other: through latent tokens, and then through a bottleneck."""

    def __init__(self, width, method, has_gate):
        branch = method["branch"]
        super().__init__(
            width, max(1, width // method["reduction"]), method["groups"], False, method["normBefore"],
            method["normAfter"], method["batchNorm"], nn.Identity() if branch == "unimodal" else torch.relu, has_gate)
        self.is_reading = branch == "cross-modal"
        if self.is_reading:
            self.latents = nn.Parameter(torch.zeros(method["tokens"], width))
            self.crossGate = nn.Parameter(torch.zeros(()))

    def forward(self, x, other):
        if self.is_reading:
            filled = self.latents + torch.softmax(self.latents @ other.transpose(1, 2), dim=-1) @ other
            x = x + self.crossGate * torch.softmax(x @ filled.transpose(1, 2), dim=-1) @ filled
        return self.narrow(x)


@register_method("lavish")
class LAVISH(PairedBlocks):
    def __init__(self, config):
        method = config["method"]
        super().__init__(
            config, lambda s, width, other: LatentAdapter(width, method, s == "visual" or method["gateAudio"]))
