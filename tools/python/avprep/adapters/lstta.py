"""LSTTA (Liu et al., ACM MM 2023, arXiv:2308.14274), whose equations are a reconstruction, between blocks or beside them."""

import torch
from torch import nn

from .av_pea_in_blocks import OTHER
from .copl import switch
from .pairs import block_pairs
from .registry import register_method
from .streams import Tokens

STREAMS = ["visual", "audio", "text"]


class Options:
    """The switches of a recipe, and what follows from them."""

    def __init__(self, method):
        self.method = method
        self.filters, self.interacts = switch(method["lsf"]), switch(method["ssi"])
        language = method["language"]
        self.filters_by_text = self.filters and language in ("on", "lsf-only")
        self.interacts_with_text = self.interacts and language in ("on", "ssi-only")
        self.changes_text = switch(method["textAdapter"]) and language != "off"
        uses_text = self.filters_by_text or self.interacts_with_text or self.changes_text
        self.streams = STREAMS if uses_text else STREAMS[:2]
        self.changed = STREAMS if self.changes_text else STREAMS[:2]

    def __getitem__(self, name):
        return self.method[name]


class Clips:
    """Which segments of a batch's clips have data, and how long their texts are; a text for each clip."""

    def __init__(self, streams, segments, text):
        rows = len(streams["visual"].valid)
        self.count, self.segments, self.text = rows // segments, segments, text
        self.valid = {s: streams[s].valid.reshape(-1, segments) for s in OTHER}
        self.lengths = streams["text"].lengths if "text" in streams else None

    def whole(self, tokens):
        """The class token, or the mean of the tokens that are there, [clips, d]."""
        if self.text.pooling != "mean" or self.lengths is None:
            return self.text.pooled(tokens, self.lengths)
        return self.masked_text(tokens).sum(dim=1) / self.lengths[:, None]

    def masked(self, rows, stream):
        return rows * self.valid[stream].reshape(-1, 1)

    def masked_text(self, tokens):
        if self.lengths is None:
            return tokens
        there = torch.arange(tokens.shape[1], device=tokens.device) < self.lengths[:, None]
        return tokens * there[..., None]


class Exchange:
    """Long-term semantic filtering and short-term semantic interaction, by modules of the streams."""

    def __init__(self, options):
        self.options = options

    def modules(self, stream, width):
        """What a stream has of it."""
        options, found = self.options, {}
        if options.filters and stream != "text":
            inputs = (3 if options.filters_by_text else 2) * width
            found["filter"] = nn.ModuleDict({"hidden": nn.Linear(inputs, width), "score": nn.Linear(width, 1)})
        if options.interacts and stream in options.changed:
            module = nn.ModuleDict({part: nn.Linear(width, width) for part in ("query", "key", "value", "output")})
            module.gate = nn.Parameter(torch.ones(()))
            found["interaction"] = module
        return found

    def importance(self, module, own, other, whole, valid):
        """s, [clips, T], with a mean of 1 over the segments with data."""
        x = torch.cat([own, other], dim=-1)
        if self.options.filters_by_text:
            x = torch.cat([x, whole[:, None].expand(-1, own.shape[1], -1)], dim=-1)
        e = module["score"](torch.tanh(module["hidden"](x)))[..., 0]
        if self.options["importance"] == "sigmoid":
            return 2 * torch.sigmoid(e)
        shares = torch.softmax(e.masked_fill(valid == 0, float("-inf")), dim=-1).nan_to_num(0.0)
        return valid.sum(dim=1, keepdim=True) * shares

    def read(self, module, queries, keys, seen):
        """What queries read of keys, where they see them, [clips, queries, keys]."""
        heads = self.options["heads"]

        def split(x):
            return x.unflatten(-1, (heads, -1)).transpose(1, 2)

        q, k, v = (split(module[part](x)) for part, x in (("query", queries), ("key", keys), ("value", keys)))
        scores = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).masked_fill(~seen[:, None], float("-inf"))
        mixed = (torch.softmax(scores, dim=-1).nan_to_num(0.0) @ v).transpose(1, 2).flatten(2)
        return module.gate * module["output"](mixed)

    def __call__(self, modules, h, clips):
        """Rows by stream, [clips, T, d] and [clips, N, d], and importances, [clips, T]."""
        options, whole = self.options, clips.whole(h["text"]) if "text" in h else None
        importance, rows = {}, dict(h)
        for s in OTHER:
            if options.filters:
                importance[s] = self.importance(modules[s]["filter"], h[s], h[OTHER[s]], whole, clips.valid[s])
                rows[s] = importance[s][..., None] * h[s]
        filtered = dict(rows)
        for s in options.changed if options.interacts else []:
            if s == "text":
                keys = torch.cat([filtered["visual"], filtered["audio"]], dim=1)
                valid = torch.cat([clips.valid["visual"], clips.valid["audio"]], dim=1)
                seen = (valid > 0)[:, None].expand(-1, h["text"].shape[1], -1)
            else:
                keys, count = filtered[OTHER[s]], clips.segments
                window = count if options["window"] == "T" else options["window"]
                places = torch.arange(count, device=keys.device)
                seen = ((places - places[:, None]).abs() <= window // 2) & (clips.valid[OTHER[s]] > 0)[:, None]
                if options.interacts_with_text:
                    keys = torch.cat([keys, whole[:, None]], dim=1)
                    seen = torch.cat([seen, seen.new_ones(clips.count, count, 1)], dim=2)
            rows[s] = filtered[s] + self.read(modules[s]["interaction"], filtered[s], keys, seen)
        return rows, importance


def boundaries(streams, options, first):
    """Boundaries of adapters by stream: behind paired blocks that run, or where a recipe asks for them."""
    pairs = block_pairs(streams["visual"], streams["audio"])
    count, found = len(pairs), []
    if "text" in options.streams:
        depth = len(streams["text"]["widths"])
        count = min(count, depth)
    for number in range(1, count + 1):
        pair = pairs[len(pairs) // count * number - 1]
        found.append({"visual": pair[0] + 1, "audio": pair[1] + 1})
        if "text" in options.streams:
            found[-1]["text"] = depth // count * number
    found = [b for b in found if all(b[s] > first[s] for s in b)]
    if options["positions"] == "all":
        return found
    known = {b["visual"]: b for b in [{s: first[s] for s in options.streams}, *found]}
    return [known[position] for position in options["positions"]]


class InBlocks(nn.Module):
    """Adapters between frozen blocks."""

    def __init__(self, config):
        super().__init__()
        streams, method = config["streams"], config["method"]
        self.options, self.segments = Options(method), 1
        self.exchange = Exchange(self.options)
        self.text = Tokens(streams["text"]) if "text" in streams else None
        self.boundaries = boundaries(streams, self.options, config["first_blocks"])
        places, width = {}, method["width"]
        for boundary in self.boundaries:
            for s, place in boundary.items():
                widths = streams[s]["widths"]
                features = widths[min(place, len(widths) - 1)]
                module = nn.ModuleDict({"norm": nn.LayerNorm(features), "down": nn.Linear(features, width)})
                if s in self.options.changed:
                    module["up"] = nn.Linear(width, features)
                if self.options.filters and method["lsfTarget"] == "stream" and s != "text":
                    module.share = nn.Parameter(torch.zeros(()))
                module.update(self.exchange.modules(s, width))
                places.setdefault(str(place), nn.ModuleDict())[s] = module
        self.boundary = nn.ModuleDict(places)

    def apply_at(self, boundary, runs, clips):
        parts = {s: self.boundary[str(place)][s] for s, place in boundary.items()}
        h = {}
        for s, part in parts.items():
            x = runs[s].state if s == "text" else runs[s].pooled().unflatten(0, (clips.count, clips.segments))
            h[s] = part["down"](part["norm"](x))
            if s != "text":
                h[s] = h[s] * clips.valid[s][..., None]
        rows, importance = self.exchange(parts, h, clips)
        for s, part in parts.items():
            if "up" not in part:
                continue
            change = part["up"](nn.functional.gelu(rows[s]))
            if s == "text":
                runs[s].state = runs[s].state + clips.masked_text(change)
                continue
            if hasattr(part, "share"):
                excess = clips.masked((importance[s] - 1).flatten()[:, None], s)
                runs[s].state = runs[s].state * (1 + part.share * excess)[..., None]
            runs[s].state = runs[s].state + clips.masked(change.flatten(0, 1), s)[:, None]

    def forward(self, streams):
        clips = Clips(streams, self.segments, self.text)
        runs = {s: streams[s].run for s in self.options.streams}
        for boundary in self.boundaries:
            for s, place in boundary.items():
                runs[s].to(place)
            self.apply_at(boundary, runs, clips)
        return {s: stream.frozen_final() for s, stream in streams.items()}


class Ladder(nn.Module):
    """States that climb over what stands for the whole of tapped layers; a reconstruction, not in the paper."""

    def __init__(self, config):
        super().__init__()
        streams, width = config["streams"], config["method"]["sideWidth"]
        self.options, self.segments = Options(config["method"]), 1
        self.exchange = Exchange(self.options)
        self.text = Tokens(streams["text"]) if "text" in streams else None
        taps = {s: [seam["layer"] for seam in streams[s]["seam"] if seam["tokens"] != "pooled"]
                for s in self.options.streams}
        self.tap = nn.ModuleList()
        for index in range(len(taps["visual"])):
            tap = nn.ModuleDict()
            for s in self.options.streams:
                widths = streams[s]["widths"]
                features = widths[min(taps[s][index], len(widths) - 1)]
                tap[s] = nn.ModuleDict({"norm": nn.LayerNorm(features), "down": nn.Linear(features, width)})
                if s in self.options.changed:
                    if index > 0:
                        tap[s].mix = nn.Parameter(torch.zeros(()))
                    tap[s]["feedForward"] = nn.ModuleDict({
                        "norm": nn.LayerNorm(width), "up": nn.Linear(width, 2 * width),
                        "down": nn.Linear(2 * width, width)})
                tap[s].update(self.exchange.modules(s, width))
            self.tap.append(tap)
        self.out = nn.ModuleDict({
            s: nn.ModuleDict({"norm": nn.LayerNorm(width), "linear": nn.Linear(width, streams[s]["width"])})
            for s in self.options.changed})

    def forward(self, streams):
        clips, z = Clips(streams, self.segments, self.text), {}
        for index, tap in enumerate(self.tap):
            h = {}
            for s, part in tap.items():
                if s == "text":
                    x = streams[s].layers[index]
                else:
                    x = streams[s].descriptors[index].unflatten(0, (clips.count, clips.segments))
                h[s] = part["down"](part["norm"](x))
                if s != "text":
                    h[s] = h[s] * clips.valid[s][..., None]
                if s in z:
                    share = torch.sigmoid(part.mix / 0.1)
                    h[s] = share * z[s] + (1 - share) * h[s]
            rows, _ = self.exchange(tap, h, clips)
            for s in self.options.changed:
                feed = tap[s]["feedForward"]
                z[s] = rows[s] + feed["down"](nn.functional.gelu(feed["up"](feed["norm"](rows[s]))))
        outputs = {s: stream.frozen_final() for s, stream in streams.items()}
        for s, state in z.items():
            whole = clips.whole(state) if s == "text" else state.flatten(0, 1)
            change = self.out[s]["linear"](self.out[s]["norm"](whole))
            outputs[s] = outputs[s] + (change if s == "text" else clips.masked(change, s))
        return outputs


@register_method("lstta")
def lstta(config):
    """Beside the blocks or between them, as the placement says."""
    return Ladder(config) if "ladder" in config["placement"] else InBlocks(config)
