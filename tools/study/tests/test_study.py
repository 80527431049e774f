"""The study's data sets are what its document says of them; no clip is drawn."""

import itertools
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import events  # noqa: E402
import methods  # noqa: E402
import pictures  # noqa: E402
import questions  # noqa: E402
import results  # noqa: E402
from intervals import Task  # noqa: E402

RECIPES = Path(__file__).resolve().parents[3] / "manifests" / "recipes"


@pytest.fixture(scope="module")
def clips():
    return list(events.plan())


@pytest.fixture(scope="module")
def asked():
    return questions.plan()


def of_event(clip, second):
    """The event's object and its voice in a second: what was added last."""
    return clip.scene.things[second][-1], clip.scene.voices[second][-1]


def named(thing):
    """The colour that a shade is nearest to."""
    return min(pictures.COLOURS, key=lambda name: np.abs(np.array(pictures.COLOURS[name]) - thing.colour).sum())


def test_factors_have_their_shares_of_each_split_and_categories_equal_shares_of_each_factor(clips):
    for split, sizes in events.SIZES.items():
        own = [clip for clip in clips if clip.split == split and not clip.held_out]
        assert Counter(clip.factor for clip in own) == sizes
        for factor, categories in events.CATEGORIES.items():
            labels = Counter(clip.category for clip in own if clip.factor == factor)
            assert set(labels) == set(categories)
            assert max(labels.values()) - min(labels.values()) <= 1


def test_label_is_the_exclusive_or_of_attributes_that_are_drawn(clips):
    colours = {colour: p for p, names in enumerate(events.COLOURS) for colour in names}
    timbres = {timbre: s for s, names in enumerate(events.TIMBRES) for timbre in names}
    seen = Counter()
    for clip in (clip for clip in clips if clip.factor == "together"):
        for second in range(clip.start, clip.end):
            thing, voice = of_event(clip, second)
            assert colours[named(thing)] ^ timbres[voice.timbre] == clip.label
        seen[clip.split, clip.held_out, colours[named(thing)], clip.label] += 1
    # Neither attribute alone tells the label.
    assert all(seen[split, held_out, 0, label] == seen[split, held_out, 1, label]
               or abs(seen[split, held_out, 0, label] - seen[split, held_out, 1, label]) == 1
               for split, held_out, _, label in seen)


def test_no_held_out_pair_is_in_train_or_val_and_test_has_nothing_else_where_it_says_so(clips):
    colours, timbres = (list(itertools.chain(*names)) for names in (events.COLOURS, events.TIMBRES))
    held_out = {(colours[i], timbres[j]) for i, j in events.HELD_OUT}
    assert len(held_out) == 9
    for clip in clips:
        own = [of_event(clip, second) for second in range(clip.start, clip.end)]
        pairs = {(named(thing), voice.timbre) for thing, voice in own}
        if clip.held_out:
            assert clip.split == "test" and pairs <= held_out
        else:
            assert not pairs & held_out


def test_order_differs_in_neighbours_and_not_in_symbols(clips):
    for clip in (clip for clip in clips if clip.factor == "order"):
        cycle = events.CYCLES[clip.label]
        symbols = clip.attributes["symbols"]
        assert set(symbols) == set(range(4))
        assert all(cycle[(cycle.index(a) + 1) % 4] == b for a, b in itertools.pairwise(symbols))
    # A symbol's neighbours, whichever way round, are different ones in the two cycles.
    for symbol in range(4):
        sides = [{cycle[cycle.index(symbol) - 1], cycle[(cycle.index(symbol) + 1) % 4]} for cycle in events.CYCLES]
        assert sides[0] != sides[1]


def test_two_seconds_of_an_event_tell_where_few_do(clips):
    for clip in (clip for clip in clips if clip.factor == "few seconds"):
        looks = [of_event(clip, second)[0].texture for second in range(clip.start, clip.end)]
        assert Counter(looks) == {events.FEW[clip.label][0]: 2, "plain": clip.end - clip.start - 2}
        assert 7 <= clip.end - clip.start <= 9


def test_early_features_are_mirror_images(clips):
    leans = {label: [] for label in (0, 1)}
    for clip in (clip for clip in clips if clip.factor == "early"):
        leans[clip.label] += [of_event(clip, second)[0] for second in range(clip.start, clip.end)]
    assert all(thing.texture == "stripes" for things in leans.values() for thing in things)
    turns = {label: [thing.angle + thing.rotation for thing in things] for label, things in leans.items()}
    assert np.mean(turns[0]) == pytest.approx(-np.mean(turns[1]), abs=0.05)
    assert min(turns[0]) > 0 > max(turns[1])


def test_clips_are_the_same_each_time(clips):
    again = list(events.plan())
    assert [clip.scene for clip in again] == [clip.scene for clip in clips]


def test_questions_are_of_all_nine_types_and_five_to_seven_a_clip(asked):
    for split in questions.CLIPS:
        rows = questions.rows(asked, split)
        types = Counter(row["type"] for row in rows)
        assert len(types) == 9 and min(types.values()) > 0.05 * len(rows)
    assert all(5 <= len(clip.questions) <= 7 for clip in asked)


def test_answers_are_balanced_so_that_questions_give_little_away(asked):
    train, test = (questions.rows(asked, split) for split in ("train", "test"))
    exact, loose = defaultdict(Counter), defaultdict(Counter)
    for row in train:
        exact[row["question_content"], row["templ_values"]][row["anser"]] += 1
        loose[row["question_content"]][row["anser"]] += 1
    right = 0
    for row in test:
        known = exact[row["question_content"], row["templ_values"]] or loose[row["question_content"]]
        right += known.most_common(1)[0][0] == row["anser"]
    assert right / len(test) < 0.45
    for answers in loose.values():
        if set(answers) == {"yes", "no"}:
            assert max(answers.values()) < 0.6 * answers.total()


def test_answers_follow_from_the_scene(asked):
    for clip in asked:
        heard = {voice.timbre for voices in clip.scene.voices for voice in voices} - {"tone"}
        for _, template, values, answer in clip.questions:
            if template == "Is there a <Object> sound?":
                assert (questions.INSTRUMENTS[values[0]][2] in heard) == (answer == "yes")
            if template == "How many musical instruments were heard throughout the video?":
                assert questions.NUMBERS[len(heard)] == answer


def test_every_row_has_a_recipe_of_its_placement():
    for task in methods.SHARED:
        names = [entry.name for entry in methods.entries(task)]
        assert len(set(names)) == len(names)
        assert set(methods.QUICK[task]) <= set(names)
        for entry in methods.entries(task):
            text = (RECIPES / f"{methods.PREFIX[task]}-{entry.recipe}.yaml").read_text()
            placement = next((line for line in text.splitlines() if line.startswith("placement:")), "placement: head")
            assert entry.placement in placement, entry.name


def test_parts_share_the_factors_among_them_and_their_results_join_in_the_order_of_test(tmp_path):
    parts = methods.PARTS["events"]
    assert sorted(itertools.chain(*(part.factors for part in parts.values()))) == sorted(events.CATEGORIES)
    clips = [("a", "train", "sight"), ("b", "test", "early"), ("c", "test", "sound"), ("d", "test", "order")]
    (tmp_path / "factors.jsonl").write_text("".join(
        json.dumps({"clip": clip, "split": split, "factor": factor, "start": 0, "end": 8}) + "\n"
        for clip, split, factor in clips))
    assert results.others("events", "both senses", tmp_path) == ["b", "d"]
    assert results.others("questions", "all", tmp_path) == []
    own = {"both senses": {"c": [3, 1]}, "order": {"d": [8, 2]}, "few seconds": {}, "early": {"b": [10, 0]}}
    runs = {part: {"title": "t", "method": 1, "head": 2, "val": 0.5, "loss": 1, "seconds": 2, "clips": own[part]}
            for part in parts}
    found = results.joined("events", runs, tmp_path)
    assert (found["event"], found["background"], found["seconds"]) == ("A38", "012", 8)
    del runs["both senses"]
    found = results.joined("events", runs, tmp_path)
    assert (found["event"], found["background"], found["seconds"]) == ("A-8", "0-2", 6)
    # What was not trained is not a number, and what was is as it is.
    task = Task({"test": [["early", 0, 10], ["sound", 0, 8], ["order", 0, 8]], "rows": {"row": {"runs": {"0": found}}}})
    assert np.isnan(task.accuracies("row", task.where(lambda clip: clip[0] == "sound"))).all()
    assert task.accuracies("row", task.where(lambda clip: clip[0] == "order")) == 100


def test_a_difference_of_accuracies_is_found_and_none_is_not():
    generator = np.random.default_rng(0)
    test = [["sight", 0, 8]] * 60

    def row(accuracy):
        runs = {}
        for seed in range(5):
            right = generator.binomial(8, accuracy, 60)
            runs[str(seed)] = {"event": "".join(results.DIGITS[k] for k in right), "background": "2" * 60}
        return {"method": 1, "head": 1, "runs": runs}

    task = Task({"test": test, "rows": {"good": row(0.8), "bad": row(0.7), "as bad": row(0.7)}})
    everything = np.ones(60, bool)
    mean, low, high = task.difference(["good"], ["bad"], everything)
    assert low > 0 and 5 < mean < 15 and low < mean < high
    mean, low, high = task.difference(["bad"], ["as bad"], everything)
    assert low < 0 < high
    # All ten seconds of a clip, of which the two of background are right.
    assert task.accuracies("good", everything, ("event", "background")).mean() == pytest.approx(
        (task.accuracies("good", everything).mean() * 8 + 200) / 10)


def test_results_survive_their_file():
    gathered = {"program": "p", "backbone": "b", "tasks": {"events": {
        "settings": {"batch": 1}, "parts": {"order": [8, "order"]}, "counts": {"train": 1}, "test": [["sight", 0, 8]],
        "rows": {"a": {"title": "a", "method": 1, "head": 2, "runs": {"0": {"event": "8", "background": "2"}}}}}}}
    assert json.loads(results.text(gathered)) == gathered
