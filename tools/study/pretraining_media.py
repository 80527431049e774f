"""The media of the pretraining: clips whose every second is another scene and another sound, with all labels known.

Things and textures are mirrored by chance and no label tells it, so that what is learned ignores chirality.
"""

import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import clips
import numpy as np
import pictures
import sounds

HEIGHT, WIDTH, FPS = 96, 128, 2
COLOURS, TIMBRES, BANDS = list(pictures.COLOURS), list(sounds.TIMBRES), list(sounds.PITCHES)
GRID = 6  # Patches along a side of the network's picture.
CELLS = 4 * GRID  # Along a side of the mask.


def _place(generator, placed, size):
    """A centre at which a thing overlaps little with those before it; the last one tried if there is none."""
    for _ in range(20):
        x, y = generator.uniform(0.12, 0.88), generator.uniform(0.15, 0.85)
        gaps = [np.hypot((x - t.x) * WIDTH, (y - t.y) * HEIGHT) / HEIGHT - 0.9 * (size + t.size) for t in placed]
        if all(gap > 0 for gap in gaps):
            break
    return float(x), float(y)


def scene(generator, hardness=1.0):
    """A canvas of none to three things and its labels; of several the first is the largest by far.

    Where `hardness`, 0 to 1, is small there is one large, plain, upright thing in the middle of an even ground.
    """
    canvas, mask = pictures.ground(generator, HEIGHT, WIDTH), np.zeros((HEIGHT, WIDTH, 3), np.float32)
    canvas = hardness * canvas + (1 - hardness) * canvas.mean((0, 1))
    things, size = [], 0.0
    count = generator.choice(4, p=[0.05, 0.45, 0.3, 0.2])
    for number in range(count if hardness > 0.7 else 1):
        size = generator.uniform(0.15, 0.4) if number == 0 else things[0].size * generator.uniform(0.45, 0.75)
        size = max(float(0.36 + hardness * (size - 0.36)), 0.1)
        x, y = (0.5 + hardness * (at - 0.5) for at in _place(generator, things, size))
        turn = generator.uniform(-np.pi, np.pi) if generator.random() < 0.3 else generator.normal(0, 0.15)
        thing = pictures.Thing(
            str(generator.choice(pictures.SHAPES)), pictures.tint(generator, str(generator.choice(COLOURS))),
            str(generator.choice(pictures.TEXTURES)), x, y, size, float(turn) * hardness,
            float(generator.uniform(0.75, 1)), float(generator.uniform(-np.pi / 2, np.pi / 2)),
            float(generator.uniform(0.35, 0.7)), bool(generator.random() < 0.5))
        if hardness < 1 and generator.random() > hardness:
            thing = replace(thing, texture="plain")
        things.append(thing)
        pictures.draw(canvas, thing)
        pictures.draw(mask, replace(thing, colour=(1.0, 1.0, 1.0), texture="plain", opacity=1.0))
    return canvas, {**_picture_labels(things), "mask": _cells(mask)}


def _cells(mask):
    """Whether there is a thing in the middle of each cell, as hexadecimal digits."""
    rows, columns = ((np.arange(CELLS) + 0.5) / CELLS * extent for extent in (HEIGHT, WIDTH))
    return np.packbits(mask[rows.astype(int)][:, columns.astype(int), 0] > 0.5).tobytes().hex()


def _nearest_colour(thing):
    return int(np.argmin([np.abs(np.array(pictures.COLOURS[name]) - thing.colour).sum() for name in COLOURS]))


def _picture_labels(things):
    """Of the main thing, of all, and of each patch: 0 where there is nothing, or one more than the number."""
    known = [(pictures.SHAPES.index(t.shape), _nearest_colour(t), pictures.TEXTURES.index(t.texture)) for t in things]
    y, x = (np.mgrid[0:GRID, 0:GRID] + 0.5) / GRID
    patch_shapes, patch_colours = np.zeros((GRID, GRID), int), np.zeros((GRID, GRID), int)
    for thing, (shape, colour, _) in zip(things, known, strict=True):
        covered = np.hypot((x - thing.x) * WIDTH, (y - thing.y) * HEIGHT) < 0.95 * thing.size * HEIGHT
        patch_shapes[covered], patch_colours[covered] = shape + 1, colour + 1
    main = known[0] if known else (-1, -1, -1)
    place = int(things[0].y * 3) * 3 + int(things[0].x * 3) if things else -1
    return {
        "count": len(things), "shape": main[0], "colour": main[1], "texture": main[2], "place": place,
        "shapes": [k[0] for k in known], "colours": [k[1] for k in known],
        "patch shapes": patch_shapes.ravel().tolist(), "patch colours": patch_colours.ravel().tolist()}


def noise(generator):
    """A second of none to three sounds and its labels; of several the first is the loudest by far."""
    wave = np.zeros(sounds.RATE, np.float32)
    count = int(generator.choice(4, p=[0.08, 0.52, 0.28, 0.12]))
    timbres = generator.choice(len(TIMBRES), count, replace=False).tolist()
    main, level = (-1, -1), 0.0
    for number, timbre in enumerate(timbres):
        band, envelope = int(generator.integers(len(BANDS))), int(generator.integers(len(sounds.ENVELOPES)))
        if number == 0:
            level, main = float(np.exp(generator.uniform(np.log(0.03), np.log(0.2)))), (band, envelope)
        wave += sounds.sound(
            generator, TIMBRES[timbre], sounds.pitch(generator, BANDS[band]),
            level * (1 if number == 0 else generator.uniform(0.3, 0.65)), envelope=sounds.ENVELOPES[envelope])
    return wave, {
        "sounds": count, "timbre": timbres[0] if timbres else -1, "pitch": main[0], "envelope": main[1],
        "timbres": timbres}


def make_clip(folder: Path, seconds: int, number: int) -> list[dict]:
    """Writes a clip of so many scenes and returns the labels of its seconds."""
    generator = np.random.default_rng([2026, number])
    grain, frames, waves, labels = generator.uniform(0.005, 0.05), [], [], []
    for _ in range(seconds):
        canvas, seen = scene(generator)
        frames += [pictures.finish(generator, canvas, grain) for _ in range(FPS)]
        wave, heard = noise(generator)
        waves.append(wave)
        labels.append({**seen, **heard})
    bed = sounds.bed(generator, seconds, generator.uniform(0.001, 0.02))
    clips.write(folder / f"{number:04}.mp4", frames, np.concatenate(waves) + bed, FPS)
    return labels


def make(folder: Path, count: int, seconds: int) -> dict[str, list[dict]]:
    """All clips, as a data set of the reader `folder`, and their labels; nothing is done again that is complete."""
    if not (folder / "labels.json").exists():
        (folder / "clips").mkdir(parents=True, exist_ok=True)
        (folder / "dataset.yaml").write_text(
            "name: pretraining\nreader: folder\nmedia: \"clips/{id}\"\n"
            f"segments: {seconds}\nsegmentDuration: 1\nvaryingLengths: true\n")
        with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            labels = list(pool.map(partial(make_clip, folder / "clips", seconds), range(count)))
        (folder / "labels.json").write_text(json.dumps({f"{k:04}": rows for k, rows in enumerate(labels)}))
    return json.loads((folder / "labels.json").read_text())
