"""The backbone that is a part of avprep, rebuilt of its file of weights, against the program."""

import json
import shutil

import pytest
import torch

import avprep as package
from avprep.adapters.blocks import Backbone, load_backbone
from avprep.adapters.builtin import BuiltinTiny
from conftest import PROJECT

WEIGHTS = PROJECT / "Sources" / "CWeights" / "tiny.safetensors"
RECIPE = """method: {name: lora, rank: 4, alpha: 6}
placement: {suffix: 4}
head: {name: lavish, hidden: 12, standardise: false}
features: {visual: states-tiny-visual, audio: states-tiny-audio}
backbones: {visual: "builtin:tiny", audio: "builtin:tiny"}
batch: 1
epochs: 6
optimizer: {learningRate: 1.0e-1, headLearningRate: 3.0e-2}
"""


@pytest.fixture(scope="module")
def tiny_cache(avprep):
    """A cache of pictures of 96 pixels with all tokens of some layers."""
    path = avprep.folder / "cache-builtin"
    avprep("extract", avprep.folder / "data", "--dataset", avprep.folder / "two.yaml", "--cache", path, "--size", "96")
    for stream in ["visual", "audio"]:
        avprep("encode", "--cache", path, "--stream", stream, "--layers", "0,4,6", "--dtype", "f32")
    return package.Cache(path)


def near(found, expected):
    return float((found - expected).square().mean().sqrt() / expected.square().mean().sqrt())


def test_states_are_those_of_the_program(avprep, tiny_cache):
    # Its pictures have 224 pixels: positions are resized.
    other = package.Cache(shutil.copytree(avprep.folder / "clips", avprep.folder / "cache-builtin-224"))
    for cache, stream, feature, array in [
            (tiny_cache, "visual", "frames", "rgb"), (tiny_cache, "audio", "logmel", "logmel"), (other, "visual", "frames", "rgb")]:
        if cache is other:
            avprep("encode", "--cache", other.path, "--stream", stream, "--layers", "0,4,6", "--dtype", "f32")
        inputs = torch.from_numpy(cache.feature(feature).array(array, "clip03").copy()).float()
        if stream == "visual":
            inputs = inputs.permute(0, 3, 1, 2) / 127.5 - 1
        with torch.no_grad():
            states = Backbone(BuiltinTiny(WEIGHTS), stream).states(inputs, [0, 4, 6])
        for layer, state in states.items():
            expected = torch.from_numpy(cache.feature(f"states-tiny-{stream}").states("clip03", layer))
            assert state.shape == expected.shape and near(state, expected) < 1e-4, (stream, layer)


def test_adapter_in_its_blocks_has_the_logits_of_the_program(avprep, tiny_cache):
    folder = avprep.folder / "builtin"
    folder.mkdir()
    folder.joinpath("recipe.yaml").write_text(RECIPE)
    avprep("train", "--cache", tiny_cache.path, "--recipe", folder / "recipe.yaml", "--run", folder / "run")
    avprep("export", "--run", folder / "run", "--to", folder / "adapter")
    avprep("predict", "--run", folder / "run", "--cache", tiny_cache.path, "--split", "test",
           "--output", folder / "test.jsonl", "--logits")
    lines = (folder / "test.jsonl").read_text().splitlines()
    expected = torch.tensor([json.loads(line)["logits"] for line in lines])
    adapter = package.load_adapter(folder / "adapter", {"visual": WEIGHTS, "audio": WEIGHTS})
    data = tiny_cache.dataset("test", adapter.features, adapter.layers)
    with torch.no_grad():
        found = torch.stack([adapter(data[i]["states"]) for i in range(len(data))])
    assert expected.std() > 0.1
    assert float((found - expected).abs().max()) <= 1e-5 * max(1, float(expected.abs().max()))


def test_other_weights_are_refused(tmp_path):
    config = {"backbone": {"weights": "builtin:tiny:0123456789abcdef", "depth": 6, "name": "tiny"}, "width": 160}
    with pytest.raises(package.CacheError, match="name the file tiny.safetensors"):
        load_backbone(tmp_path, "visual", config, None)
    pytest.importorskip("xxhash")
    with pytest.raises(package.CacheError, match="its hash is"):
        load_backbone(WEIGHTS, "visual", config, None)
    config["backbone"]["weights"] = "builtin:tiny"
    with pytest.raises(package.CacheError, match="no such weights were published"):
        load_backbone(WEIGHTS, "visual", config, None)
