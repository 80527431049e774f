"""Tuning of norms (Lin et al., 2023, arXiv:2212.07983) or of all biases (Ben Zaken et al., 2022, arXiv:2106.10199).

Parameters are the differences from the frozen values.
"""

import torch
from torch import nn

from .registry import register_method


class Change(nn.Module):
    """Of the scale and the shift of a norm, or of a bias."""

    def __init__(self, width, has_weight=False):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width)) if has_weight else None
        self.bias = nn.Parameter(torch.zeros(width))


@register_method("norm-tuning")
class NormTuning(nn.Module):
    def __init__(self, config):
        super().__init__()
        method, blocks, finals = config["method"], {}, {}
        norms = method["norms"]
        self.owners = {s: s if method["perStream"] or s == "text" else "shared" for s in config["streams"]}
        for s, first in config["first_blocks"].items():
            widths, affine, owner = config["streams"][s]["widths"], config["streams"][s]["affine"], self.owners[s]
            for block in range(first, len(widths)):
                parts = {name: Change(widths[block], norms) for name in ("norm1", "norm2")}
                if affine["merging"][block] and block > first:
                    parts["merging"] = Change(affine["merging"][block], norms)
                if method["biases"]:
                    parts["qkv"] = Change((3 if affine["hasKeyBias"] else 2) * widths[block])
                    parts["projection"], parts["contraction"] = Change(widths[block]), Change(widths[block])
                    parts["expansion"] = Change(affine["hidden"][block])
                known = blocks.setdefault(str(block), {}).get(owner, {})
                if len(parts) > len(known):
                    blocks[str(block)][owner] = nn.ModuleDict(parts)
            if affine["hasFinalNorm"]:
                finals[owner] = Change(widths[-1], norms)
        self.block = nn.ModuleDict({block: nn.ModuleDict(parts) for block, parts in blocks.items()})
        self.final = nn.ModuleDict(finals)

    def forward(self, streams):
        outputs = {}
        for s, stream in streams.items():
            owner = self.owners[s]
            stream.run.changes = {int(block): parts[owner] for block, parts in self.block.items() if owner in parts}
            stream.run.final_change = self.final[owner] if owner in self.final else None
            outputs[s] = stream.run.finish()
        return outputs
