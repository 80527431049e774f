"""AV-PEA within the blocks: what the class token reads of the other stream goes through a bottleneck."""

import torch
from torch import nn

from .bottleneck import Bottleneck
from .paired import OTHER, PairedBlocks
from .streams import Tokens

SHARED_WIDTH = 64


class CrossAdapter(Bottleneck):
    """What is added to a stream that sees the other.

    c + g softmax(c P^T / sqrt(D)) P is the class token's message, which goes with the patches through the bottleneck.
    Streams of different widths meet in 64 dimensions. With a relay the patches also learn the other's class token.
    """

    def __init__(self, width, other, method, tokens, other_tokens):
        super().__init__(
            width, max(1, width // method["reduction"]), method["groups"], method["bias"], method["normIn"],
            method["normOut"], method["batchNorm"], getattr(nn.functional, method["activation"]),
            method["zeroInit"] == "gate")
        self.is_reading, self.is_relay = method["attention"] != "off", method["attention"] == "relay"
        self.is_scaled = method["attentionScale"] == "root-width"
        self.is_normed, self.projects = method["attentionNorm"] == "layer-norm", width != other
        if self.is_reading:
            self.crossGate = nn.Parameter(torch.zeros(()))
        if self.is_relay:
            self.relayGate = nn.Parameter(torch.zeros(()))
        if self.is_reading and self.is_normed:
            self.queryNorm, self.keyNorm = nn.LayerNorm(width), nn.LayerNorm(other)
        if self.is_reading and self.projects:
            self.query = nn.Linear(width, SHARED_WIDTH, bias=False)
            self.key = nn.Linear(other, SHARED_WIDTH, bias=False)
            self.message = nn.Linear(SHARED_WIDTH, width, bias=False)
        self.tokens, self.other_tokens = tokens, other_tokens

    def read(self, x, other):
        """The class token's message, [rows, 1, C]."""
        query, keys = self.tokens.pooled(x)[:, None], self.other_tokens.patches(other)
        if self.is_normed:
            query, keys = self.queryNorm(query), self.keyNorm(keys)
        if self.projects:
            query, keys = self.query(query), self.key(keys)
        scores = query @ keys.transpose(1, 2)
        weights = torch.softmax(scores / query.shape[-1] ** 0.5 if self.is_scaled else scores, dim=-1)
        return self.message(weights @ keys) if self.projects else weights @ keys

    def reading(self, x, other):
        """The stream, whose class token, or each token where there is none, has read the other."""
        if not self.is_reading:
            return x
        own = torch.zeros(x.shape[1], 1, device=x.device, dtype=x.dtype)
        own[self.tokens.range(x.shape[1])] = 1
        return x + self.crossGate * own * self.read(x, other)

    def forward(self, x, other):
        """What is added to a stream that has read, as the other has."""
        if self.is_relay:
            patches = torch.ones(x.shape[1], 1, device=x.device, dtype=x.dtype)
            patches[:x.shape[1] - self.tokens.patches(x).shape[1]] = 0
            x = x + self.relayGate * patches * self.other_tokens.pooled(other)[:, None]
        return self.narrow(x)


class InBlocks(PairedBlocks):
    """One or two adapters of each adapted stream in each pair of blocks."""

    def __init__(self, config):
        method = config["method"]
        tokens = {s: Tokens(config["streams"][s]) for s in OTHER}
        adapted = {"both": list(OTHER), "audio-only": ["audio"], "visual-only": ["visual"]}[method["streams"]]
        super().__init__(
            config, lambda s, width, other: CrossAdapter(width, other, method, tokens[s], tokens[OTHER[s]])
            if s in adapted else None,
            ["feedForward"] if method["layout"] == "one-per-block" else ["attention", "feedForward"])

    def added(self, adapters, x):
        told = {s: x[s] if adapter is None else adapter.reading(x[s], x[OTHER[s]]) for s, adapter in adapters.items()}
        return super().added(adapters, told)
