"""From cached states to scores: final norm, standardisation, method and head."""

from __future__ import annotations

import torch
from torch import nn

from . import registry


class Adapter(nn.Module):
    """A trained adapter with its head.

    `layers` are the layers that are read of each stream and `features` the names that their features had, as
    `Cache.dataset` takes them; `labels` are the names of the scores, background last.
    """

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.labels = config["labels"]
        streams = config["streams"]
        self.features = {stream: value["feature"] for stream, value in streams.items()}
        self.taps = {stream: value["seam"]["taps"] for stream, value in streams.items()}
        self.final = {stream: value["seam"]["final"] for stream, value in streams.items()}
        self.layers = {stream: sorted({*self.taps[stream], self.final[stream]}) for stream in streams}
        self.method = registry.find("method", registry.methods, config["method"]["name"])(config)
        self.head = registry.find("head", registry.heads, config["head"]["name"])(config)
        self.norms = nn.ModuleDict({
            stream: nn.LayerNorm(value["width"], eps=value["final_norm_epsilon"])
            for stream, value in streams.items() if "final_norm_epsilon" in value})

    def load(self, tensors):
        """Takes the tensors of `adapter.safetensors`; each has its place, and each place a tensor."""
        parts = {"head": {}, "final_norm": {}, "standardisation": {}, "": {}}
        for name, value in tensors.items():
            first, _, rest = name.partition(".")
            parts[first if first in parts else ""][rest if first in parts else name] = value
        self.method.load_state_dict(parts[""])
        self.head.load_state_dict(parts["head"])
        self.norms.load_state_dict(parts["final_norm"])
        for name, value in parts["standardisation"].items():
            self.register_buffer("standardisation_" + name.replace(".", "_"), value)

    def _final(self, stream, states):
        """The class token after the backbone's final norm, [rows, C]."""
        final = states[:, 0]
        if stream in self.norms:
            final = self.norms[stream](final)
        if hasattr(self, f"standardisation_{stream}_mean"):
            mean = getattr(self, f"standardisation_{stream}_mean")
            final = (final - mean) * getattr(self, f"standardisation_{stream}_scale")
        return final

    def forward(self, states):
        """Scores, [..., T, labels], of states by stream and layer, each [..., T, tokens, C]."""
        shape = next(iter(next(iter(states.values())).values())).shape[:-2]
        rows = {
            stream: {layer: value.reshape(-1, *value.shape[-2:]) for layer, value in layers.items()}
            for stream, layers in states.items()
        }
        taps = {s: [(rows[s][k][:, 0], rows[s][k][:, 1:]) for k in self.taps[s]] for s in rows}
        finals = {stream: self._final(stream, rows[stream][self.final[stream]]) for stream in rows}
        scores = self.head(self.method(taps, finals))
        return scores.reshape(*shape, len(self.labels))

    @torch.no_grad()
    def probabilities(self, states):
        """The softmax of the scores."""
        return torch.softmax(self(states).double(), dim=-1).float()
