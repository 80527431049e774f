"""From cached states to scores: frozen blocks, method and head."""

from __future__ import annotations

import torch
from torch import nn

from ..errors import CacheError
from . import registry
from .heads import HeadInputs
from .blocks import load_backbone
from .streams import Run, Stream, Tokens, method_streams

ROUNDED = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


class Adapter(nn.Module):
    """A trained adapter with its head.

    `layers` are the layers that are read of each stream and `features` the names that their features had, as
    `Cache.dataset` takes them; `labels` are the names of what is told, of events background last. `words` are those of
    questions, in the order of their numbers, where the head reads them.
    """

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.labels = config["labels"]
        self.words = config.get("words")
        streams = config["streams"]
        self.features = {stream: streams[stream]["feature"] for stream in method_streams(config)}
        self.layers = {s: sorted({seam["layer"] for seam in streams[s]["seam"]}) for s in self.features}
        self.first_blocks = config.get("first_blocks", {})
        self.tokens = {stream: Tokens(streams[stream]) for stream in self.features}
        self.method = registry.find("method", registry.methods, config["method"]["name"])(config)
        self.head = registry.find("head", registry.heads, config["head"]["name"])(config)
        self.norms = nn.ModuleDict({
            stream: nn.LayerNorm(streams[stream]["width"], eps=streams[stream]["final_norm_epsilon"])
            for stream in self.features if "final_norm_epsilon" in streams[stream]})
        self.backbones = nn.ModuleDict()

    def load(self, tensors, backbones):
        """Takes the tensors of `adapter.safetensors`; each has its place, and each place a tensor.

        backbones: by stream, models or folders of checkpoints; those whose blocks run are needed.
        """
        parts = {"head": {}, "final_norm": {}, "standardisation": {}, "": {}}
        for name, value in tensors.items():
            first, _, rest = name.partition(".")
            parts[first if first in parts else ""][rest if first in parts else name] = value
        self.method.load_state_dict(parts[""])
        self.head.load_state_dict(parts["head"])
        self.norms.load_state_dict(parts["final_norm"])
        self.norms.requires_grad_(False)
        for name, value in parts["standardisation"].items():
            self.register_buffer("standardisation_" + name.replace(".", "_"), value)
        missing = [stream for stream in self.first_blocks if stream not in backbones]
        if missing:
            names = ", ".join(f"{s}: {self.config['backbones'][s]['name']}" for s in missing)
            raise CacheError(
                f"cannot load {self.config['title']}: its blocks run; give load_adapter backbones of {names}")
        for stream, given in backbones.items():
            if stream not in self.features:
                raise CacheError(f"cannot use a {stream} backbone: the adapter has streams {', '.join(self.features)}")
            norm = dict(self.norms[stream].state_dict()) if stream in self.norms else None
            self.backbones[stream] = load_backbone(given, stream, self.config["streams"][stream], norm)

    def _final(self, stream, states, lengths):
        """What stands for the whole after the backbone's final norm, [rows, C]."""
        if stream in self.norms:
            states = self.norms[stream](states)
        final = self.tokens[stream].pooled(states, lengths)
        if hasattr(self, f"standardisation_{stream}_mean"):
            mean = getattr(self, f"standardisation_{stream}_mean")
            final = (final - mean) * getattr(self, f"standardisation_{stream}_scale")
        return final

    def _stream(self, stream, states, valid, lengths):
        """A stream as methods are given it, of its states [rows, N, C] by layer."""
        taps, layers, descriptors, final, run = [], [], [], None, None
        tokens, final_tokens = self.tokens[stream], None
        for seam in self.config["streams"][stream]["seam"]:
            state = states[seam["layer"]]
            if seam["tokens"] == "patches":
                taps.append((tokens.pooled(state), state[:, tokens.first_patch:]))
            elif seam["tokens"] == "all":
                layers.append(state)
            elif seam["tokens"] == "descriptor":
                descriptors.append(tokens.pooled(state, lengths))
            elif seam["tokens"] == "normed":
                final_tokens = self.norms[stream](state) if stream in self.norms else state
            else:
                final = self._final(stream, state, lengths)
        if stream in self.first_blocks:
            norm = self.norms[stream] if stream in self.norms else None
            run = Run(
                self.backbones[stream].blocks, self.first_blocks[stream], layers.pop(), tokens, norm, lengths)
        return Stream(taps, layers, final, run, final_tokens, descriptors, valid, lengths)

    def _inputs(self, streams, segments, words):
        """What the head reads of streams that the method adapts."""
        features = self.method(streams)
        head, tokens = self.config["head"], {}
        read = {"attention-pooling": ["visual", "audio"], "st-avqa": ["visual"]}.get(head["name"], [])
        if head["name"] == "cmbs" and head["spatialAttention"]:
            read = ["visual"]
        for name in read:
            if name not in streams:
                continue
            stream = streams[name]
            if stream.run is not None:
                tokens[name] = stream.run.tokens_after_norm()
            elif stream.adapted_tokens is not None:
                tokens[name] = stream.adapted_tokens
            elif stream.final is None:
                tokens[name] = stream.final_tokens
            else:
                # What a ladder adds to the pooled state it adds to each token.
                tokens[name] = stream.final_tokens + (features[name] - stream.final)[:, None]
        patches = {name: self.tokens[name].patches(x) for name, x in tokens.items()}
        return HeadInputs(features, tokens, patches, segments, words)

    def forward(self, states, valid=None, words=None):
        """Scores of states by stream and layer, each [..., T, tokens, C].

        Of events they are [..., T, columns]: of each label, or what the head "cmbs" decides by. Of questions they are
        [samples, labels]; each clip has as many questions as there are samples to a clip, one after the other.

        valid: by stream, which segments come from data, [..., T], all if it is not given; of a stream of texts, which
            of its tokens are there, [..., tokens].
        words: numbers of the words of questions, [samples, length], where the head reads them.
        """
        shape = max((next(iter(v.values())).shape[:-2] for v in states.values()), key=lambda lead: lead.numel())
        streams = {}
        for stream in self.features:
            rows = {layer: value.flatten(0, -3) for layer, value in states[stream].items()}
            lengths = None
            if stream == "text":
                if valid is None:
                    raise CacheError("cannot score texts without 'valid', which says how long they are")
                lengths = valid[stream].reshape(-1, valid[stream].shape[-1]).sum(dim=-1)
            known = None
            if stream != "text":
                known = next(iter(rows.values())).new_ones(len(next(iter(rows.values()))))
                if valid is not None:
                    known = valid[stream].flatten().to(known.dtype)
            streams[stream] = self._stream(stream, rows, known, lengths)
        self.method.segments = shape[-1]
        scores = self.head(self._inputs(streams, shape[-1], words))
        return scores if self.config.get("task") == "avqa" else scores.reshape(*shape, -1)

    @torch.no_grad()
    def probabilities(self, states, valid=None, words=None):
        """The probability of each label, of each row."""
        scores = self(states, valid, words).double()
        head, is_weak = self.config["head"]["name"], self.config.get("supervision") == "weak"
        if head != "cmbs":
            return torch.softmax(scores, dim=-1).float()
        if is_weak and any("cmbs.weak_eval_double_sigmoid" in quirk for quirk in self.config["quirks"]):
            # The gate decides nothing then, and background is one of the labels.
            return torch.softmax(scores[..., :-1], dim=-1).float()
        events = len(self.labels) - 1
        share = scores[..., -1:] if is_weak else torch.sigmoid(scores[..., -1:])
        shares = torch.softmax(scores[..., :events], dim=-1)
        return torch.cat([share * shares, 1 - share], dim=-1).float()

    @torch.no_grad()
    def states(self, inputs):
        """What the cache would hold: the states of the layers that are read, of inputs by stream, [rows, …].

        Inputs are what the backbones take: pixels [rows, 3, H, W], values of a spectrogram, {"input_ids": …} of texts
        of one length. States are rounded as they were in the cache, which the adapter was trained on.
        """
        found = {}
        for stream, value in inputs.items():
            entry = self.config["streams"][stream]
            if entry.get("tokens", "all") != "all" or entry["dtype"] not in ROUNDED:
                raise CacheError(
                    f"cannot make {stream} states: those of the cache have tokens {entry.get('tokens')} as "
                    f"{entry['dtype']}, here are all tokens as {', '.join(ROUNDED)}")
            if stream not in self.backbones:
                raise CacheError(f"cannot make {stream} states: load_adapter was given no {stream} backbone")
            states = self.backbones[stream].states(value, self.layers[stream])
            found[stream] = {layer: x.to(ROUNDED[entry["dtype"]]).float() for layer, x in states.items()}
        return found
