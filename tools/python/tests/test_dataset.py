import pytest
import torch
from torch.utils.data import DataLoader

import avprep as package

FEATURES = {"visual": "states-tiny-visual", "audio": "states-tiny-audio"}
LAYERS = {"visual": [1, 6], "audio": [2]}


def dataset(cache, split="train", **more):
    return package.Cache(cache).dataset(split, FEATURES, LAYERS, **more)


def flat(batch):
    states = [(s, k, v) for s, layers in batch["states"].items() for k, v in layers.items()]
    return batch["clip"], states, batch["labels"], batch["valid"]


def test_items_have_states_labels_and_validity(cache):
    data = dataset(cache)
    assert len(data) == 6
    item = data[3]
    assert (item["clip"], item["labels"].tolist()) == ("clip03", [3, 0])
    assert {s: list(layers) for s, layers in item["states"].items()} == LAYERS
    assert item["states"]["visual"][6].shape == (2, 5, 160)
    assert item["states"]["visual"][6].dtype == torch.float32
    assert item["valid"]["audio"].tolist() == [True, True]
    feature = package.Cache(cache).feature("states-tiny-audio")
    assert torch.equal(item["states"]["audio"][2], torch.from_numpy(feature.states("clip03", 2)))


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_workers_read_what_the_process_itself_reads(cache, context):
    data = dataset(cache)
    alone = [flat(batch) for batch in DataLoader(data, batch_size=4)]  # The files are mapped before the fork.
    workers = DataLoader(data, batch_size=4, num_workers=2, multiprocessing_context=context, persistent_workers=True)
    for _ in range(2):
        for (clips, states, labels, valid), expected in zip([flat(b) for b in workers], alone):
            assert clips == expected[0]
            for (stream, layer, value), (other, number, wanted) in zip(states, expected[1]):
                assert (stream, layer) == (other, number) and torch.equal(value, wanted)
            assert torch.equal(labels, expected[2])
            assert all(torch.equal(valid[s], expected[3][s]) for s in valid)


def test_labels_are_those_that_avprep_uses(cache, run, predictions):
    opened = package.Cache(cache)
    names = opened.vocabulary + ["background"]
    data = dataset(cache, "test")
    assert [sample["id"] for sample in data.samples] == [p["id"] for p in predictions]
    for labels, prediction in zip(data.labels, predictions):
        assert [names[label] for label in labels] == prediction["true"]


def test_clips_can_be_left_out(cache):
    assert len(dataset(cache, leave_out=["clip01", "clip04"])) == 4


def test_layers_that_are_not_there_are_named(cache):
    with pytest.raises(package.CacheError, match=r"no layers \[3\] \(has: \[1, 2, 6\]\)"):
        package.Cache(cache).dataset("test", FEATURES, {"visual": [3], "audio": [2]})
