"""What a method is given of a stream: cached states, and frozen blocks that run on them."""

from __future__ import annotations

import torch
from torch import nn

from .blocks import normed

ORDER = ["visual", "audio", "text"]


def method_streams(config):
    """The streams of an adapter, in order."""
    return [stream for stream in ORDER if stream in config["streams"]]


def by_block(config, first, make):
    """Modules by block, from the first of each stream on, and stream, as the names of tensors have them."""
    found = {}
    for stream, start in first.items():
        widths = config["streams"][stream]["widths"]
        for block in range(start, len(widths)):
            found.setdefault(str(block), nn.ModuleDict())[stream] = make(widths[block])
    return nn.ModuleDict(found)


class Tokens:
    """What the tokens of a stream's states stand for.

    One row stands for the whole: the mean of some first tokens, mostly the class token alone, of all, or the last.
    """

    def __init__(self, config):
        self.pooling = config["pooling"]
        self.specials = config["specials"]

    def pooled(self, x, lengths=None):
        """[rows, C] of [rows, N, C], of which each row has as many tokens as `lengths` says."""
        if self.pooling == "last" and lengths is not None:
            return x[torch.arange(len(x), device=x.device), lengths.clamp(min=1) - 1]
        return x[:, self.range(x.shape[1])].mean(dim=1)

    def range(self, count):
        """The tokens whose mean is taken."""
        if self.pooling == "mean":
            return slice(0, count)
        if self.pooling == "last":
            return slice(count - 1, count)
        return slice(self.pooling["first"], self.pooling["first"] + self.pooling["count"])

    @property
    def first_patch(self):
        """The first token that does not stand for the whole."""
        return 0 if isinstance(self.pooling, str) else self.pooling["first"] + self.pooling["count"]

    def patches(self, x):
        """The tokens that stand for places."""
        return x[:, max(self.specials, self.first_patch):]


class Run:
    """A stream on its way through frozen blocks: `state` enters block number `block`."""

    def __init__(self, blocks, first, state, tokens, norm, lengths):
        self.blocks, self.block, self.state = blocks, first, state
        self.tokens, self.norm, self.lengths = tokens, norm, lengths
        # What is added to norms and biases, by block, and to the final norm.
        self.changes, self.final_change = {}, None
        self.inserted = 0

    def attended(self, **hooks):
        return self.blocks[self.block].attended(
            self.state, lengths=self.lengths, change=self.changes.get(self.block), **hooks)

    def fed(self, y, **hooks):
        return self.blocks[self.block].fed(y, change=self.changes.get(self.block), **hooks)

    def pooled(self):
        """What stands for the whole of the state that enters the next block, [rows, C]."""
        return self.tokens.pooled(self.state, self.lengths)

    def beside(self, prompts):
        """What the next block makes of its tokens with others before them, [rows, P, C], which are dropped."""
        block = self.blocks[self.block]
        x = block.fed(block.attended(torch.cat([prompts, self.state], dim=1)))
        return x[:, prompts.shape[1]:]

    def leave(self, x):
        """Leaves a block behind, with what is in the stream after it."""
        self.block, self.state = self.block + 1, x
        if self.block < len(self.blocks):
            change = self.changes.get(self.block)
            change = change["merging"] if change is not None and "merging" in change else None
            self.state = self.blocks[self.block].entered(x, change)
        elif self.inserted:
            first = self.tokens.first_patch
            self.state = torch.cat([x[:, :first], x[:, first + self.inserted:]], dim=1)
            self.lengths = None if self.lengths is None else self.lengths - self.inserted

    def insert(self, rows):
        """Puts tokens into the stream, [P, C], which are dropped behind the last block."""
        first, x = self.tokens.first_patch, self.state
        self.state = torch.cat([x[:, :first], rows.expand(len(x), -1, -1), x[:, first:]], dim=1)
        self.inserted = len(rows)
        self.lengths = None if self.lengths is None else self.lengths + len(rows)

    def to(self, end, hooks=lambda block: {}, feed_forward=lambda block: {}):
        """Runs blocks until `end` is the next, with what hooks of a block have attended() and fed() add."""
        while self.block < end:
            self.leave(self.fed(self.attended(**hooks(self.block)), **feed_forward(self.block)))

    def finish(self, hooks=lambda block: {}, feed_forward=lambda block: {}):
        """Runs all blocks; the pooled final state, [rows, C]."""
        self.to(len(self.blocks), hooks, feed_forward)
        return self.tokens.pooled(self.tokens_after_norm(), self.lengths)

    def tokens_after_norm(self):
        """All tokens of the final state, [rows, N, C], after all blocks have run."""
        return normed(self.norm, self.state, self.final_change)

    def finish_patches(self):
        """Runs all blocks; the final norm of the mean of the patches, [rows, C]."""
        if self.tokens.first_patch == 0 or self.norm is None:
            return self.finish()
        self.to(len(self.blocks))
        return self.norm(self.tokens.patches(self.state).mean(dim=1))


class Stream:
    """What a method is given of one stream.

    taps    of layers beside which it climbs: class token [rows, C] and patches [rows, N, C]
    layers  of layers of which it reads all tokens, [rows, N, C]
    final   the pooled final state, [rows, C]; None where blocks run, or it is not read
    run     the blocks that run; None where none do
    final_tokens    all tokens after the final norm, [rows, N, C]; None unless they are read
    descriptors     of layers of which it reads what stands for the whole, [rows, C]
    valid   of a stream of clips, 1 for each row that comes from data and 0 for others, [rows]
    lengths of a stream of texts, how many tokens each has, [rows]

    A method that changes final tokens otherwise than the pooled state leaves them in `adapted_tokens`.
    """

    def __init__(
            self, taps, layers, final, run, final_tokens=None, descriptors=(), valid=None, lengths=None):
        self.taps, self.layers, self.final, self.run = taps, layers, final, run
        self.final_tokens, self.descriptors = final_tokens, descriptors
        self.valid, self.lengths = valid, lengths
        self.adapted_tokens = None

    def frozen_final(self):
        """The final state as the backbone has it."""
        return self.run.finish() if self.final is None else self.final
