"""The backbone that is a part of avprep, `builtin:tiny`, built of its file of weights."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

PATCH, HEADS, EPSILON = 16, 5, 1e-6


class Embeddings(nn.Module):
    """Patches and the class token with their positions.

    Takes pictures [rows, 3, height, width] in -1...1, or log-mel spectrograms [rows, frames, bands]. Positions of another
    grid of pictures are resized as one, those of spectrograms in a row.
    """

    def __init__(self, tensors):
        super().__init__()
        for name in ["cls_token", "pos_embed"]:
            self.register_parameter(name, nn.Parameter(tensors[name]))
        self.weight = nn.Parameter(tensors["patch_embed.proj.weight"])
        self.bias = nn.Parameter(tensors["patch_embed.proj.bias"])

    def forward(self, inputs):
        is_picture = inputs.ndim == 4
        if not is_picture:
            inputs = inputs[:, None].expand(-1, 3, -1, -1)
        x = F.conv2d(inputs, self.weight, self.bias, stride=PATCH)
        positions = self._grid(*x.shape[2:]) if is_picture else self._row(1 + x.shape[2] * x.shape[3])
        x = x.flatten(2).transpose(1, 2)
        return torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1) + positions

    def _row(self, count):
        return F.interpolate(self.pos_embed.transpose(1, 2), count, mode="linear", align_corners=False).transpose(1, 2)

    def _grid(self, rows, columns):
        side = round((self.pos_embed.shape[1] - 1) ** 0.5)
        if (rows, columns) == (side, side):
            return self.pos_embed
        grid = self.pos_embed[:, 1:].transpose(1, 2).unflatten(2, (side, side))
        grid = F.interpolate(grid, (rows, columns), mode="bicubic", align_corners=False)
        return torch.cat([self.pos_embed[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)


def _linear(weight, bias):
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight, layer.bias = nn.Parameter(weight.clone()), nn.Parameter(bias.clone())
    return layer


def _norm(tensors, name):
    norm = nn.LayerNorm(tensors[f"{name}.weight"].shape, EPSILON)
    norm.load_state_dict({part: tensors[f"{name}.{part}"] for part in ["weight", "bias"]})
    return norm


class Layer(nn.Module):
    """The parts of a block, by names that the package transformers has for them; `Block` runs them."""

    def __init__(self, tensors, name):
        super().__init__()
        def linear(part):
            return _linear(tensors[f"{name}.{part}.weight"], tensors[f"{name}.{part}.bias"])

        joint = [tensors[f"{name}.attn.qkv.{part}"].chunk(3) for part in ["weight", "bias"]]
        self.attention = nn.Module()
        for part, weight, bias in zip(["q_proj", "k_proj", "v_proj"], *joint):
            setattr(self.attention, part, _linear(weight, bias))
        self.attention.o_proj = linear("attn.proj")
        self.layernorm_before, self.layernorm_after = _norm(tensors, f"{name}.norm1"), _norm(tensors, f"{name}.norm2")
        self.mlp = nn.Sequential(linear("mlp.fc1"), nn.GELU(), linear("mlp.fc2"))


class BuiltinTiny(nn.Module):
    """`builtin:tiny`, of `Sources/CWeights/tiny.safetensors` of avprep's sources."""

    def __init__(self, file):
        super().__init__()
        tensors = {name: value.float() for name, value in load_file(str(file)).items()}
        depth = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("blocks."))
        self.config = SimpleNamespace(model_type="vit", num_attention_heads=HEADS)
        self.embeddings = Embeddings(tensors)
        self.layers = nn.ModuleList(Layer(tensors, f"blocks.{number}") for number in range(depth))
        self.layernorm = _norm(tensors, "norm")
