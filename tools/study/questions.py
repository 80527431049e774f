"""A data set in MUSIC-AVQA's layout: scenes of sounding objects, and questions of all its nine types.

    python tools/study/questions.py OUT [--quick]

A clip of ten seconds shows one to three instruments at the left, in the middle or at the right; in a third of the
clips another one is heard and not seen. Each has a shape, a colour and a timbre of its own, which train shows alone and
together.
An instrument sounds in one interval of whole seconds, or not at all, and sways while it does; some silent ones sway,
too. Questions are those templates of MUSIC-AVQA that such scenes can answer, in its words. Which of the possible
questions are asked is chosen so that answers to each are as even as they can be.
"""

import argparse
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pictures
import scenes
import sounds
from scenes import SECONDS, Scene, Voice

SEED = 20261123

# By name: shape, colour, timbre, band of pitch.
INSTRUMENTS = {
    "violin": ("crescent", "orange", "tremolo", "middle"), "flute": ("bar", "cyan", "warble", "high"),
    "piano": ("square", "white", "bell", "middle"), "drum": ("disc", "red", "ticks", "low"),
    "tuba": ("triangle", "yellow", "buzz", "low"), "ukulele": ("star", "green", "chirp up", "middle")}
PLACES = {"left": 0.19, "middle": 0.5, "right": 0.81}
LEVELS = (0.035, 0.08, 0.18, 0.05)
NUMBERS = ("zero", "one", "two", "three", "four")
ORDINALS = ("first", "second", "third")

CLIPS = {"train": 120, "val": 30, "test": 80}
QUICK = {"train": 40, "val": 12, "test": 24}
PER_CLIP = (5, 7)

Question = tuple[str, str, tuple[str, ...], str]
"""Type, template, values of its placeholders, answer."""


@dataclass(frozen=True)
class Part:
    """One instrument of a scene: its place, or none where it is only heard; when it sounds, in seconds from a start to
    an end, which are equal if it never does; and how loudly."""

    name: str
    place: str | None
    start: int
    end: int
    level: float
    sways: bool

    @property
    def is_sounding(self) -> bool:
        return self.end > self.start

    def sounds_at(self, second: int) -> bool:
        return self.start <= second < self.end


def draw_parts(generator: np.random.Generator) -> list[Part]:
    """Instruments of a scene, of which one sounds at least."""
    seen = int(generator.integers(1, 4))
    hidden = int(generator.uniform() < 0.33)
    names = [str(name) for name in generator.permutation(list(INSTRUMENTS))[:seen + hidden]]
    places = [str(place) for place in generator.permutation(list(PLACES))[:seen]] + [None] * hidden
    levels = generator.permutation(LEVELS)
    parts = []
    for index, (name, place) in enumerate(zip(names, places, strict=True)):
        silent = place is not None and index > 0 and generator.uniform() < 0.3
        if silent:
            start, end = 0, 0
        elif generator.uniform() < 0.3:
            start, end = 0, SECONDS
        else:
            start = int(generator.integers(0, 6))
            end = int(generator.integers(start + 3, SECONDS + 1))
        parts.append(Part(name, place, start, end, float(levels[index]),
                          sways=end > start or generator.uniform() < 0.3))
    return parts


def scene(number: int, parts: list[Part]) -> Scene:
    """How a scene looks and sounds."""
    generator = np.random.default_rng([SEED, number, 1])
    scene = Scene(f"{number:08d}", SEED + number)
    scenes.clutter(generator, scene)
    for part in parts:
        shape, colour, timbre, band = INSTRUMENTS[part.name]
        hertz = sounds.pitch(generator, band)
        paint, texture = scenes.colour(generator, colour), str(generator.choice(pictures.TEXTURES))
        size, y, turn = generator.uniform(0.17, 0.22), generator.uniform(0.35, 0.65), generator.uniform(-0.15, 0.15)
        for second in range(SECONDS):
            swaying = part.sways and (part.sounds_at(second) or not part.is_sounding)
            if part.place:
                x = PLACES[part.place] + generator.uniform(-0.03, 0.03)
                sway = generator.uniform(-0.45, 0.45) if swaying else 0
                scene.things[second].append(pictures.Thing(
                    shape, paint, texture, x=x, y=y + (generator.uniform(-0.06, 0.06) if swaying else 0), size=size,
                    rotation=turn + sway))
            if part.sounds_at(second):
                scene.voices[second].append(Voice(timbre, hertz, part.level))
    return scene


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def candidates(parts: list[Part]) -> Iterator[Question]:
    """Every question that a scene answers without doubt."""
    seen = [part for part in parts if part.place]
    heard = [part for part in parts if part.is_sounding]
    both = [part for part in seen if part.is_sounding]
    names_seen, names_heard = {part.name for part in seen}, {part.name for part in heard}

    yield "Audio Counting", "How many musical instruments were heard throughout the video?", (), NUMBERS[len(heard)]
    for name in INSTRUMENTS:
        yield "Audio Counting", "Is there a <Object> sound?", (name,), _yes(name in names_heard)
        yield "Visual Counting", "Is there a <Object> in the entire video?", (name,), _yes(name in names_seen)
    for a, b in itertools.permutations(heard, 2):
        values = (a.name, b.name)
        if max(a.level, b.level) > 1.9 * min(a.level, b.level):
            yield "Audio Comparative", "Is the <Object> louder than the <Object>?", values, _yes(a.level > b.level)
        longer = (a.end - a.start) - (b.end - b.start)
        if abs(longer) >= 3:
            yield "Audio Comparative", "Is the <Object> playing longer than the <Object>?", values, _yes(longer > 0)

    types = "How many types of musical instruments appeared in the entire video?"
    yield "Visual Counting", types, (), NUMBERS[len(seen)]
    order = sorted(seen, key=lambda part: PLACES[part.place])
    if len(seen) > 1:
        kind = "What kind of instrument is the <LRer> instrument? "
        yield "Visual Location", kind, ("leftest",), order[0].name
        yield "Visual Location", kind, ("rightest",), order[-1].name
        beside = "What is the instrument on the <LR> of <Object>?"
        for left, right in itertools.pairwise(order):
            yield "Visual Location", beside, ("left", right.name), left.name
            yield "Visual Location", beside, ("right", left.name), right.name
    else:
        yield "Visual Location", "What kind of musical instrument is it?", (), seen[0].name

    yield "Audio-Visual Existential", "Is there a voiceover?", (), _yes(len(both) < len(heard))
    for part in both:
        always = "Is the <Object> in the video always playing?"
        yield "Audio-Visual Existential", always, (part.name,), _yes(part.end - part.start == SECONDS)
    yield "Audio-Visual Counting", "How many instruments are sounding in the video?", (), NUMBERS[len(both)]
    silent = "How many instruments in the video did not sound from beginning to end?"
    yield "Audio-Visual Counting", silent, (), NUMBERS[len(seen) - len(both)]

    if len(both) > 1:
        levels = sorted(both, key=lambda part: part.level)
        if levels[-1].level > 1.9 * levels[-2].level:
            yield "Audio-Visual Location", "Where is the <LL> instrument?", ("loudest",), levels[-1].place
        if levels[1].level > 1.9 * levels[0].level:
            yield "Audio-Visual Location", "Where is the <LL> instrument?", ("lowest",), levels[0].place
        louder = "Is the instrument on the <LR> louder than the instrument on the <LR>?"
        for a, b in itertools.permutations(both, 2):
            if max(a.level, b.level) > 1.9 * min(a.level, b.level):
                yield "Audio-Visual Comparative", louder, (a.place, b.place), _yes(a.level > b.level)
        starts = sorted(both, key=lambda part: part.start)
        if starts[1].start - starts[0].start >= 2:
            first = starts[0]
            yield "Audio-Visual Temporal", "Where is the <FL> sounding instrument?", ("first",), first.place
            for part in seen:
                coming = "Is the <FL> sound coming from the <LR> instrument?"
                yield "Audio-Visual Location", coming, ("first", part.place), _yes(part is first)
        if starts[-1].start - starts[-2].start >= 2:
            yield "Audio-Visual Temporal", "Where is the <FL> sounding instrument?", ("last",), starts[-1].place
    starts = sorted(heard, key=lambda part: part.start)
    if len(heard) > 1 and all(b.start - a.start >= 2 for a, b in itertools.pairwise(starts)):
        for ordinal, part in zip(ORDINALS, starts, strict=False):
            yield "Audio-Visual Temporal", "What is the <TH> instrument that comes in?", (ordinal,), part.name


def choose(generator: np.random.Generator, clips: list[list[Part]]) -> list[list[Question]]:
    """For each clip five to seven questions of different types, so that answers to a question are even.

    Rare types come first where a clip allows them; of a type the question is asked whose answer has been rarer so far.
    """
    asked, answers, types = Counter(), Counter(), Counter()
    chosen: list[list[Question]] = [[] for _ in clips]
    for index in generator.permutation(len(clips)):
        possible: dict[str, list[Question]] = {}
        for question in candidates(clips[index]):
            possible.setdefault(question[0], []).append(question)
        count = int(generator.integers(PER_CLIP[0], PER_CLIP[1] + 1))
        for kind in sorted(possible, key=lambda kind: (types[kind], kind))[:count]:
            ties = generator.permutation(len(possible[kind]))
            # How much more often this answer has been given to the question than others were, on average.
            place = min(range(len(ties)), key=lambda k: (
                answers[possible[kind][k]] + 0.5 * answers[possible[kind][k][1], possible[kind][k][3]],
                asked[possible[kind][k][1]], ties[k]))
            question = possible[kind][place]
            types[kind] += 1
            asked[question[1]] += 1
            answers[question] += 1
            answers[question[1], question[3]] += 1
            chosen[index].append(question)
    return chosen


@dataclass
class Clip:
    scene: Scene
    split: str
    parts: list[Part]
    questions: list[Question]


def plan(sizes: dict[str, int] = CLIPS) -> list[Clip]:
    """All clips, train first."""
    clips: list[Clip] = []
    for number, (split, count) in enumerate(sizes.items()):
        first = len(clips)
        parts = [draw_parts(np.random.default_rng([SEED, first + k])) for k in range(count)]
        questions = choose(np.random.default_rng([SEED, number, 2]), parts)
        clips += [Clip(scene(first + k, parts[k]), split, parts[k], questions[k]) for k in range(count)]
    return clips


def rows(clips: list[Clip], split: str) -> list[dict]:
    """A split's annotations, as the data set has them."""
    number = itertools.count()
    return [
        {"video_id": clip.scene.id, "question_id": next(number), "type": json.dumps(kind.split(" ")),
         "question_content": template, "templ_values": json.dumps(list(values)), "question_deleted": 0, "anser": answer}
        for clip in clips if clip.split == split for kind, template, values, answer in clip.questions]


def annotate(out: Path, clips: list[Clip]) -> None:
    """Writes MUSIC-AVQA's files and the manifest."""
    (out / "json_update").mkdir()
    counts = {}
    for split in CLIPS:
        split_rows = rows(clips, split)
        counts[split] = len(split_rows)
        (out / f"json_update/avqa-{split}.json").write_text(json.dumps(split_rows, indent=1) + "\n")
    files = ", ".join(f"{split}: json_update/avqa-{split}.json" for split in CLIPS)
    (out / "dataset.yaml").write_text(
        f"name: study-questions\nreader: MUSIC-AVQA\nmedia: videos/{{id}}.mp4\nsplits: {{{files}}}\n"
        "segments: 10\nsegmentDuration: 1\n"
        f"expect: {{{', '.join(f'{split}: {count}' for split, count in counts.items())}}}\n")


def build(out: Path, quick: bool = False) -> None:
    sizes = QUICK if quick else CLIPS
    clips = plan(sizes)
    scenes.build(
        out, "videos", [clip.scene for clip in clips], lambda folder: annotate(folder, clips),
        {"generator": "tools/study/questions.py", "seed": SEED, "clips": sizes})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    build(arguments.out, arguments.quick)
