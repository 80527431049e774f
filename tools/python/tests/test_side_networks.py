"""Side networks beside a Swin Transformer, whose layers differ in width and which has no class token."""

import json

import pytest
import torch
from conftest import CHECKPOINTS
from torch.utils.data import DataLoader

import avprep as package

# By method: its recipe, and the tokens that are cached; LST needs as many of each layer.
RUNS = {
    "lst": ("{name: lst, reduction: 4}", "grid:2x2"),
    "unipt": ("{name: unipt, reduction: 4}", "all"),
    "mettle": ("{name: mettle, outputs: 16, width: 8}", "all"),
    "molt": ("{name: molt, outputs: 16, width: 8, tokens: 4}", "grid:2x2"),
}


@pytest.fixture(scope="module")
def swin_caches(avprep):
    """Makes a cache with some tokens of all layers."""
    made = {}

    def make(tokens):
        if tokens not in made:
            path = made[tokens] = avprep.folder / f"cache-swin-{tokens.replace(':', '-')}"
            avprep("extract", avprep.folder / "data", "--dataset", avprep.folder / "two.yaml", "--cache", path,
                   "--size", "64")
            avprep("encode", "--cache", path, "--stream", "visual", "--backbone", CHECKPOINTS / "swin-hf",
                   "--layers", "0,1,2,3,4,5,6", "--tokens", tokens, "--dtype", "f32")
            avprep("encode", "--cache", path, "--stream", "audio", "--backbone", CHECKPOINTS / "vit-hf",
                   "--layers", "0,1,2,3", "--tokens", "all", "--dtype", "f32")
        return made[tokens]

    return make


@pytest.mark.parametrize("name", RUNS)
def test_logits_are_those_of_avprep(name, avprep, swin_caches):
    method, tokens = RUNS[name]
    cache, folder = swin_caches(tokens), avprep.folder / f"swin-{name}"
    folder.mkdir()
    layers = "ladder" if name != "molt" else "{ladder: {visual: [1, 3, 6], audio: [1, 2, 3]}}"
    folder.joinpath("recipe.yaml").write_text("\n".join([
        f"method: {method}", f"placement: {layers}", "head: {name: linear, standardise: false}",
        "features: {visual: states-swin-hf-visual, audio: states-vit-hf-audio}", "batch: 2", "epochs: 6",
        "optimizer: {learningRate: 1.0e-2, headLearningRate: 3.0e-2}"]))
    avprep("train", "--cache", cache, "--recipe", folder / "recipe.yaml", "--run", folder / "run")
    avprep("export", "--run", folder / "run", "--to", folder / "adapter")
    avprep("predict", "--run", folder / "run", "--cache", cache, "--split", "test",
           "--output", folder / "test.jsonl", "--logits")
    expected = torch.tensor(
        [json.loads(line)["logits"] for line in (folder / "test.jsonl").read_text().splitlines()])

    adapter = package.load_adapter(folder / "adapter")
    data = package.Cache(cache).dataset("test", adapter.features, adapter.layers)
    with torch.no_grad():
        found = torch.cat([adapter(b["states"], b["valid"]) for b in DataLoader(data, batch_size=2)])
    assert expected.std() > 0.1 and found.shape == expected.shape
    assert (found - expected).abs().max() <= 1e-5 * max(1, expected.abs().max())
    counts = adapter.config["parameters"]
    assert sum(p.numel() for p in adapter.parameters() if p.requires_grad) == counts["trainable"]
    outputs = {s: entry["outputs"] for s, entry in adapter.config["streams"].items()}
    assert outputs == ({"visual": 16, "audio": 16} if name in ("mettle", "molt") else {"visual": 64, "audio": 64})
