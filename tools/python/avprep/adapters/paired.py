"""Adapters in pairs of blocks of two streams, each of which sees the other."""

from torch import nn

from .pairs import block_pairs

OTHER = {"visual": "audio", "audio": "visual"}


class PairedBlocks(nn.Module):
    """Adapters after attention and after the feed-forward network of each pair of blocks that run.

    make        makes the adapter of a stream, of its name, its width and that of the other; or none
    places      of the two that it is made for: attention, feedForward
    """

    def __init__(self, config, make, places=("attention", "feedForward")):
        super().__init__()
        streams, first = config["streams"], config["first_blocks"]
        pairs = block_pairs(*(streams[s] for s in OTHER))
        self.pairs = [dict(zip(OTHER, pair)) for pair in pairs]
        self.pairs = [pair for pair in self.pairs if all(pair[s] >= first[s] for s in OTHER)]
        blocks = {}
        for pair in self.pairs:
            for s, number in pair.items():
                width, other = (streams[name]["widths"][pair[name]] for name in (s, OTHER[s]))
                made = {place: make(s, width, other) for place in places}
                made = {place: module for place, module in made.items() if module is not None}
                if made:
                    blocks.setdefault(str(number), nn.ModuleDict())[s] = nn.ModuleDict(made)
        self.block = nn.ModuleDict(blocks)

    def adapter(self, pair, stream, place):
        """That of a stream at a place of a pair; None if there is none."""
        number = str(pair[stream])
        parts = self.block[number] if number in self.block else {}
        return parts[stream][place] if stream in parts and place in parts[stream] else None

    def added(self, adapters, x):
        """What adapters by stream, or none, add to states by stream, which see each other."""
        return {s: adapter(x[s], x[OTHER[s]]) for s, adapter in adapters.items() if adapter is not None}

    def forward(self, streams):
        runs = {s: streams[s].run for s in OTHER}
        for pair in self.pairs:
            for s, run in runs.items():
                run.to(pair[s])
            # Both streams are adapted from the same pair, before either has changed.
            x = {s: run.state for s, run in runs.items()}
            change = self.added({s: self.adapter(pair, s, "attention") for s in OTHER}, x)
            y = {s: run.attended() + change.get(s, 0) for s, run in runs.items()}
            change = self.added({s: self.adapter(pair, s, "feedForward") for s in OTHER}, y)
            for s, run in runs.items():
                run.leave(run.fed(y[s]) + change.get(s, 0))
        return {s: stream.frozen_final() for s, stream in streams.items()}
