"""Plots as SVG text: nothing to load, colours that follow the reader's choice of light or dark, the same each time."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

# Colours that people of all kinds of colour vision tell apart: Okabe, Ito, Color Universal Design, 2008.
STYLE = """
text { font: 12px system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif; fill: #3c4043 }
.heading { font-size: 15px; font-weight: 600; fill: #202124 }
.title { font-weight: 600; fill: #202124 }
.small { font-size: 11px }
.end { text-anchor: end }
.middle { text-anchor: middle }
.ground { fill: #ffffff }
.grid { stroke: #e3e5e8 }
.axis { stroke: #80868b }
.any { fill: #80868b }
.chance { stroke: #80868b; stroke-dasharray: 3 3 }
.apart, .apart-range { stroke: #0072b2; fill: #0072b2 }
.crossing, .crossing-range { stroke: #d55e00; fill: #d55e00 }
.apart-range, .crossing-range { stroke-width: 2; opacity: 0.45 }
@media (prefers-color-scheme: dark) {
  text { fill: #bdc1c6 }
  .heading, .title { fill: #e8eaed }
  .ground { fill: #1f2023 }
  .grid { stroke: #3a3c40 }
  .any { fill: #9aa0a6 }
  .axis, .chance { stroke: #9aa0a6 }
  .apart, .apart-range { stroke: #56b4e9; fill: #56b4e9 }
  .crossing, .crossing-range { stroke: #e69f00; fill: #e69f00 }
}"""


@dataclass(frozen=True)
class Dot:
    """An accuracy in per cent with its interval; `crosses` chooses the colour, the placement the mark."""

    mean: float
    low: float
    high: float
    crosses: bool
    placement: str


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def line(style: str, x0: float, y0: float, x1: float, y1: float) -> str:
    return f'<line class="{style}" x1="{_number(x0)}" y1="{_number(y0)}" x2="{_number(x1)}" y2="{_number(y1)}"/>'


def text(style: str, x: float, y: float, words: str) -> str:
    return f'<text class="{style}" x="{_number(x)}" y="{_number(y)}">{escape(words)}</text>'


def mark(x: float, y: float, crosses: bool | None, placement: str) -> str:
    """A circle within blocks, a square on the head, a diamond beside blocks; grey where no colour is meant."""
    style = {True: "crossing", False: "apart", None: "any"}[crosses]
    if placement in ("suffix", "hybrid"):
        return f'<circle class="{style}" cx="{_number(x)}" cy="{_number(y)}" r="4"/>'
    reach = 3.5 if placement == "head" else 5
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)] if placement == "head" else [(0, -1), (1, 0), (0, 1), (-1, 0)]
    places = " ".join(f"{_number(x + reach * a)},{_number(y + reach * b)}" for a, b in corners)
    return f'<polygon class="{style}" points="{places}"/>'


def legend(x: float, y: float) -> list[str]:
    parts = []
    for words, crosses, placement in (
            ("sight and sound are added up", False, "suffix"), ("sight and sound meet", True, "suffix"),
            ("in blocks", None, "suffix"), ("beside blocks", None, "ladder"), ("head alone", None, "head")):
        parts += [mark(x, y - 4, crosses, placement), text("small", x + 10, y, words)]
        x += 32 + 6.2 * len(words)
    return parts


def document(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'role="img">',
        f"<title>{escape(title)}</title>", f"<style>{STYLE}\n</style>",
        f'<rect class="ground" width="{width}" height="{height}"/>', text("heading", 26, 34, title), *parts, "</svg>",
        ""])


def panels(title: str, names: Sequence[str], columns: Sequence[tuple[str, float, Sequence[Dot | None]]]) -> str:
    """Rows of dots with intervals, a panel for each column, which has a name, its chance, and a dot for each row."""
    left, top, step, width, gap = 170, 104, 19, 112, 26
    bottom = top + step * len(names)
    parts = legend(36, 62)
    for row, name in enumerate(names):
        y = top + step * (row + 0.5)
        parts.append(text("end", left - 14, y + 4, name))
        parts.append(line("grid", left, y, left + len(columns) * (width + gap) - gap, y))
    for number, (column, chance, dots) in enumerate(columns):
        x0 = left + number * (width + gap)

        def place(value: float, x0: float = x0) -> float:
            return x0 + width * value / 100

        parts.append(text("title middle", x0 + width / 2, top - 12, column))
        for value in (0, 50, 100):
            parts += [line("grid", place(value), top, place(value), bottom),
                      text("small middle", place(value), bottom + 18, str(value))]
        parts.append(line("chance", place(chance), top, place(chance), bottom))
        for row, dot in enumerate(dots):
            if dot is None:
                continue
            y = top + step * (row + 0.5)
            style = "crossing-range" if dot.crosses else "apart-range"
            parts += [line(style, place(dot.low), y, place(dot.high), y),
                      mark(place(dot.mean), y, dot.crosses, dot.placement)]
    parts.append(text("small", left, bottom + 38, "% of the seconds of events; bars: 95 % intervals over clips and "
                      "seeds; dashed: chance among the categories of the factor"))
    return document(title, left + len(columns) * (width + gap) + 10, bottom + 54, parts)


def scatter(title: str, points: Sequence[tuple[str, int, Dot]], axis: str) -> str:
    """Accuracy against trainable parameters, of which the axis is logarithmic; names beside the dots."""
    left, top, width, height = 66, 84, 800, 400
    counts = [parameters for _, parameters, _ in points]
    steps = [factor * 10 ** exponent for exponent in range(12) for factor in (1, 2, 5)]
    first = max(step for step in steps if step <= min(counts))
    last = min(step for step in steps if step > max(counts))
    low, high = math.log10(first), math.log10(last)
    bottom_value = 5 * math.floor(min(dot.low for *_, dot in points) / 5)
    top_value = 5 * math.ceil(max(dot.high for *_, dot in points) / 5)

    def x(parameters: float) -> float:
        return left + width * (math.log10(parameters) - low) / (high - low)

    def y(value: float) -> float:
        return top + height * (top_value - value) / (top_value - bottom_value)

    parts = legend(36, 62)
    for value in steps[steps.index(first):steps.index(last) + 1]:
        parts.append(line("grid", x(value), top, x(value), top + height))
        # Over more decades all labels would run into each other.
        if high - low < 4 or math.log10(value).is_integer():
            parts.append(text("small middle", x(value), top + height + 18, f"{value:,}"))
    for value in range(bottom_value, top_value + 1, 5):
        parts += [line("grid", left, y(value), left + width, y(value)),
                  text("small end", left - 8, y(value) + 4, str(value))]
    for _, parameters, dot in points:
        style = "crossing-range" if dot.crosses else "apart-range"
        parts += [line(style, x(parameters), y(dot.low), x(parameters), y(dot.high)),
                  mark(x(parameters), y(dot.mean), dot.crosses, dot.placement)]
    taken = [(x(parameters) - 6, x(parameters) + 6, y(dot.mean) + 4) for _, parameters, dot in points]
    for name, parameters, dot in sorted(points, key=lambda point: -point[2].mean):
        length = 6.3 * len(name)
        # To the right of its dot, to its left, then a line lower or higher, wherever nothing is written yet.
        for shift, side in itertools.product((0, 14, -14, 28, -28, 42), (1, -1)):
            start = x(parameters) + (9 if side > 0 else -9 - length)
            level = y(dot.mean) + 4 + shift
            if start > left and start + length < left + width + 120 and all(
                    abs(level - other) >= 13 or start > to or start + length < since for since, to, other in taken):
                break
        taken.append((start, start + length, level))
        parts.append(text("small", start, level, name))
    parts.append(text("middle", left + width / 2, top + height + 40, axis))
    return document(title, left + width + 130, top + height + 56, parts)
