"""AV-PEA within the blocks: what the class token reads of the other stream goes through a bottleneck."""

import torch
from torch import nn

from .pairs import block_pairs
from .streams import Tokens

OTHER = {"visual": "audio", "audio": "visual"}
SHARED_WIDTH = 64


class CrossAdapter(nn.Module):
    """What is added to a stream that sees the other.

    c + g softmax(c P^T / sqrt(D)) P is the class token's message, h Up(ReLU(Down(LN x))) what is added. Streams of
    different widths meet in 64 dimensions.
    """

    def __init__(self, width, other, hidden, tokens, other_tokens, is_reading):
        super().__init__()
        self.crossGate = nn.Parameter(torch.zeros(()))
        self.norm = nn.LayerNorm(width)
        self.down = nn.Linear(width, hidden)
        self.up = nn.Linear(hidden, width)
        self.gate = nn.Parameter(torch.zeros(()))
        self.projects = width != other
        if self.projects:
            self.query = nn.Linear(width, SHARED_WIDTH, bias=False)
            self.key = nn.Linear(other, SHARED_WIDTH, bias=False)
            self.message = nn.Linear(SHARED_WIDTH, width, bias=False)
        self.tokens, self.other_tokens, self.is_reading = tokens, other_tokens, is_reading

    def read(self, x, other):
        """The class token's message, [rows, 1, C]."""
        query, keys = self.tokens.pooled(x)[:, None], self.other_tokens.patches(other)
        if self.projects:
            query, keys = self.query(query), self.key(keys)
        weights = torch.softmax(query @ keys.transpose(1, 2) / query.shape[-1] ** 0.5, dim=-1)
        return self.message(weights @ keys) if self.projects else weights @ keys

    def forward(self, x, other):
        if self.is_reading:
            own = torch.zeros(x.shape[1], 1, device=x.device, dtype=x.dtype)
            own[self.tokens.range(x.shape[1])] = 1
            x = x + self.crossGate * own * self.read(x, other)
        return self.gate * self.up(torch.relu(self.down(self.norm(x))))


class InBlocks(nn.Module):
    """Two adapters in each pair of blocks, after attention and after the feed-forward network."""

    def __init__(self, config):
        super().__init__()
        streams, method, first = config["streams"], config["method"], config["first_blocks"]
        tokens = {s: Tokens(streams[s]) for s in OTHER}
        pairs = block_pairs(*(streams[s] for s in OTHER))
        self.pairs = [dict(zip(OTHER, pair)) for pair in pairs]
        self.pairs = [pair for pair in self.pairs if all(pair[s] >= first[s] for s in OTHER)]
        blocks = {}
        for pair in self.pairs:
            for s, number in pair.items():
                width, other = (streams[name]["widths"][pair[name]] for name in (s, OTHER[s]))
                blocks.setdefault(str(number), nn.ModuleDict())[s] = nn.ModuleDict({
                    place: CrossAdapter(
                        width, other, max(1, width // method["reduction"]), tokens[s], tokens[OTHER[s]],
                        method["attention"] == "own-class") for place in ("attention", "feedForward")})
        self.block = nn.ModuleDict(blocks)

    def forward(self, streams):
        runs = {s: streams[s].run for s in OTHER}
        for pair in self.pairs:
            for s, run in runs.items():
                run.to(pair[s])
            parts = {s: self.block[str(pair[s])][s] for s in OTHER}
            # Both streams are adapted from the same pair, before either has changed.
            x = {s: run.state for s, run in runs.items()}
            y = {s: runs[s].attended() + parts[s]["attention"](x[s], x[OTHER[s]]) for s in OTHER}
            for s, run in runs.items():
                run.leave(run.fed(y[s]) + parts[s]["feedForward"](y[s], y[OTHER[s]]))
        return {s: stream.frozen_final() for s, stream in streams.items()}
