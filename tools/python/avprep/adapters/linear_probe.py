from torch import nn

from .registry import register_method


@register_method("linear-probe")
class LinearProbe(nn.Module):
    """No method: the head reads the frozen streams as they are."""

    def __init__(self, config):
        super().__init__()

    def forward(self, streams):
        return {s: stream.frozen_final() for s, stream in streams.items()}
