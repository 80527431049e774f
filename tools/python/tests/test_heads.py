"""Task heads, against the scores of the program."""

import json

import pytest
import torch
from conftest import CHECKPOINTS
from torch.utils.data import DataLoader

import avprep as package

# By name: method, placement, head, what else the recipe says.
EVENTS = {
    "mlp": ("{name: linear-probe}", "head", "{name: mlp, hidden: 12, standardise: true}", ""),
    "attention-pooling": ("{name: linear-probe}", "head", "{name: attention-pooling, standardise: false}", ""),
    "attention-pooling-ladder": (
        "{name: av-pea, width: 16}", "{ladder: [1, 2]}", "{name: attention-pooling, standardise: false}", ""),
    "attention-pooling-suffix": (
        "{name: lora, rank: 4}", "{suffix: 1}", "{name: attention-pooling, standardise: false}", ""),
    "cmbs": ("{name: linear-probe}", "head", "{name: cmbs, standardise: true}", ""),
    "cmbs-spatial": ("{name: linear-probe}", "head", "{name: cmbs, spatialAttention: true, standardise: false}", ""),
    "cmbs-weak": ("{name: linear-probe}", "head", "{name: cmbs, standardise: true}", "supervision: weak"),
    "cmbs-weak-quirk": (
        "{name: linear-probe}", "head", "{name: cmbs, standardise: true}", "supervision: weak\nquirks: [Q6]"),
}
ANSWERS = {
    "linear": ("{name: linear-probe}", "head", "{name: linear, question: lstm, standardise: true}", ""),
    "st-avqa": ("{name: linear-probe}", "head", "{name: st-avqa, question: lstm, standardise: false}", ""),
    "st-avqa-lst": (
        "{name: lst, reduction: 4}", "{ladder: [1, 2]}", "{name: st-avqa, question: lstm, standardise: false}", ""),
    "st-avqa-unipt": (
        "{name: unipt}", "{ladder: [1, 2]}", "{name: st-avqa, question: lstm, standardise: false}", ""),
    "mlp-mettle": (
        "{name: mettle}", "{ladder: [1, 2]}", "{name: mlp, question: lstm, standardise: false}", ""),
    "st-avqa-suffix": (
        "{name: lora, rank: 4}", "{suffix: 1}", "{name: st-avqa, question: lstm, standardise: false}", ""),
}


def trained(avprep, cache, name, task, method, placement, head, more):
    """The adapter of a short run in PyTorch, and what the program says of test."""
    folder = avprep.folder / f"heads-{task}-{name}"
    folder.mkdir()
    folder.joinpath("recipe.yaml").write_text("\n".join([
        f"task: {task}", f"method: {method}", f"placement: {placement}", f"head: {head}", more,
        "features: {visual: states-vit-hf-visual, audio: states-vit-hf-audio}",
        f"backbones: {{visual: {CHECKPOINTS / 'vit-hf'}, audio: {CHECKPOINTS / 'vit-hf'}}}",
        "batch: 3", "epochs: 3", "optimizer: {learningRate: 1.0e-2, headLearningRate: 1.0e-3}"]))
    avprep("train", "--cache", cache, "--recipe", folder / "recipe.yaml", "--run", folder / "run")
    avprep("export", "--run", folder / "run", "--to", folder / "adapter")
    avprep("predict", "--run", folder / "run", "--cache", cache, "--split", "test",
           "--output", folder / "test.jsonl", "--logits", "--scores")
    lines = [json.loads(line) for line in (folder / "test.jsonl").read_text().splitlines()]
    backbones = {s: CHECKPOINTS / "vit-hf" for s in ["visual", "audio"]} if "suffix" in placement else {}
    return package.load_adapter(folder / "adapter", backbones), lines


def close(found, expected):
    expected = torch.tensor(expected)
    assert found.shape == expected.shape
    assert (found - expected).abs().max() <= 1e-5 * max(1, expected.abs().max())


@pytest.mark.parametrize("name", EVENTS)
def test_events_are_scored_as_by_avprep(avprep, block_cache, name):
    cache = block_cache(False)
    adapter, lines = trained(avprep, cache, name, "avel", *EVENTS[name])
    data = package.Cache(cache).dataset("test", adapter.features, adapter.layers)
    batch = next(iter(DataLoader(data, batch_size=len(lines))))
    with torch.no_grad():
        close(adapter(batch["states"]), [line["logits"] for line in lines])
        close(adapter.probabilities(batch["states"]), [line["probabilities"] for line in lines])


def words(template, values):
    """The words of a question, as the published loader cuts them."""
    parts = template.rstrip().split(" ")
    parts[-1] = parts[-1][:-1]
    values = iter(values)
    return [next(values) if "<" in part else part for part in parts]


QUESTIONS = [("Is the <Object> in the video always playing?", ["flute"], "yes"),
             ("How many instruments are sounding in the video? ", [], "two")]


@pytest.fixture(scope="module")
def question_cache(avprep):
    """The clips with a question about each, in MUSIC-AVQA's layout."""
    root, manifest, cache = avprep.folder / "data", avprep.folder / "questions.yaml", avprep.folder / "cache-questions"
    for split, clips in {"train": range(6), "val": range(6, 9), "test": range(9, 12)}.items():
        rows = [
            {"video_id": f"clip{i:02}", "question_id": i, "type": "[\"Audio\", \"Counting\"]", "question_deleted": 0,
             "question_content": QUESTIONS[i % 2][0], "templ_values": json.dumps(QUESTIONS[i % 2][1]),
             "anser": QUESTIONS[i % 2][2]} for i in clips]
        (root / f"avqa-{split}.json").write_text(json.dumps(rows))
    manifest.write_text(
        "name: questions\nreader: MUSIC-AVQA\nmedia: [\"AVE/{id}.mp4\"]\nsegments: 2\nsegmentDuration: 1\n"
        "splits: {train: avqa-train.json, val: avqa-val.json, test: avqa-test.json}\n")
    avprep("extract", root, "--dataset", manifest, "--cache", cache, "--size", "64")
    for stream in ["visual", "audio"]:
        avprep("encode", "--cache", cache, "--stream", stream, "--backbone", CHECKPOINTS / "vit-hf",
               "--layers", "0,1,2,3", "--tokens", "all", "--dtype", "f32")
    return cache


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_scored_as_by_avprep(avprep, question_cache, name):
    adapter, lines = trained(avprep, question_cache, name, "avqa", *ANSWERS[name])
    data = package.Cache(question_cache).dataset("test", adapter.features, adapter.layers)
    batch = next(iter(DataLoader(data, batch_size=len(lines))))
    length = adapter.config["question_length"]
    numbers = torch.zeros(len(lines), length)
    for row, i in enumerate(range(9, 12)):
        for place, word in enumerate(words(*QUESTIONS[i % 2][:2])):
            numbers[row, place] = adapter.words.index(word)
    with torch.no_grad():
        found = adapter(batch["states"], words=numbers)
    close(found, [line["logits"][0] for line in lines])
