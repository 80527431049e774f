"""What the network is taught, and how well it does: heads on its tokens that are dropped afterwards."""

import numpy as np
import pictures
import pretraining_media as media
import sounds
import torch
from torch import nn
from torch.nn import functional as F
from vit import WIDTH

# Numbers of classes. One of several: of the main thing or sound, -1 where there is none; "patch …": of each patch.
CHOICES = {
    "visual": {"count": 4, "shape": len(pictures.SHAPES), "colour": len(media.COLOURS),
               "texture": len(pictures.TEXTURES), "place": 9},
    "audio": {"sounds": 4, "timbre": len(media.TIMBRES), "pitch": len(media.BANDS),
              "envelope": len(sounds.ENVELOPES)}}
PRESENCES = {
    "visual": {"shapes": len(pictures.SHAPES), "colours": len(media.COLOURS)},
    "audio": {"timbres": len(media.TIMBRES)}}
PATCHES = {
    "visual": {"patch shapes": len(pictures.SHAPES) + 1, "patch colours": len(media.COLOURS) + 1}, "audio": {}}

# Of losses that do not count once.
WEIGHTS = {"shape": 3, "patch shapes": 3, "mask": 4}


def targets(rows: list[dict], kind: str) -> dict[str, torch.Tensor]:
    """The labels of seconds as tensors."""
    found = {name: torch.tensor([row[name] for row in rows]) for name in [*CHOICES[kind], *PATCHES[kind]]}
    for name, count in PRESENCES[kind].items():
        present = np.zeros((len(rows), count), np.float32)
        for number, row in enumerate(rows):
            present[number, row[name]] = 1
        found[name] = torch.from_numpy(present)
    if kind == "visual":
        found["mask"] = mask(rows)
    return found


def mask(rows: list[dict]) -> torch.Tensor:
    """Which cells of each patch show something, [seconds, patches, 16]."""
    bits = np.unpackbits(np.frombuffer(bytes.fromhex("".join(row["mask"] for row in rows)), np.uint8))
    return _by_patch(torch.from_numpy(bits.astype(np.float32)).unflatten(0, (-1, media.CELLS, media.CELLS)))


def _by_patch(cells):
    side = media.CELLS // media.GRID
    return F.unfold(cells[:, None], side, stride=side).transpose(1, 2)


def mirror(frames: torch.Tensor, labels: dict[str, torch.Tensor], chosen: torch.Tensor):
    """Mirrors the chosen pictures [batch, height, width, 3]; of the labels only those of places go along."""
    def either(flipped, straight):
        return torch.where(chosen.view(-1, *[1] * (straight.ndim - 1)), flipped, straight)

    side, place = media.CELLS // media.GRID, labels["place"]
    cells = F.fold(labels["mask"].transpose(1, 2), media.CELLS, side, stride=side)[:, 0]
    swapped = labels | {
        "place": torch.where(chosen & (place >= 0), place + 2 - 2 * (place % 3), place),
        "mask": either(_by_patch(cells.flip(2)), labels["mask"])}
    for name in PATCHES["visual"]:
        grid = labels[name].unflatten(1, (media.GRID, media.GRID))
        swapped[name] = either(grid.flip(2), grid).flatten(1)
    return either(frames.flip(2), frames), swapped


class Heads(nn.Module):
    """Linear maps from the class token, and for labels of patches from their own tokens."""

    def __init__(self, kind: str):
        super().__init__()
        self.kind = kind
        sizes = {**CHOICES[kind], **PRESENCES[kind], **PATCHES[kind]}
        if kind == "visual":
            # Where things end tells their shapes, and is found within a patch: this is what is learned first.
            sizes["mask"] = (media.CELLS // media.GRID) ** 2
        self.maps = nn.ModuleDict({name: nn.Linear(WIDTH, size) for name, size in sizes.items()})
        # What is present is also to be read from the patches, since most methods pool these.
        self.pooled = nn.ModuleDict({name: nn.Linear(WIDTH, size) for name, size in PRESENCES[kind].items()})

    def loss(self, x: torch.Tensor, labels: dict[str, torch.Tensor]) -> torch.Tensor:
        """The sum of all losses, of normalised tokens [batch, 1 + patches, WIDTH]."""
        total = torch.zeros(())
        for name in CHOICES[self.kind]:
            scores, known = self.maps[name](x[:, 0]), (labels[name] >= 0).sum().clamp(min=1)
            loss = F.cross_entropy(scores, labels[name], ignore_index=-1, reduction="sum") / known
            total = total + WEIGHTS.get(name, 1) * loss
        for name, size in PRESENCES[self.kind].items():
            for scores in (self.maps[name](x[:, 0]), self.pooled[name](x[:, 1:].mean(1))):
                total = total + size / 4 * F.binary_cross_entropy_with_logits(scores, labels[name])
        for name in PATCHES[self.kind]:
            loss = F.cross_entropy(self.maps[name](x[:, 1:]).flatten(0, 1), labels[name].flatten())
            total = total + WEIGHTS.get(name, 1) * loss
        if "mask" in labels:
            scores = self.maps["mask"](x[:, 1:])
            total = total + WEIGHTS["mask"] * F.binary_cross_entropy_with_logits(scores, labels["mask"])
        return total

    def right(self, x: torch.Tensor, labels: dict[str, torch.Tensor]) -> dict[str, tuple[int, int]]:
        """How many are right, of how many; of patches those count that show something."""
        counts = {}
        for name in [*CHOICES[self.kind], *PATCHES[self.kind]]:
            known = labels[name] > 0 if name in PATCHES[self.kind] else labels[name] >= 0
            best = self.maps[name](x[:, 1:] if name in PATCHES[self.kind] else x[:, 0]).argmax(-1)
            counts[name] = (int((best == labels[name])[known].sum()), int(known.sum()))
        for name in PRESENCES[self.kind]:
            # Whether the set that is found is the set that is there.
            best = (self.maps[name](x[:, 0]) > 0) == (labels[name] > 0)
            counts[name] = (int(best.all(1).sum()), len(best))
        if "mask" in labels:
            best = (self.maps["mask"](x[:, 1:]) > 0) == (labels["mask"] > 0)
            counts["mask"] = (int(best.sum()), best.numel())
        return counts
