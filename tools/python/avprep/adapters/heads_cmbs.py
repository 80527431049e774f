"""CMBS heads (Xia, Zhao, CVPR 2022): gates of one stream suppress background in the other."""

import torch
from torch import nn

from .heads import widths
from .registry import register_head

WIDTH, VISUAL, AUDIO = 256, 512, 128


def attention(width, heads, dropout):
    return nn.MultiheadAttention(width, heads, dropout=dropout, batch_first=True)


class Layer(nn.Module):
    """A layer of a transformer with norms after the sums."""

    def __init__(self, hidden):
        super().__init__()
        self.self_attn = attention(WIDTH, 4, 0.1)
        self.linear1, self.linear2 = nn.Linear(WIDTH, hidden), nn.Linear(hidden, WIDTH)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, keys=None):
        keys = x if keys is None else keys
        y = self.norm1(x + self.dropout(self.self_attn(x, keys, keys, need_weights=False)[0]))
        return self.norm2(y + self.dropout(self.linear2(self.dropout(torch.relu(self.linear1(y))))))


class Inter(nn.Module):
    """What both streams agree on asks one of them."""

    def __init__(self, heads):
        super().__init__()
        self.self_attn, self.norm = attention(WIDTH, heads, 0.2), nn.LayerNorm(WIDTH)
        self.dropout = nn.Dropout(0.1)

    def forward(self, query, keys):
        return self.norm(query + self.dropout(self.self_attn(query, keys, keys, need_weights=False)[0]))


class Side(nn.Module):
    """What belongs to one stream."""

    def __init__(self, features, width, is_weak, classes, inter_heads):
        super().__init__()
        self.input = None if features is None else nn.Linear(features, width)
        if not is_weak:
            self.lstm = nn.LSTM(width, width // 2 if width == VISUAL else width, batch_first=True, bidirectional=True)
        inner = width if is_weak else {VISUAL: 512, AUDIO: 256}[width]
        self.memory, self.query = nn.Linear(inner, WIDTH), nn.Linear(inner, WIDTH)
        self.encoder = nn.ModuleList(Layer(2048 if is_weak else 1024) for _ in range(2))
        self.decoder = Layer(1024)
        self.gate, self.classes = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, classes)
        self.inter = Inter(inter_heads) if inter_heads else None

    def remembered(self, x):
        x = self.memory(x)
        for layer in self.encoder:
            x = layer(x)
        return x

    def reading(self, memory, x):
        query = self.query(x)
        return self.decoder(query, torch.cat([memory, query], dim=1))


class Spatial(nn.Module):
    """Pools a segment's map [rows, N, D] by its sound [rows, 128]."""

    def __init__(self, features):
        super().__init__()
        sizes = {
            "query": (features, 128), "key": (features, 128), "value": (features, features), "own": (features, 256),
            "mean": (features, 256), "own_score": (256, 1), "channel_sound": (AUDIO, features),
            "channel_map": (features, features), "narrow": (features, 256), "widen": (256, features),
            "map": (features, 256), "sound": (AUDIO, 256), "score": (256, 1)}
        for name, (inputs, outputs) in sizes.items():
            self.add_module(name, nn.Linear(inputs, outputs))
        self.norm = nn.LayerNorm(features)
        self.dropout = nn.Dropout(0.2)

    def forward(self, m, a):
        def pooled(x, scores):
            return (torch.softmax(torch.tanh(scores), dim=1) * x).sum(dim=1)
        weights = torch.softmax(self.query(m) @ self.key(m).transpose(1, 2), dim=-1)
        s = self.norm(m + self.dropout(weights @ self.value(m)))
        alike = torch.relu(self.own(s)) * torch.relu(self.mean(s.mean(dim=1)))[:, None]
        spatial = pooled(s, self.own_score(alike))
        channels = (torch.relu(self.channel_sound(a))[:, None] * torch.relu(self.channel_map(s))).mean(dim=1)
        changed = m * (1 + torch.sigmoid(self.widen(torch.relu(self.narrow(channels)))))[:, None]
        found = pooled(changed, self.score(torch.relu(self.map(changed)) * torch.relu(self.sound(a))[:, None]))
        return found + 0.4 * torch.sigmoid(spatial) * found


class CMBS(nn.Module):
    """What both forms have in common."""

    def __init__(self, config, is_weak, classes, inter_heads):
        super().__init__()
        head, sizes = config["head"], widths(config)
        heads = inter_heads if head["interModules"] else 0
        self.spatial = Spatial(VISUAL) if head["spatialAttention"] else None
        self.visual = Side(sizes["visual"], VISUAL, is_weak, classes, heads)
        self.audio = Side(None if sizes["audio"] == AUDIO else sizes["audio"], AUDIO, is_weak, classes, heads)
        self.alpha = head["gateFactor"]

    def features(self, inputs):
        v = inputs.sequence("visual") if self.spatial is None else inputs.patches["visual"]
        a = inputs.sequence("audio")
        a = a if self.audio.input is None else self.audio.input(a)
        v = nn.functional.dropout(torch.relu(self.visual.input(v)), 0.2, self.training)
        return (v if self.spatial is None else self.spatial(v, a.flatten(0, 1)).reshape(*a.shape[:2], VISUAL)), a

    def met(self, v, a):
        """Memories, and what each stream reads of the other's."""
        memories = self.visual.remembered(v), self.audio.remembered(a)
        return memories, (self.visual.reading(memories[1], v), self.audio.reading(memories[0], a))

    def fused(self, v, a):
        if self.visual.inter is None:
            return (v + a) / 2
        v2 = self.visual.inter(v * a, torch.cat([a, v], dim=1))
        return (v2 + self.audio.inter(a * v2, torch.cat([v2, a], dim=1))) / 2


def largest(x):
    """The mean of the four largest over time."""
    return x.topk(min(4, x.shape[1]), dim=1).values.mean(dim=1)


class Supervised(CMBS):
    def __init__(self, config):
        super().__init__(config, False, len(config["labels"]) - 1, 4)
        self.alpha = 0.1 if self.alpha < 0 else self.alpha
        self.event, self.classes = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, len(config["labels"]) - 1)

    def outputs(self, inputs):
        """e [B, T], g [B, T], u [B, events], av [B, events]."""
        v, a = self.features(inputs)
        memories, (v, a) = self.met(self.visual.lstm(v)[0], self.audio.lstm(a)[0])
        gates = [torch.sigmoid(side.gate(m)) for side, m in zip((self.visual, self.audio), memories)]
        v, a = v * (1 + self.alpha * gates[1]), a * (1 + self.alpha * gates[0])
        both = (largest(self.visual.classes(v)) + largest(self.audio.classes(a))) / 2
        fused = self.fused(v, a)
        u = self.classes(fused.max(dim=1).values) + 0.3 * both
        return self.event(fused)[..., 0], (gates[0] * gates[1])[..., 0], u, both

    def forward(self, inputs):
        event, _, u, _ = self.outputs(inputs)
        return torch.cat([u.repeat_interleave(inputs.segments, dim=0), event.reshape(-1, 1)], dim=-1)


class Weak(CMBS):
    def __init__(self, config):
        super().__init__(config, True, len(config["labels"]), 2)
        self.alpha = 0.2 if self.alpha < 0 else self.alpha
        self.classes = nn.Linear(WIDTH, len(config["labels"]), bias=False)

    def outputs(self, inputs):
        """The gate [B, T], scores [B, labels], and those of the clip [B, labels]."""
        memories, (v, a) = self.met(*self.features(inputs))
        gates = [torch.sigmoid(side.gate(m)) for side, m in zip((self.visual, self.audio), memories)]
        v = (1 - self.alpha) * v + self.alpha * gates[0] * v
        a = (1 - self.alpha) * a + self.alpha * gates[1] * a
        gate = (gates[0] + gates[1])[..., 0] / 2
        weights = 0.5 * (torch.sigmoid(self.visual.classes(v)) + torch.sigmoid(self.audio.classes(a)))
        raw = largest(weights * self.classes(self.fused(v, a)))
        return gate, raw, (gate[..., None] * raw[:, None]).max(dim=1).values

    def forward(self, inputs):
        gate, raw, _ = self.outputs(inputs)
        return torch.cat([raw.repeat_interleave(inputs.segments, dim=0), gate.reshape(-1, 1)], dim=-1)


@register_head("cmbs")
def cmbs(config):
    return Weak(config) if config["supervision"] == "weak" else Supervised(config)
