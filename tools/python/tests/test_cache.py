import json
import multiprocessing
import os
import pickle

import h5py
import numpy as np
import pytest

import avprep as package
from avprep.feature import shard_order

STREAMS = ["visual", "audio"]


def feature(cache, stream):
    return package.Cache(cache).feature(f"states-tiny-{stream}")


def test_samples_are_the_annotations(cache):
    opened = package.Cache(cache)
    assert [s["clip"] for s in opened.samples] == [f"clip{i:02}" for i in range(12)]
    assert opened.vocabulary == ["Bark", "Bell", "Horn"]
    assert opened.segments == 2
    assert {"states-tiny-visual", "states-tiny-audio", "frames", "logmel"} <= set(opened.features)
    assert opened.segment_labels(opened.samples[0]) == [0, 3]
    assert opened.segment_labels(opened.samples[1]) == [3, 1]


@pytest.mark.parametrize("stream", STREAMS)
def test_states_are_those_that_h5py_reads(cache, stream):
    opened = feature(cache, stream)
    assert opened.layers == [1, 2, 6]
    assert sorted(opened.clips) == [f"clip{i:02}" for i in range(12)]
    for path in sorted((cache / f"states-tiny-{stream}").glob("*.h5")):
        with h5py.File(path) as shard:
            for row, clip in enumerate(shard["clip"].asstr()[:]):
                for layer in opened.layers:
                    expected = shard[f"block_{layer:02}"][row].astype(np.float32)
                    if f"block_{layer:02}_scale" in shard:
                        expected *= shard[f"block_{layer:02}_scale"][row][..., None]
                    states = opened.states(clip, layer)
                    assert states.dtype == np.float32 and states.shape == (2, 5, 160)
                    np.testing.assert_array_equal(states, expected)
                np.testing.assert_array_equal(opened.valid(clip), shard["valid"][row] != 0)


def test_arrays_are_mapped(cache):
    opened = feature(cache, "visual")
    assert isinstance(opened.array("block_02", "clip03"), np.memmap)
    with pytest.raises(ValueError):
        opened.array("block_02", "clip03")[:] = 0


def test_arrays_that_are_not_contiguous_are_read(cache):
    mapped, read = feature(cache, "visual"), feature(cache, "visual")
    read._arrays = [{name: (*entry[:2], None) for name, entry in arrays.items()} for arrays in read._arrays]
    for clip in mapped.clips:
        np.testing.assert_array_equal(read.states(clip, 6), mapped.states(clip, 6))
    assert not read._maps
    # A child that is forked now has the parent's handles too, and must not use them: HDF5 does not survive a fork.
    inherited["feature"] = read
    with multiprocessing.get_context("fork").Pool(1) as pool:
        process, owners, states = pool.apply(read_inherited)
    assert process in owners and process != os.getpid()
    np.testing.assert_array_equal(states, mapped.states("clip05", 1))


inherited = {}


def read_inherited():
    opened = inherited["feature"]
    states = opened.states("clip05", 1)
    return os.getpid(), {process for process, _ in opened._files}, states


def test_feature_can_be_sent_to_another_process(cache):
    opened = feature(cache, "audio")
    expected = opened.states("clip07", 2)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(opened)).states("clip07", 2), expected)


@pytest.mark.parametrize("number_type, tolerance", [("f16", 1e-3), ("int8", 2e-2)])
def test_number_types_are_close_to_single_precision(avprep, number_type, tolerance):
    paths = [avprep.folder / f"cache-{t}" for t in (number_type, "f32")]
    if not all(path.exists() for path in paths):
        pytest.skip("the caches are made by other tests")
    a, b = (feature(path, "visual") for path in paths)
    for clip in a.clips:
        x, y = a.states(clip, 6), b.states(clip, 6)
        assert np.linalg.norm(x - y) < tolerance * np.linalg.norm(y)


def test_unusable_caches_are_named(tmp_path, cache):
    with pytest.raises(package.CacheError, match="it has no cache.json"):
        package.Cache(tmp_path)
    opened = package.Cache(cache)
    with pytest.raises(package.CacheError, match="it has no recipe.json"):
        opened.feature("states-other-visual")
    with pytest.raises(package.CacheError, match="has no clip none"):
        opened.feature("states-tiny-visual").states("none", 6)
    with pytest.raises(package.CacheError, match=r"no array block_03 \(layers: \[1, 2, 6\]\)"):
        opened.feature("states-tiny-visual").states("clip00", 3)


def test_shard_of_another_recipe_is_refused(tmp_path, cache):
    folder = tmp_path / "states-tiny-visual"
    folder.mkdir()
    source = cache / "states-tiny-visual"
    for path in source.glob("*.h5"):
        (folder / path.name).write_bytes(path.read_bytes())
    record = json.loads((source / "recipe.json").read_text())
    (folder / "recipe.json").write_text(json.dumps({**record, "fingerprint": "0"}))
    with pytest.raises(package.CacheError, match="made by another recipe"):
        package.Feature(folder)


def test_later_generations_come_last():
    names = ["shard-00010.h5", "shard-00002.1.h5", "shard-00002.h5", "shard-00000.10.h5", "shard-00000.2.h5"]
    assert sorted(names, key=shard_order) == [
        "shard-00002.h5", "shard-00010.h5", "shard-00002.1.h5", "shard-00000.2.h5", "shard-00000.10.h5"]
