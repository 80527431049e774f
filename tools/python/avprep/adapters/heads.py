"""Plain heads: scores of each segment, or of each question, from features of all streams side by side."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn

from .registry import register_head
from .streams import ORDER


@dataclass
class HeadInputs:
    """What a head reads.

    features  by stream, pooled final states [rows, C]; rows of a clip lie together, a text has one for each sample
    tokens    by stream, of those whose final tokens heads read, all of them, [rows, N, C]
    patches   the same without tokens that stand for no place
    segments  rows of a clip
    words     numbers of the words of questions, [samples, length], where the head reads them
    """

    features: dict
    tokens: dict = field(default_factory=dict)
    patches: dict = field(default_factory=dict)
    segments: int = 1
    words: torch.Tensor | None = None

    def sequence(self, stream):
        """A stream's rows by clip, [clips, T, C]."""
        rows = self.features[stream]
        return rows.reshape(-1, self.segments, rows.shape[-1])


def joined(features):
    """Features side by side; a text counts for all segments of its sample."""
    rows = max(len(x) for x in features.values())
    columns = [features[stream] for stream in ORDER if stream in features]
    return torch.cat([x.repeat_interleave(rows // len(x), dim=0) for x in columns], dim=-1)


def widths(config):
    """Columns of what a method returns, by stream."""
    return {name: stream.get("outputs", stream["width"]) for name, stream in config["streams"].items()}


def classifier(config, inputs):
    """Modules by the names of their tensors, and what they do with features."""
    head, labels = config["head"], len(config["labels"])
    if head["name"] not in ("lavish", "mlp"):
        return {"classes": nn.Linear(inputs, labels)}
    return {"hidden": nn.Linear(inputs, head["hidden"]), "classes": nn.Linear(head["hidden"], labels)}


class Plain(nn.Module):
    """One affine map; two with nothing between them (Lin et al., 2023, arXiv:2212.07983); or a perceptron."""

    def __init__(self, config, inputs):
        super().__init__()
        for name, module in classifier(config, inputs).items():
            self.add_module(name, module)
        self.is_perceptron = config["head"]["name"] == "mlp"

    def scored(self, x):
        if hasattr(self, "hidden"):
            x = self.hidden(x)
        if self.is_perceptron:
            x = nn.functional.dropout(nn.functional.gelu(x), 0.1, self.training)
        return self.classes(x)


class SegmentHead(Plain):
    def __init__(self, config):
        super().__init__(config, sum(widths(config).values()))

    def forward(self, inputs):
        return self.scored(joined(inputs.features))


class AttentionPooling(nn.Module):
    """In each segment a learned query of each stream reads all of its final tokens."""

    def __init__(self, config):
        super().__init__()
        sizes = widths(config)
        self.query = nn.ParameterDict({s: nn.Parameter(torch.zeros(1, sizes[s])) for s in sizes if s != "text"})
        self.classes = nn.Linear(sum(sizes.values()), len(config["labels"]))

    def forward(self, inputs):
        read = dict(inputs.features)
        for stream, query in self.query.items():
            tokens = inputs.tokens[stream]
            weights = torch.softmax(tokens @ query[0] / tokens.shape[-1] ** 0.5, dim=-1)
            read[stream] = (weights[:, None] @ tokens)[:, 0]
        return self.classes(joined(read))


register_head("lavish")(SegmentHead)
register_head("attention-pooling")(AttentionPooling)


@register_head("linear")
@register_head("mlp")
def plain(config):
    """For segments or for questions, as the task says."""
    from .heads_questions import AnswerHead

    return AnswerHead(config) if config["task"] == "avqa" else SegmentHead(config)
