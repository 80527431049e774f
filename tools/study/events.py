"""A data set in AVE's layout whose labels need, by design and in known shares, six different things.

    python tools/study/events.py OUT [--quick]

A clip of ten seconds has one event of seven to nine whole seconds with background around it. Of its fifteen
categories a factor has two or three, with as many clips of each:

    sound        3   a timbre; the picture is any object
    sight        3   a colour; the sound is any timbre
    together     2   p xor s: whether the colour is one of three (p) and the timbre one of three (s). No sum of what is
                     seen and what is heard tells it. Of the 36 pairs of a colour and a timbre nine are in test alone
    order        2   each second shows and sounds one of four symbols, in the cycle A B C D or A C B D from any start:
                     a second alone tells nothing, nor which symbols occur; which ones are neighbours does
    few seconds  3   seconds that look and sound alike, but for two that show which event it is
    early        2   stripes that lean to the right, or to the left, which is their mirror image: the backbone was
                     pretrained with mirrored pictures under equal labels, and its last states hardly tell them apart

Small objects, grounds, noise, places, sizes, shapes, colours, textures, pitches and levels are drawn independently of
labels, where they are not what a factor is about.
"""

import argparse
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pictures
import scenes
import sounds
from scenes import SECONDS, Scene, Voice

# What is drawn for test is drawn apart: it was first looked at when all settings were fixed.
SEEDS = {"train": 20261122, "val": 20261122, "test": 20261201}

# Of colour and timbre: the first value of the attribute, then the second.
COLOURS = (("red", "blue", "yellow"), ("green", "violet", "white"))
TIMBRES = (("chirp up", "buzz", "tremolo"), ("chirp down", "warble", "beeps"))
# Numbers of colour and timbre, in the order above: one or two of each row and column, two or three of each (p, s).
HELD_OUT = ((0, 0), (0, 3), (1, 1), (1, 4), (2, 5), (3, 2), (3, 4), (4, 0), (5, 3))

# What no other factor shows or sounds.
SOUND = ("hiss", "ticks", "bell")
SIGHT = ("orange", "cyan", "pink")
SYMBOLS = (("red", "low"), ("green", "middle"), ("blue", "high"), ("yellow", "very high"))
CYCLES = ((0, 1, 2, 3), (0, 2, 1, 3))
FEW = (("stripes", "low"), ("checks", "middle"), ("dots", "high"))
# Radians from upright, more than what an event's rotation and each second's share can take away.
LEAN = 0.35

CATEGORIES = {
    "sound": [f"Sound of {timbre}" for timbre in SOUND],
    "sight": [f"Sight of {colour}" for colour in SIGHT],
    "together": ["Colour and timbre of one kind", "Colour and timbre of two kinds"],
    "order": ["Cycle A B C D", "Cycle A C B D"],
    "few seconds": [f"Disc with {texture}" for texture, _ in FEW],
    "early": ["Stripes to the right", "Stripes to the left"],
}
# Clips of each factor, by split: in training, more of what is harder. Test has as many of "together" again, of pairs
# that are held out.
Sizes = dict[str, dict[str, int]]
SIZES: Sizes = {
    "train": {"sound": 15, "sight": 15, "together": 160, "order": 120, "few seconds": 60, "early": 120},
    "val": dict.fromkeys(CATEGORIES, 12), "test": dict.fromkeys(CATEGORIES, 30)}
QUICK: Sizes = {
    "train": dict.fromkeys(CATEGORIES, 12), "val": dict.fromkeys(CATEGORIES, 6), "test": dict.fromkeys(CATEGORIES, 12)}


def pairs(p: int, s: int, held_out: bool) -> list[tuple[str, str]]:
    """Colours of p with timbres of s that are seen in training, or that are not."""
    return [
        (COLOURS[p][i], TIMBRES[s][j]) for i, j in itertools.product(range(3), range(3))
        if ((3 * p + i, 3 * s + j) in HELD_OUT) == held_out]


class Clip:
    """One clip: its labels, and what is drawn by chance in a fixed order."""

    def __init__(self, number: int, split: str, factor: str, label: int, turn: int, held_out: bool = False):
        self.split, self.factor, self.label, self.held_out = split, factor, label, held_out
        generator = np.random.default_rng([SEEDS[split], number])
        self.scene = Scene(f"event{number:04d}", SEEDS[split] + number)
        scenes.clutter(generator, self.scene)
        length = int(generator.integers(7, 10))
        self.start = int(generator.integers(0, SECONDS - length + 1))
        self.end = self.start + length
        # `turn` counts the clips of a category, so that p has both values equally often for each label.
        self.attributes: dict[str, object] = {}
        self.generator, self.turn = generator, turn
        base_x, base_y, loudness = generator.uniform(0.35, 0.65), generator.uniform(0.38, 0.62), scenes.level(
            generator, 0.04, 0.15)
        for second, look, voice in zip(range(self.start, self.end), *self.event(length), strict=True):
            look = {
                "shape": self._any(pictures.SHAPES), "colour": self._any(itertools.chain(*COLOURS)),
                "texture": self._any(pictures.TEXTURES), "angle": generator.uniform(0, np.pi)} | look
            timbre, band = voice
            self.scene.things[second].append(pictures.Thing(
                look["shape"], scenes.colour(generator, look["colour"]), look["texture"],
                x=base_x + generator.uniform(-0.08, 0.08), y=base_y + generator.uniform(-0.08, 0.08),
                size=generator.uniform(0.27, 0.38), rotation=generator.uniform(-0.2, 0.2), angle=look["angle"],
                period=generator.uniform(0.35, 0.6)))
            self.scene.voices[second].append(Voice(timbre, sounds.pitch(generator, band), loudness))

    @property
    def category(self) -> str:
        return CATEGORIES[self.factor][self.label]

    def _any(self, of) -> str:
        return str(self.generator.choice(list(of)))

    def event(self, length: int) -> tuple[list[dict], list[tuple[str, str]]]:
        """What is seen and heard in each second of the event."""
        return getattr(self, "_" + self.factor.replace(" ", "_"))(length)

    def _sound(self, length):
        return [{}] * length, [(SOUND[self.label], self._any(sounds.PITCHES))] * length

    def _sight(self, length):
        voice = (self._any(itertools.chain(*TIMBRES)), self._any(sounds.PITCHES))
        return [{"colour": SIGHT[self.label]}] * length, [voice] * length

    def _together(self, length):
        p = self.turn % 2
        s = p ^ self.label
        allowed = pairs(p, s, self.held_out)
        drawn = [allowed[int(self.generator.integers(len(allowed)))] for _ in range(length)]
        band = self._any(sounds.PITCHES)
        self.attributes = {"p": p, "s": s, "pairs": [list(pair) for pair in drawn]}
        return [{"colour": colour} for colour, _ in drawn], [(timbre, band) for _, timbre in drawn]

    def _order(self, length):
        cycle, start = CYCLES[self.label], int(self.generator.integers(4))
        symbols = [SYMBOLS[cycle[(start + k) % 4]] for k in range(length)]
        self.attributes = {"symbols": [cycle[(start + k) % 4] for k in range(length)]}
        return [{"colour": colour} for colour, _ in symbols], [("harmonic", band) for _, band in symbols]

    def _few_seconds(self, length):
        telling = sorted(int(k) for k in self.generator.choice(length, 2, replace=False))
        texture, band = FEW[self.label]
        self.attributes = {"telling": [self.start + k for k in telling]}
        return ([{"shape": "disc", "texture": texture if k in telling else "plain"} for k in range(length)],
                [("drone", band) if k in telling else ("rumble", "low") for k in range(length)])

    def _early(self, length):
        lean = LEAN if self.label == 0 else -LEAN
        looks = [{"shape": "disc", "texture": "stripes", "angle": lean + self.generator.uniform(-0.1, 0.1)}
                 for _ in range(length)]
        return looks, [("tone", self._any(sounds.PITCHES))] * length


def plan(sizes: Sizes = SIZES) -> Iterator[Clip]:
    """All clips, train first."""
    number = itertools.count()
    for split, counts in sizes.items():
        for factor, categories in CATEGORIES.items():
            for turn in range(counts[factor]):
                yield Clip(next(number), split, factor, turn % len(categories), turn // len(categories))
        if split == "test":
            for turn in range(counts["together"]):
                yield Clip(next(number), split, "together", turn % 2, turn // 2, held_out=True)


def annotate(out: Path, clips: list[Clip]) -> None:
    """Writes AVE's files, the manifest, and beside them what each clip is about."""
    lines = {clip.scene.id: f"{clip.category}&{clip.scene.id}&good&{clip.start}&{clip.end}\n" for clip in clips}
    (out / "Annotations.txt").write_text("Category&VideoID&Quality&StartTime&EndTime\n" + "".join(lines.values()))
    counts = {}
    for split in SIZES:
        own = [lines[clip.scene.id] for clip in clips if clip.split == split]
        (out / f"{split}Set.txt").write_text("".join(own))
        counts[split] = len(own)
    (out / "dataset.yaml").write_text(
        "name: study-events\nreader: AVE\nannotations: Annotations.txt\nmedia: AVE/{id}.mp4\n"
        "splits: {train: trainSet.txt, val: valSet.txt, test: testSet.txt}\nsegments: 10\nsegmentDuration: 1\n"
        f"expect: {{{', '.join(f'{split}: {count}' for split, count in counts.items())}}}\n")
    with (out / "factors.jsonl").open("w") as file:
        for clip in clips:
            file.write(json.dumps({
                "clip": clip.scene.id, "split": clip.split, "factor": clip.factor, "category": clip.category,
                "start": clip.start, "end": clip.end, "held_out": clip.held_out, **clip.attributes}) + "\n")


def build(out: Path, quick: bool = False) -> None:
    sizes = QUICK if quick else SIZES
    clips = list(plan(sizes))
    scenes.build(
        out, "AVE", [clip.scene for clip in clips], lambda folder: annotate(folder, clips),
        {"generator": "tools/study/events.py", "seeds": SEEDS, "clips of each factor": sizes})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    build(arguments.out, arguments.quick)
