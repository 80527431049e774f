"""Heads that answer questions (Li et al., CVPR 2022)."""

import torch
from torch import nn

from .heads import Plain, widths
from .registry import register_head
from .streams import ORDER

WIDTH = 512


class Question(nn.Module):
    """A vector for each question: by a recurrent network over its words, or from the cached text encoder."""

    def __init__(self, config):
        super().__init__()
        self.is_recurrent = config["head"]["question"] == "lstm"
        if self.is_recurrent:
            self.words = nn.Embedding(len(config["words"]), WIDTH)
            self.lstm = nn.LSTM(WIDTH, WIDTH, batch_first=True)
        self.output = nn.Linear(2 * WIDTH if self.is_recurrent else widths(config)["text"], WIDTH)

    def forward(self, inputs):
        if not self.is_recurrent:
            return self.output(inputs.features["text"])
        _, (hidden, cell) = self.lstm(torch.tanh(self.words(inputs.words.long())))
        return self.output(torch.tanh(torch.cat([hidden[0], cell[0]], dim=-1)))


class AnswerHead(Plain):
    """Scores of the means over time of sight and sound beside the question; or of the question alone."""

    def __init__(self, config):
        head, sizes = config["head"], widths(config)
        reads_clips = head["name"] != "question"
        is_plain = reads_clips and head["question"] == "encoder"
        clips = sum(width for stream, width in sizes.items() if stream != "text") if reads_clips else 0
        super().__init__(config, clips + (sizes["text"] if is_plain else WIDTH))
        self.question = None if is_plain else Question(config)
        self.reads_clips = reads_clips

    def forward(self, inputs):
        asked = inputs.features["text"] if self.question is None else self.question(inputs)
        if not self.reads_clips:
            return self.scored(torch.tanh(asked))
        means = [inputs.sequence(s).mean(dim=1) for s in ORDER if s in inputs.features and s != "text"]
        return self.scored(torch.cat([x.repeat_interleave(len(asked) // len(x), dim=0) for x in means] + [asked], -1))


class Temporal(nn.Module):
    """The moments of a clip that questions are about."""

    def __init__(self):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(WIDTH, 4, dropout=0.1, batch_first=True)
        self.linear1, self.linear2 = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.norm, self.dropout = nn.LayerNorm(WIDTH), nn.Dropout(0.1)

    def forward(self, questions, x):
        read = self.self_attn(questions, x, x, need_weights=False)[0]
        return self.norm(read + self.dropout(self.linear2(self.dropout(torch.relu(self.linear1(read))))))


@register_head("st-avqa")
class Grounding(nn.Module):
    """Sounds are grounded in frames, and questions find the moments that they are about."""

    def __init__(self, config):
        super().__init__()
        sizes = widths(config)
        self.question = Question(config)
        self.audio = Temporal()
        self.audio.hidden, self.audio.output = nn.Linear(sizes["audio"], WIDTH), nn.Linear(WIDTH, WIDTH)
        self.visual = Temporal()
        self.visual.input = None if sizes["visual"] == WIDTH else nn.Linear(sizes["visual"], WIDTH)
        self.grounding = nn.Linear(2 * WIDTH, WIDTH)
        steps = [2 * WIDTH, 512, 256, 128, 2]
        self.match = nn.ModuleList(nn.Linear(a, b) for a, b in zip(steps, steps[1:]))
        self.fusion, self.classes = nn.Linear(2 * WIDTH, WIDTH), nn.Linear(WIDTH, len(config["labels"]))

    def mapped(self, tokens):
        return tokens if self.visual.input is None else self.visual.input(tokens)

    def grounded(self, v, a):
        """The vector of each frame, of its mapped tokens and a sound."""
        hat = nn.functional.normalize(v, dim=-1, eps=1e-6)
        sound = nn.functional.normalize(a, dim=-1, eps=1e-6)
        weights = torch.softmax((hat @ sound[..., None])[..., 0], dim=-1)
        return self.grounding(torch.tanh(torch.cat([v.mean(dim=1), (weights[:, None] @ hat)[:, 0]], dim=-1)))

    def sounds(self, inputs):
        return self.audio.output(torch.relu(self.audio.hidden(inputs.features["audio"])))

    def matches(self, a, v):
        """Scores of not belonging together and of doing so."""
        x = torch.cat([a, v], dim=-1)
        for layer in self.match[:-1]:
            x = torch.relu(layer(x))
        return self.match[-1](x)

    def forward(self, inputs):
        a, q = self.sounds(inputs), self.question(inputs)
        v = self.grounded(self.mapped(inputs.patches["visual"]), a)
        clips = len(a) // inputs.segments
        questions = q.reshape(clips, -1, WIDTH)

        def asked(x, part):
            x = x.reshape(clips, inputs.segments, WIDTH)
            return (part(questions, x) + x.mean(dim=1, keepdim=True)).flatten(0, 1)
        found = torch.cat([asked(a, self.audio), asked(v, self.visual)], dim=-1)
        return self.classes(torch.tanh(self.fusion(torch.tanh(found)) * q))


register_head("question")(AnswerHead)
