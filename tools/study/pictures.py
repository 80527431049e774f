"""Draws objects on grounds: the visible half of the generated media that pretraining and the study share.

Only numpy. A canvas is [height, width, 3] float32 in 0...1; all that is drawn by chance comes from the generator that
is passed in, so that one seed gives one picture.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

COLOURS = {
    "red": (0.85, 0.16, 0.16), "orange": (0.93, 0.53, 0.13), "yellow": (0.90, 0.85, 0.20), "green": (0.18, 0.68, 0.25),
    "cyan": (0.15, 0.75, 0.78), "blue": (0.18, 0.30, 0.88), "violet": (0.58, 0.22, 0.80), "pink": (0.93, 0.50, 0.70),
    "white": (0.94, 0.94, 0.94), "black": (0.08, 0.08, 0.08)}
TEXTURES = ["plain", "stripes", "checks", "dots"]
GROUNDS = ["gradient", "blobs", "grain"]


def _star(points, inner):
    angles = np.pi * np.arange(2 * points) / points
    radii = np.where(np.arange(2 * points) % 2 == 0, 1, inner)
    return np.stack([radii * np.sin(angles), -radii * np.cos(angles)], 1)


# Corners in units of the object's radius, x to the right and y downwards.
POLYGONS = {
    "square": [(-.8, -.8), (.8, -.8), (.8, .8), (-.8, .8)],
    "triangle": [(0, -1), (.9, .75), (-.9, .75)],
    "cross": [(-.3, -1), (.3, -1), (.3, -.3), (1, -.3), (1, .3), (.3, .3), (.3, 1), (-.3, 1), (-.3, .3), (-1, .3),
              (-1, -.3), (-.3, -.3)],
    "star": _star(5, 0.42),
    "bar": [(-1, -.27), (1, -.27), (1, .27), (-1, .27)],
    "diamond": [(0, -1), (.55, 0), (0, 1), (-.55, 0)],
    "ell": [(-.65, -1), (-.1, -1), (-.1, .45), (.75, .45), (.75, 1), (-.65, 1)],
    "arrow": [(0, -1), (.8, -.1), (.28, -.1), (.28, 1), (-.28, 1), (-.28, -.1), (-.8, -.1)],
    "hexagon": [(np.cos(k * np.pi / 3), np.sin(k * np.pi / 3)) for k in range(6)],
    "zigzag": [(-1, -.75), (.3, -.75), (.3, .2), (1, .2), (1, .75), (-.3, .75), (-.3, -.2), (-1, -.2)],
}
SHAPES = ["disc", "ring", "crescent", *POLYGONS]
# Shapes that no turn makes equal to their mirror image.
CHIRAL = ["ell", "zigzag"]


@dataclass(frozen=True)
class Thing:
    """An object: where and how it is drawn.

    `x` and `y` are its centre in shares of the canvas, `size` its radius in shares of the canvas' shorter side.
    `rotation` turns shape and texture clockwise, in radians; `angle` turns the texture alone, 0 being upright stripes;
    `period` is that of the texture, in radii. `mirrored` exchanges left and right before anything is turned.
    """

    shape: str
    colour: tuple[float, float, float]
    texture: str = "plain"
    x: float = 0.5
    y: float = 0.5
    size: float = 0.3
    rotation: float = 0.0
    opacity: float = 1.0
    angle: float = 0.0
    period: float = 0.5
    mirrored: bool = False


def tint(generator: np.random.Generator, name: str, spread: float = 0.06) -> tuple[float, float, float]:
    """A colour near the one of this name."""
    return tuple(np.clip(np.array(COLOURS[name]) + generator.uniform(-spread, spread, 3), 0, 1).tolist())


def distance(shape: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How far points lie outside of a shape of radius 1 (inside: below 0)."""
    if shape == "disc":
        return np.hypot(x, y) - 0.95
    if shape == "ring":
        return np.abs(np.hypot(x, y) - 0.72) - 0.24
    if shape == "crescent":
        return np.maximum(np.hypot(x, y) - 1, 0.8 - np.hypot(x, y + 0.5))
    corners = np.asarray(POLYGONS[shape], np.float32)
    nearest, inside = np.full(x.shape, np.inf, np.float32), np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, 0), strict=True):
        ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
        along = np.clip((px * ex + py * ey) / (ex * ex + ey * ey), 0, 1)
        nearest = np.minimum(nearest, (px - along * ex) ** 2 + (py - along * ey) ** 2)
        if ey:
            inside ^= ((ay > y) != (by > y)) & (px < ex * py / ey)
    return np.sqrt(nearest) * np.where(inside, -1, 1)


REACH, CELLS = 1.3, 640


@cache
def _distances(shape):
    """Distances on a fine grid over ±REACH: much faster to look up than to compute for each object."""
    at = (np.arange(CELLS, dtype=np.float32) + 0.5) * (2 * REACH / CELLS) - REACH
    return distance(shape, *np.meshgrid(at, at)).astype(np.float32)


def _look_up(shape, x, y):
    column, row = (np.clip((at + REACH) * (CELLS / (2 * REACH)), 0, CELLS - 1).astype(np.int32) for at in (x, y))
    return _distances(shape)[row, column]


def _texture(thing, x, y, sharpness):
    """The share of the thing's own colour, 0 to 1; the rest is a darker or lighter one."""
    if thing.texture == "plain":
        return np.ones_like(x)
    u = (x * np.cos(thing.angle) + y * np.sin(thing.angle)) / thing.period
    v = (y * np.cos(thing.angle) - x * np.sin(thing.angle)) / thing.period
    if thing.texture == "stripes":
        wave = np.sin(2 * np.pi * u)
    elif thing.texture == "checks":
        wave = np.sin(2 * np.pi * u) * np.sin(2 * np.pi * v)
    else:
        wave = 0.3 - np.cos(2 * np.pi * u) * np.cos(2 * np.pi * v)
    # Edges as wide as a pixel: a wave's slope at zero is 2π for each period.
    return np.clip(0.5 + wave * sharpness * thing.period / (2 * np.pi), 0, 1)


def draw(canvas: np.ndarray, thing: Thing) -> None:
    """Draws one object over what is on the canvas, with soft edges."""
    height, width = canvas.shape[:2]
    radius = thing.size * min(height, width)
    centre_x, centre_y, reach = thing.x * width, thing.y * height, 1.25 * radius + 1
    left, right = max(0, int(centre_x - reach)), min(width, int(centre_x + reach) + 1)
    top, bottom = max(0, int(centre_y - reach)), min(height, int(centre_y + reach) + 1)
    if left >= right or top >= bottom:
        return
    x = (np.arange(left, right, dtype=np.float32)[None, :] + 0.5 - centre_x) / radius
    y = (np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5 - centre_y) / radius
    cos, sin = np.float32(np.cos(thing.rotation)), np.float32(np.sin(thing.rotation))
    x, y = x * cos + y * sin, y * cos - x * sin
    if thing.mirrored:
        x = -x
    cover = np.clip(0.5 - _look_up(thing.shape, x, y) * radius, 0, 1) * thing.opacity
    own = np.array(thing.colour, np.float32)
    other = own * 0.3 if own.mean() > 0.35 else own * 0.3 + 0.65
    share = _texture(thing, x, y, radius)[..., None]
    part = canvas[top:bottom, left:right]
    part += cover[..., None] * (other + share * (own - other) - part)


def ground(generator: np.random.Generator, height: int = 96, width: int = 128, kind: str | None = None) -> np.ndarray:
    """A new canvas with something dull on it: a gradient, blobs or coarse grain, drawn by chance where not named."""
    kind = kind or str(generator.choice(GROUNDS))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width, y / height
    canvas = np.empty((height, width, 3), np.float32)
    level = generator.uniform(0.25, 0.7)
    canvas[:] = level + generator.uniform(-0.07, 0.07, 3)
    if kind == "gradient":
        turn = generator.uniform(0, 2 * np.pi)
        slope = generator.uniform(0.1, 0.5) * (np.cos(turn) * (x - 0.5) + np.sin(turn) * (y - 0.5))
        canvas += slope[..., None] * generator.uniform(0.6, 1.2, 3).astype(np.float32)
    elif kind == "blobs":
        for _ in range(int(generator.integers(3, 8))):
            at_x, at_y, size = generator.uniform(0, 1), generator.uniform(0, 1), generator.uniform(0.1, 0.35)
            blob = np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / (2 * size * size))
            canvas += blob[..., None] * generator.uniform(-0.22, 0.22, 3).astype(np.float32)
    else:
        cell = int(generator.integers(3, 13))
        coarse = generator.normal(0, 0.09, (height // cell + 1, width // cell + 1, 1)).astype(np.float32)
        canvas += coarse.repeat(cell, 0).repeat(cell, 1)[:height, :width]
    return np.clip(canvas, 0, 1)


def finish(generator: np.random.Generator, canvas: np.ndarray, grain: float = 0.02) -> np.ndarray:
    """The canvas with a camera's grain, as bytes [height, width, 3]."""
    noisy = canvas + generator.standard_normal((*canvas.shape[:2], 1), np.float32) * np.float32(grain)
    return (np.clip(noisy, 0, 1) * 255 + 0.5).astype(np.uint8)
