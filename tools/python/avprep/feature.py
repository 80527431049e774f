"""One feature of a cache: where its clips lie, and their arrays, mapped into memory."""

from __future__ import annotations

import json
import os
from pathlib import Path

import h5py
import numpy as np

from .errors import CacheError


def shard_order(name):
    """Shards of a later generation count where a clip is in two: shard-00003.2.h5 is of generation 2."""
    group, *generation = name[len("shard-"):-len(".h5")].split(".")
    return (int(generation[0]) if generation else 0, int(group))


def text_key(text):
    """The row of a text in features of texts, which is named after a hash of its bytes."""
    try:
        import xxhash
    except ImportError as error:
        raise CacheError("cannot find the states of a text: the package xxhash is not installed") from error
    return f"text-{xxhash.xxh3_64_hexdigest(text.encode())}"


class Feature:
    """The arrays of one kind of every clip.

    Shards are contiguous HDF5: where an array lies is asked of h5py once, and its bytes are then mapped, read-only,
    so that the workers of a DataLoader share the pages. No file stays open. An array that is not contiguous is read
    by h5py, which each process opens for itself: a handle of HDF5 does not survive a fork.
    """

    def __init__(self, path):
        self.path = Path(path)
        file = self.path / "recipe.json"
        if not file.is_file():
            raise CacheError(f"cannot read feature {self.path}: it has no recipe.json")
        record = json.loads(file.read_text(encoding="utf-8"))
        self.recipe = record["recipe"]
        self.fingerprint = record["fingerprint"]
        self._shards = sorted(self.path.glob("shard-*.h5"), key=lambda file: shard_order(file.name))
        self._places = {}
        self._arrays = []
        self._maps = {}
        self._files = {}
        for number, shard in enumerate(self._shards):
            self._open(number, shard)

    def _open(self, number, path):
        """Notes where the arrays of a shard lie, and the rows of its clips."""
        arrays = {}

        def note(name, item):
            if isinstance(item, h5py.Dataset) and item.dtype.kind in "iuf":
                arrays[name] = (item.dtype, item.shape, item.id.get_offset())

        with h5py.File(path, "r") as file:
            fingerprint = file.attrs["fingerprint"]
            fingerprint = fingerprint.decode() if isinstance(fingerprint, bytes) else str(fingerprint)
            if fingerprint != self.fingerprint:
                raise CacheError(f"cannot use {path}: it was made by another recipe than its folder's")
            file.visititems(note)
            clips = file["clip"].asstr()[:]
        self._arrays.append(arrays)
        self._places.update({clip: (number, row) for row, clip in enumerate(clips)})

    def __getstate__(self):
        # Mappings and handles belong to a process; another one makes its own.
        return {**self.__dict__, "_maps": {}, "_files": {}}

    @property
    def is_of_texts(self):
        """Whether it has a row for each text, and not for each clip."""
        return self.recipe.get("stream") == "text"

    @property
    def clips(self):
        """Ids of the clips that there are, each once."""
        return list(self._places)

    def __contains__(self, clip):
        return clip in self._places

    @property
    def layers(self):
        """Numbers of the layers of token states: k is the input of block k."""
        names = self._arrays[0] if self._arrays else {}
        return sorted(int(name[len("block_"):]) for name in names if name[len("block_"):].isdigit())

    def array(self, name, clip):
        """An array of a clip as it is stored, without a copy where it is mapped."""
        if clip not in self._places:
            raise CacheError(f"feature {self.path} has no clip {clip}")
        shard, row = self._places[clip]
        if name not in self._arrays[shard]:
            raise CacheError(f"feature {self.path} has no array {name} (layers: {self.layers})")
        dtype, shape, offset = self._arrays[shard][name]
        if offset is None:
            return self._file(shard)[name][row]
        if (shard, name) not in self._maps:
            self._maps[shard, name] = np.memmap(self._shards[shard], dtype, "r", offset, shape)
        return self._maps[shard, name][row]

    def _file(self, shard):
        key = (os.getpid(), shard)
        if key not in self._files:
            self._files[key] = h5py.File(self._shards[shard], "r")
        return self._files[key]

    def states(self, clip, layer):
        """The token states of a layer in single precision, [T, tokens, C]; whole numbers take their scales."""
        name = f"block_{layer:02}"
        states = np.array(self.array(name, clip), dtype=np.float32)
        if f"{name}_scale" in self._arrays[self._places[clip][0]]:
            states *= np.asarray(self.array(f"{name}_scale", clip))[..., None]
        return states

    def valid(self, clip):
        """For each segment, or token of a text, whether its data are real; others are zeros."""
        return np.array(self.array("valid", clip)) != 0
