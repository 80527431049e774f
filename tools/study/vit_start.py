"""Initial values with which the network learns from tens of thousands of pictures what else takes millions.

Places stand in channels of their own, as sines and cosines of row and column; patches begin as their whitened principal
components in the others; and each head begins with what is in one of the five nearest patches, so that the network
begins much like a convolutional one. The class token begins with the mean of all patches.
"""

import torch
from torch import nn
from torch.nn import functional as F
from vit import HEADS, PATCH, SIDE, WIDTH, ViT

PLACES = 32  # Channels of places, the last ones.
FREQUENCIES = torch.linspace(0.3, 2.4, PLACES // 4)
NEIGHBOURS = [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)]


def waves(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """What stands in the channels of places, [tokens, PLACES]."""
    angles = torch.cat([rows[:, None] * FREQUENCIES, columns[:, None] * FREQUENCIES], 1)
    return torch.cat([angles.sin(), angles.cos()], 1)


def shift(rows: int, columns: int) -> torch.Tensor:
    """The matrix that turns waves(r, c) into waves(r + rows, c + columns)."""
    angles = torch.cat([rows * FREQUENCIES, columns * FREQUENCIES])
    sin, cos = torch.diag(angles.sin()), torch.diag(angles.cos())
    return torch.cat([torch.cat([cos, sin], 1), torch.cat([-sin, cos], 1)])


@torch.no_grad()
def begin(network: ViT, batches: list[torch.Tensor]) -> None:
    """Sets all values; batches are pictures of each kind, whose patches are whitened."""
    side = torch.arange(SIDE // PATCH).float()
    rows, columns = (axis.flatten() for axis in torch.meshgrid(side, side, indexing="ij"))
    network.pos_embed[0, 1:, -PLACES:] = waves(rows, columns)
    network.cls_token[..., :-PLACES] = 0.3 * torch.randn(WIDTH - PLACES)
    _whiten(network.patch_embed["proj"], batches)
    for block in network.blocks:
        for layer in (block.attn.qkv, block.attn.proj, *block.mlp.values()):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        joint = block.attn.qkv.weight.unflatten(0, (3, HEADS, -1))
        joint[:2] *= 0.1
        for head, (row, column) in enumerate(NEIGHBOURS):
            joint[0, head, :, -PLACES:] = 1.5 * shift(row, column)
            joint[1, head, :, -PLACES:] = 1.5 * torch.eye(PLACES)
        block.attn.proj.weight[-PLACES:] = 0
        block.mlp["fc2"].weight[-PLACES:] = 0


def _whiten(proj, batches):
    x = torch.cat([F.unfold(pictures, PATCH, stride=PATCH).transpose(1, 2).flatten(0, 1) for pictures in batches])
    mean, count = x.mean(0), WIDTH - PLACES
    variances, directions = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    variances, directions = variances[-count:], directions[:, -count:]
    kernel = torch.zeros(WIDTH, x.shape[1])
    kernel[:count] = (directions / (variances + 0.02 * variances.mean()).sqrt()).T
    proj.weight.copy_(kernel.reshape(proj.weight.shape))
    proj.bias.copy_(-kernel @ mean)
