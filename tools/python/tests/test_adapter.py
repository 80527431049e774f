import json

import pytest
import torch
from safetensors import safe_open
from torch.utils.data import DataLoader

import avprep as package
from avprep.adapters import registry


def test_logits_are_those_of_avprep(cache, run, predictions):
    adapter = package.load_adapter(run / "adapter")
    data = package.Cache(cache).dataset("test", adapter.features, adapter.layers)
    with torch.no_grad():
        logits = torch.cat([adapter(batch["states"]) for batch in DataLoader(data, batch_size=2)])
    expected = torch.tensor([p["logits"] for p in predictions])
    assert logits.shape == expected.shape == (3, 2, 4)
    assert expected.std() > 0.1
    assert (logits - expected).abs().max() <= 1e-5 * max(1, expected.abs().max())
    shares = torch.cat([adapter.probabilities(batch["states"]) for batch in DataLoader(data, batch_size=3)])
    assert (shares - torch.tensor([p["probabilities"] for p in predictions])).abs().max() <= 1e-5
    winners = [[adapter.labels[i] for i in row] for row in shares.argmax(-1)]
    assert winners == [p["predicted"] for p in predictions]


def test_one_clip_needs_no_batch(cache, run):
    adapter = package.load_adapter(run / "adapter")
    item = package.Cache(cache).dataset("test", adapter.features, adapter.layers)[1]
    assert adapter(item["states"]).shape == (2, 4)


def test_parameters_are_as_many_as_the_configuration_says(run):
    adapter = package.load_adapter(run / "adapter")
    counts = adapter.config["parameters"]
    found = {part: sum(p.numel() for p in getattr(adapter, part).parameters()) for part in ["method", "head"]}
    assert found == {part: counts[part] for part in found}
    assert counts["trainable"] == sum(found.values())
    assert not adapter.training


def test_configuration_names_what_made_the_states(cache, run):
    config = package.load_adapter(run / "adapter").config
    for stream in ["visual", "audio"]:
        feature = package.Cache(cache).feature(f"states-tiny-{stream}")
        entry = config["streams"][stream]
        assert entry["fingerprint"] == feature.fingerprint
        assert entry["backbone"] == feature.recipe["backbone"]
        assert entry["backbone"]["weights"].startswith("builtin:tiny:")
        assert (entry["tokens"], entry["width"]) == ("grid:2x2", 160)


def copy(run, folder):
    for name in ["adapter.safetensors", "adapter_config.json"]:
        (folder / name).write_bytes((run / "adapter" / name).read_bytes())


def test_files_that_do_not_belong_together_are_refused(run, tmp_path):
    copy(run, tmp_path)
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    config["labels"].reverse()
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(package.CacheError, match="do not belong together"):
        package.load_adapter(tmp_path)


def test_unknown_method_is_named(run, monkeypatch):
    monkeypatch.setattr(registry, "methods", {"other": None})
    with pytest.raises(package.CacheError, match=r"it is unknown \(known: other\)"):
        package.load_adapter(run / "adapter")


def test_file_opens_in_plain_safetensors(run):
    with safe_open(run / "adapter" / "adapter.safetensors", "pt") as file:
        assert file.metadata()["format"] == "pt"
        assert file.get_tensor("head.classes.weight").shape[0] == 4  # [outputs, inputs], as torch has it
