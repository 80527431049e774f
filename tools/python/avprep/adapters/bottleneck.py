"""Narrow networks beside or behind layers: adapters by themselves, and what adapters that join streams end in."""

import torch
from torch import nn

from .registry import register_method
from .streams import by_block


class GroupedLinear(nn.Module):
    """An affine map of contiguous groups of channels, none of which sees another."""

    def __init__(self, inputs, outputs, groups, bias=True):
        super().__init__()
        self.groups = groups
        self.weight = nn.Parameter(torch.zeros(outputs, inputs // groups))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def forward(self, x):
        parts = x.unflatten(-1, (self.groups, -1))
        y = torch.einsum("...gi,goi->...go", parts, self.weight.unflatten(0, (self.groups, -1))).flatten(-2)
        return y if self.bias is None else y + self.bias


def grouped(inputs, outputs, groups, bias):
    return nn.Linear(inputs, outputs, bias=bias) if groups == 1 else GroupedLinear(inputs, outputs, groups, bias)


class TokenBatchNorm(nn.BatchNorm1d):
    """Batch normalisation with statistics over all rows and tokens."""

    def forward(self, x):
        return super().forward(x.flatten(0, -2)).unflatten(0, x.shape[:-1])


class Bottleneck(nn.Module):
    """g LN(BN(Up(a(BN(Down(LN x)))))), where norms, biases and the gate are there or not."""

    def __init__(self, width, hidden, groups=1, bias=True, norm_before=True, norm_after=False, batch_norm=False,
                 activation=torch.relu, gate=True):
        super().__init__()
        self.norm = nn.LayerNorm(width) if norm_before else nn.Identity()
        self.down = grouped(width, hidden, groups, bias)
        self.downNorm = TokenBatchNorm(hidden) if batch_norm else nn.Identity()
        self.up = grouped(hidden, width, groups, bias)
        self.upNorm = TokenBatchNorm(width) if batch_norm else nn.Identity()
        self.outputNorm = nn.LayerNorm(width) if norm_after else nn.Identity()
        self.gate = nn.Parameter(torch.zeros(())) if gate else 1
        self.activation = activation

    def narrow(self, x):
        z = self.activation(self.downNorm(self.down(self.norm(x))))
        return self.gate * self.outputNorm(self.upNorm(self.up(z)))


class Layer(nn.Module):
    """Up(a(Down x)), with dropout behind the activation."""

    def __init__(self, width, hidden, activation, dropout=0.0):
        super().__init__()
        self.down = nn.Linear(width, hidden)
        self.up = nn.Linear(hidden, width)
        self.activation, self.dropout = activation, dropout

    def forward(self, x):
        return self.up(nn.functional.dropout(self.activation(self.down(x)), self.dropout, self.training))


@register_method("adapter")
class HoulsbyAdapter(nn.Module):
    """Houlsby et al., 2019 (arXiv:1902.00751): f + Up(GELU(Down f)) behind the last map of both layers."""

    def __init__(self, config):
        super().__init__()
        hidden, gelu = config["method"]["hidden"], nn.GELU(approximate="tanh")
        self.block = by_block(config, config["first_blocks"], lambda width: nn.ModuleDict({
            place: Layer(width, hidden, gelu) for place in ("attention", "feedForward")}))

    def forward(self, streams):
        def hooks(stream, place):
            def of(block):
                layer = self.block[str(block)][stream][place]
                return {"branch": lambda f: f + layer(f)}
            return of
        return {s: stream.run.finish(hooks(s, "attention"), hooks(s, "feedForward")) for s, stream in streams.items()}


@register_method("adaptformer")
class AdaptFormer(nn.Module):
    """Chen et al., 2022 (arXiv:2205.13535): s Up(ReLU(Down Y)) beside the feed-forward network, of the mid state."""

    def __init__(self, config):
        super().__init__()
        method = config["method"]
        self.scale = method["scale"]
        self.block = by_block(
            config, config["first_blocks"],
            lambda width: Layer(width, method["hidden"], torch.relu, method["dropout"]))

    def forward(self, streams):
        outputs = {}
        for s, stream in streams.items():
            run = stream.run
            while run.block < len(run.blocks):
                y = run.attended()
                run.leave(run.fed(y) + self.scale * self.block[str(run.block)][s](y))
            outputs[s] = run.finish()
        return outputs
