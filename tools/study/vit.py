"""The network that becomes `builtin:tiny`, with timm's names: a pre-norm ViT for pictures and spectrograms."""

import torch
from torch import nn
from torch.nn import functional as F

SIDE, PATCH, WIDTH, DEPTH, HEADS, HIDDEN, EPSILON = 96, 16, 160, 6, 5, 640, 1e-6


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, EPSILON)
        self.attn = Attention()
        self.norm2 = nn.LayerNorm(WIDTH, EPSILON)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(WIDTH, HIDDEN), "fc2": nn.Linear(HIDDEN, WIDTH)})

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x))))


class ViT(nn.Module):
    """Positions are learned for 6 × 6 patches; for another number they are resized in a row, as avprep does."""

    def __init__(self):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (SIDE // PATCH) ** 2, WIDTH))
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, WIDTH, PATCH, PATCH)})
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
        self.norm = nn.LayerNorm(WIDTH, EPSILON)

    def embed(self, pictures):
        """The input of block 0, [batch, 1 + patches, WIDTH], of what `see` or `hear` made."""
        proj = self.patch_embed["proj"]
        x = F.unfold(pictures, PATCH, stride=PATCH).transpose(1, 2) @ proj.weight.flatten(1).T + proj.bias
        x = torch.cat([self.cls_token.expand(len(x), 1, WIDTH), x], 1)
        positions = self.pos_embed
        if x.shape[1] != positions.shape[1]:
            positions = F.interpolate(positions.mT, x.shape[1], mode="linear", align_corners=False).mT
        return x + positions

    def states(self, pictures):
        """The input of each block and the output of the last."""
        states = [self.embed(pictures)]
        for block in self.blocks:
            states.append(block(states[-1]))
        return states

    def forward(self, pictures):
        return self.norm(self.states(pictures)[-1])


def see(frames):
    """Bytes [batch, height, width, 3] to -1...1, [batch, 3, height, width]."""
    return (frames.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5


def hear(logmel):
    """Spectrograms [batch, frames, bands] as pictures of three equal channels, whole patches of them."""
    rows, columns = (extent // PATCH * PATCH for extent in logmel.shape[1:])
    return logmel[:, None, :rows, :columns].float().expand(-1, 3, -1, -1)
