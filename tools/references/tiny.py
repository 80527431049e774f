#!/usr/bin/env python3
"""Writes the token states that timm computes with the committed weights of builtin:tiny.

    venv/bin/python tools/references/tiny.py Tests/References [--seed N]

tiny-states.safetensors, under the folder `builtin:tiny`, with the names that vision.py has:

    rgb           u8  [1, 96, 96, 3]    a picture of the size that positions were learned for
    resized_rgb   u8  [1, 48, 64, 3]    its positions are resized as transformers does, bicubic without antialiasing
    audio_logmel  f32 [1, 38, 64]       repeated to three channels; positions are resized in a row, as vit.py tells
    PREFIXblock_00 … PREFIXblock_06, PREFIXfinal   f32 [1, N, 160]
"""

import argparse
from pathlib import Path

import cpu_torch  # noqa: F401, before timm
import safetensors.torch
import timm
import torch
import torch.nn.functional as F

SIDE, PATCH, DEPTH, WIDTH, HEADS = 96, 16, 6, 160, 5
WEIGHTS = Path(__file__).resolve().parents[2] / "Sources" / "CWeights" / "tiny.safetensors"


def load():
    model = timm.create_model(
        "vit_tiny_patch16_224", img_size=SIDE, embed_dim=WIDTH, depth=DEPTH, num_heads=HEADS, num_classes=0)
    halves = safetensors.torch.load_file(WEIGHTS)
    model.load_state_dict({name: value.float() for name, value in halves.items()})
    return model.eval()


def grid_positions(model, rows, columns):
    side = SIDE // PATCH
    grid = model.pos_embed[:, 1:].mT.unflatten(2, (side, side))
    grid = F.interpolate(grid, (rows, columns), mode="bicubic", align_corners=False)
    return torch.cat([model.pos_embed[:, :1], grid.flatten(2).mT], 1)


def row_positions(model, rows, columns):
    return F.interpolate(model.pos_embed.mT, 1 + rows * columns, mode="linear", align_corners=False).mT


def states(model, pictures, positions):
    patches = model.patch_embed.proj(pictures)
    x = torch.cat([model.cls_token.expand(len(pictures), 1, WIDTH), patches.flatten(2).mT], 1)
    found = [x + positions(model, *patches.shape[2:])]
    for block in model.blocks:
        found.append(block(found[-1]))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    generator = torch.Generator().manual_seed(20261122 + options.seed)
    model, tensors = load(), {}

    def keep(prefix, pictures, positions):
        with torch.no_grad():
            found = states(model, pictures, positions)
            named = {f"block_{layer:02}": state for layer, state in enumerate(found)} | {"final": model.norm(found[-1])}
        tensors.update({f"builtin:tiny/{prefix}{name}": state.contiguous() for name, state in named.items()})

    for prefix, size, positions in [("", (SIDE, SIDE), lambda model, *_: model.pos_embed),
                                    ("resized_", (48, 64), grid_positions)]:
        rgb = torch.randint(0, 256, (1, *size, 3), generator=generator, dtype=torch.uint8)
        tensors[f"builtin:tiny/{prefix}rgb"] = rgb
        keep(prefix, (rgb.permute(0, 3, 1, 2) / 255 - 0.5) / 0.5, positions)
    logmel = torch.randn(1, 38, 64, generator=generator)
    tensors["builtin:tiny/audio_logmel"] = logmel
    keep("audio_", logmel[:, None].expand(-1, 3, -1, -1), row_positions)
    safetensors.torch.save_file(
        tensors, options.root / "tiny-states.safetensors",
        metadata={"written_by": f"tools/references/tiny.py with torch {torch.__version__}, timm {timm.__version__}"})


if __name__ == "__main__":
    main()
