"""Accuracies of a study's rows, and 95 % intervals by drawing clips and seeds again."""

from collections.abc import Callable, Sequence

import numpy as np

DRAWS = 10_000
# 97.5 % quantiles of Student's t by the number of seeds. Few seeds that are drawn again vary less than seeds do: by
# sqrt((n − 1) / n), and they do not tell how much that is any better than t says.
T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}
NORMAL = 1.960
KINDS = ("event", "background")


def _count(digit: str) -> float:
    return float("nan") if digit == "-" else int(digit, 11)


class Task:
    """One task's results as counts `[seeds, units]`, a unit being what is drawn again: a clip.

    What a row was not trained for is not a number.
    """

    def __init__(self, results: dict):
        self.rows, self.test = results["rows"], results["test"]
        self.is_events = len(self.test[0]) == 3
        self._draws: dict[bytes, np.ndarray] = {}
        if self.is_events:
            self.units = np.arange(len(self.test))
        else:
            clips = sorted({clip for _, clip in self.test})
            self.units = np.array([clips.index(clip) for _, clip in self.test])

    def __contains__(self, name: str) -> bool:
        return name in self.rows

    def parameters(self, name: str) -> int:
        return self.rows[name]["method"]

    def where(self, test: Callable[[list], bool]) -> np.ndarray:
        return np.array([test(entry) for entry in self.test])

    def counts(self, name: str, part: np.ndarray, kinds: Sequence[str] = ("event",)) -> tuple[np.ndarray, np.ndarray]:
        """Right ones `[seeds, entries]` and how many there are `[entries]`, of the entries that belong to a part."""
        runs = [run for _, run in sorted(self.rows[name]["runs"].items(), key=lambda item: int(item[0]))]
        if not self.is_events:
            return np.array([[int(c) for c in run["answers"]] for run in runs])[:, part], np.ones(part.sum())
        right = sum(np.array([list(map(_count, run[kind])) for run in runs]) for kind in kinds)
        seconds = np.array([length for _, _, length in self.test])
        total = sum({"event": seconds, "background": 10 - seconds}[kind] for kind in kinds)
        return right[:, part], total[part]

    def accuracies(self, name: str, part: np.ndarray, kinds: Sequence[str] = ("event",)) -> np.ndarray:
        """In per cent, by seed."""
        right, total = self.counts(name, part, kinds)
        return 100 * right.sum(1) / total.sum()

    def _drawn(self, part: np.ndarray) -> np.ndarray:
        """How often each entry of a part is in each draw: the same for all rows."""
        key = part.tobytes()
        if key not in self._draws:
            units = np.unique(self.units[part])
            counts = np.random.default_rng(1).multinomial(len(units), np.full(len(units), 1 / len(units)), DRAWS)
            self._draws[key] = counts[:, np.searchsorted(units, self.units[part])].astype(np.float64)
        return self._draws[key]

    def draws(
        self, name: str, part: np.ndarray, kinds: Sequence[str], seeds: np.random.Generator
    ) -> np.ndarray:
        """The accuracy in each of many draws."""
        right, total = self.counts(name, part, kinds)
        drawn = self._drawn(part)
        by_seed = 100 * (drawn @ right.T) / (drawn @ total)[:, None]
        count, mean = len(right), by_seed.mean(1)
        again = by_seed[np.arange(DRAWS)[:, None], seeds.integers(count, size=(DRAWS, count))].mean(1)
        return mean + (again - mean) * (count / max(count - 1, 1)) ** 0.5 * T.get(count, NORMAL) / NORMAL

    def interval(self, name: str, part: np.ndarray, kinds: Sequence[str] = ("event",)) -> tuple[float, float, float]:
        """Mean over seeds, and where 95 % of the draws lie."""
        drawn = self.draws(name, part, kinds, np.random.default_rng(2))
        return (float(self.accuracies(name, part, kinds).mean()), *map(float, np.percentile(drawn, (2.5, 97.5))))

    def difference(self, ones: Sequence[str], others: Sequence[str], part: np.ndarray,
                   kinds: Sequence[str] = ("event",)) -> tuple[float, float, float]:
        """How much better some rows are than others, each the mean of its rows: points, and a 95 % interval.

        Clips are drawn alike for all rows, seeds for each by themselves.
        """
        seeds = np.random.default_rng(2)

        def side(names):
            drawn = [self.draws(name, part, kinds, seeds) for name in names]
            return np.mean(drawn, 0), np.mean([self.accuracies(name, part, kinds).mean() for name in names])

        (a, mean_a), (b, mean_b) = side(ones), side(others)
        return (float(mean_a - mean_b), *map(float, np.percentile(a - b, (2.5, 97.5))))
