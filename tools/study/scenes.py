"""Scenes, second by second, and the clips that they become: what both data sets of the study are made of."""

import hashlib
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import clips
import numpy as np
import pictures
import sounds

SECONDS = 10
HEIGHT, WIDTH = 96, 128
FPS = 2


@dataclass(frozen=True)
class Voice:
    """A sound of one second."""

    timbre: str
    hertz: float
    level: float


@dataclass
class Scene:
    """What is seen and heard in each second of a clip; things are drawn in their order."""

    id: str
    seed: int
    things: list[list[pictures.Thing]] = field(default_factory=lambda: [[] for _ in range(SECONDS)])
    voices: list[list[Voice]] = field(default_factory=lambda: [[] for _ in range(SECONDS)])


def clutter(generator: np.random.Generator, scene: Scene) -> None:
    """Small objects of any shape and faint pings, which say nothing of the label."""
    for second in range(SECONDS):
        for _ in range(int(generator.integers(0, 3))):
            scene.things[second].append(pictures.Thing(
                str(generator.choice(pictures.SHAPES)), colour(generator), str(generator.choice(pictures.TEXTURES)),
                x=generator.uniform(0, 1), y=generator.uniform(0, 1), size=generator.uniform(0.06, 0.1),
                rotation=generator.uniform(0, 2 * np.pi), opacity=generator.uniform(0.5, 1)))
        if generator.uniform() < 0.3:
            hertz = float(np.exp(generator.uniform(np.log(200), np.log(3000))))
            scene.voices[second].append(Voice("tone", hertz, generator.uniform(0.003, 0.01)))


def colour(generator: np.random.Generator, name: str | None = None) -> tuple[float, float, float]:
    """A shade of a colour, of any where none is named."""
    return pictures.tint(generator, name or str(generator.choice(list(pictures.COLOURS))))


def level(generator: np.random.Generator, low: float, high: float) -> float:
    """A loudness between two, evenly in decibels."""
    return float(np.exp(generator.uniform(np.log(low), np.log(high))))


def frames(scene: Scene) -> list[np.ndarray]:
    """The pictures of a scene: one ground throughout, what lies on it new in each second."""
    generator = np.random.default_rng([scene.seed, 1])
    ground = pictures.ground(generator, HEIGHT, WIDTH)
    grain = generator.uniform(0.01, 0.05)
    drawn = []
    for things in scene.things:
        canvas = ground.copy()
        for thing in things:
            pictures.draw(canvas, thing)
        drawn += [pictures.finish(generator, canvas, grain) for _ in range(FPS)]
    return drawn


def waveform(scene: Scene) -> np.ndarray:
    """The sound of a scene: a bed of noise throughout, and each second's voices."""
    generator = np.random.default_rng([scene.seed, 2])
    wave = sounds.bed(generator, SECONDS, level(generator, 0.002, 0.015))
    for second, voices in enumerate(scene.voices):
        part = wave[second * sounds.RATE:(second + 1) * sounds.RATE]
        for voice in voices:
            part += sounds.sound(generator, voice.timbre, voice.hertz, voice.level)
    return wave


def render(job: tuple[Scene, Path]) -> None:
    scene, folder = job
    clips.write(folder / f"{scene.id}.mp4", frames(scene), waveform(scene), FPS)


def build(
    out: Path, media: str, scenes: Sequence[Scene], annotate: Callable[[Path], None], recipe: dict
) -> None:
    """Writes a data set: annotations, and scenes as clips in its folder `media`.

    It has its name when it is complete. One that is complete, and of the same scenes drawn by the same code, is left
    as it is.
    """
    digest = hashlib.sha256(repr(scenes).encode())
    for module in (clips, pictures, sounds):
        digest.update(Path(module.__file__).read_bytes())
    digest.update(Path(__file__).read_bytes())
    note = out / "made-by.json"
    text = json.dumps(recipe | {"digest": digest.hexdigest()}, indent=1) + "\n"
    if note.exists() and note.read_text() == text:
        return
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / media).mkdir(parents=True)
    annotate(partial)
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for _ in pool.imap_unordered(render, [(scene, partial / media) for scene in scenes], chunksize=4):
            pass
    (partial / note.name).write_text(text)
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)
