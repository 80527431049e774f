"""CoPL (Zhao et al., ACM MM 2024), whose equations are a reconstruction, within the blocks or beside them."""

import torch
from torch import nn

from .av_pea_in_blocks import OTHER
from .av_pea import tap_widths
from .pairs import block_pairs
from .registry import register_method
from .streams import Tokens


def normalised(x):
    return x / x.norm(dim=-1, keepdim=True).clamp(min=1e-6)


def clip_means(x, segments):
    """The mean over a clip's segments, for each of them, [rows, C]."""
    return x.unflatten(0, (-1, segments)).mean(dim=1).repeat_interleave(segments, dim=0)


def switch(value):
    """An option that a recipe writes as true or false, on or off."""
    return value in (True, "on")


class Options:
    """The switches of a recipe; rows of a kind that is switched off are none."""

    def __init__(self, method):
        self.specific, self.interaction, self.bank = (
            method[f"{kind}Tokens"] if switch(method[kind]) else 0 for kind in ("specific", "interaction", "bank"))
        self.method = method
        # Keys and values may have prompts of their own.
        self.sources = ["Keys", "Values"] if method["insertion"] == "raw-kv" else [""]

    def __getitem__(self, name):
        return self.method[name]


class Coupling(nn.Module):
    """The map of a query to the width of the other stream: q + (q V) U, or (q V) U where widths differ."""

    def __init__(self, inputs, outputs, rank):
        super().__init__()
        self.down, self.up = nn.Linear(inputs, rank, bias=False), nn.Linear(rank, outputs, bias=False)
        self.is_residual = inputs == outputs

    def forward(self, query):
        change = self.up(self.down(query))
        return query + change if self.is_residual else change


class Side(nn.Module):
    """What one stream has of a bank."""

    def __init__(self, width, options, coupling):
        super().__init__()
        self.keys = nn.Parameter(torch.zeros(options["bankSize"], width))
        for source in options.sources:
            self.register_parameter(
                f"prompts{source}", nn.Parameter(torch.zeros(options["bankSize"], options.bank, width)))
        self.coupling = coupling if options["coupling"] == "cross-query" else None
        self.names = [f"prompts{source}" for source in options.sources]

    def queries(self, own, other):
        found = [own] if self.coupling is None else [own, self.coupling(other)]
        return [normalised(query) for query in found]


class Bank(nn.Module):
    """Entries chosen by the queries of both streams."""

    def __init__(self, sides, options):
        super().__init__()
        self.visual, self.audio = sides["visual"], sides["audio"]
        self.options = options

    def forward(self, queries):
        """By stream the rows of each tensor of prompts, [rows, N, D], and the pull of keys to queries."""
        sides = {s: getattr(self, s) for s in OTHER}
        asked = {s: side.queries(queries[s], queries[OTHER[s]]) for s, side in sides.items()}
        scores = {s: sum(q @ normalised(sides[s].keys).T for q in asked[s]) for s in OTHER}
        if self.options["coupling"] == "shared-index":
            scores = dict.fromkeys(OTHER, scores["visual"] + scores["audio"])
        rows, penalty = {}, None
        for s, side in sides.items():
            if self.options["selection"] == "soft":
                weights = torch.softmax(scores[s] / self.options["temperature"], dim=-1)
                rows[s] = [torch.einsum("rm,mnd->rnd", weights, getattr(side, name)) for name in side.names]
                continue
            chosen = scores[s].topk(self.options["selected"], dim=-1).indices
            rows[s] = [getattr(side, name)[chosen].flatten(1, 2) for name in side.names]
            keys = normalised(side.keys)[chosen]
            pulls = [1 - torch.einsum("rd,rkd->rk", q, keys) for q in asked[s]]
            pull = self.options["pull"] * sum(p.sum(dim=1).mean() for p in pulls)
            penalty = pull if penalty is None else penalty + pull
        return rows, penalty


class InBlocks(nn.Module):
    """Prompts of a stream in every block, prompts of both and of a bank in pairs of blocks.

    `penalty` is what the last pass would add to the loss; None without such a term.
    """

    def __init__(self, config):
        super().__init__()
        streams, first = config["streams"], config["first_blocks"]
        self.options = options = Options(config["method"])
        self.segments, self.penalty = 1, None
        widths = {s: streams[s]["widths"] for s in OTHER}
        pairs = [dict(zip(OTHER, pair)) for pair in block_pairs(streams["visual"], streams["audio"])]
        self.pairs = [pair for pair in pairs if all(pair[s] >= first[s] for s in OTHER)]
        if options["depth"] == "shallow":
            self.pairs = self.pairs[:1]
        blocks = {}
        for s in OTHER:
            paired = [pair[s] for pair in self.pairs]
            last = len(widths[s]) if options["depth"] == "deep" else first[s] + 1
            for block in range(first[s], len(widths[s])):
                module = nn.Module()
                for source in options.sources:
                    if options.specific and block < last:
                        module.register_parameter(
                            f"specific{source}", nn.Parameter(torch.zeros(options.specific, widths[s][block])))
                    if options.interaction and block in paired:
                        module.add_module(
                            f"interaction{source}", nn.Linear(options["rank"], widths[s][block], bias=False))
                if options["promptGate"] == "tanh" and (
                        options.specific and block < last or (options.interaction or options.bank) and block in paired):
                    module.gate = nn.Parameter(torch.zeros(()))
                blocks.setdefault(str(block), nn.ModuleDict())[s] = module
        if options.interaction:
            for pair in self.pairs:
                blocks[str(pair["visual"])]["shared"] = nn.ParameterDict({
                    f"interaction{source}": nn.Parameter(torch.zeros(options.interaction, options["rank"]))
                    for source in options.sources})
        self.block = nn.ModuleDict(blocks)
        self.bank, self.bank_of = self.make_banks(widths) if options.bank else (nn.ModuleList(), [None] * len(self.pairs))

    def make_banks(self, widths):
        """Banks, and for each pair which is its: pairs of a bank follow each other and have equal widths."""
        options, found, numbers, count = self.options, [], [], 0
        most = {"group": options["bankGroup"], "block": 1, "all": len(self.pairs)}[options["bankScope"]]
        for pair in self.pairs:
            own = {s: widths[s][pair[s]] for s in OTHER}
            if not found or found[-1] != own or count == most:
                found.append(own)
                count = 0
            count += 1
            numbers.append(len(found) - 1)
        return nn.ModuleList(
            Bank({s: Side(own[s], options, Coupling(own[OTHER[s]], own[s], options["couplingRank"])) for s in OTHER}, options)
            for own in found), numbers

    def query(self, stream):
        found = stream.final if self.options["querySource"] == "frozen-final" else stream.run.pooled()
        found = found.detach() if switch(self.options["queryDetach"]) else found
        return clip_means(found, self.segments) if self.options["queryLevel"] == "clip" else found

    def step(self, s, run, pair=None, bank=()):
        """Runs a block with its prompts."""
        module, rows = self.block[str(run.block)][s], []
        for number, source in enumerate(self.options.sources):
            parts = []
            if hasattr(module, f"specific{source}"):
                parts.append(getattr(module, f"specific{source}"))
            if pair is not None and self.options.interaction:
                shared = self.block[str(pair["visual"])]["shared"][f"interaction{source}"]
                parts.append(getattr(module, f"interaction{source}")(shared))
            if bank:
                parts.append(bank[number])
            count = run.state.shape[0]
            rows.append(torch.cat([part.expand(count, -1, -1) for part in parts], dim=1) if parts else None)
        if rows[0] is None:
            run.leave(run.fed(run.attended()))
        elif self.options["insertion"] == "concatenated":
            run.leave(run.beside(rows[0]))
        else:
            gate = torch.tanh(module.gate) if hasattr(module, "gate") else None
            hooks = {"prompts": rows[0]} if len(rows) == 1 else {"raw_prompts": rows}
            run.leave(run.fed(run.attended(prompt_gate=gate, **hooks)))

    def forward(self, streams):
        runs = {s: streams[s].run for s in OTHER}
        self.penalty = None
        for pair, number in zip(self.pairs, self.bank_of):
            for s, run in runs.items():
                while run.block < pair[s]:
                    self.step(s, run)
            rows = dict.fromkeys(OTHER, ())
            if number is not None:
                rows, penalty = self.bank[number]({s: self.query(streams[s]) for s in OTHER})
                if penalty is not None:
                    self.penalty = penalty if self.penalty is None else self.penalty + penalty
            for s, run in runs.items():
                self.step(s, run, pair, rows[s])
        for s, run in runs.items():
            while run.block < len(run.blocks):
                self.step(s, run)
        return {s: stream.run.finish() if s in OTHER else stream.frozen_final() for s, stream in streams.items()}


class Tap(nn.Module):
    """What one stream does at one tapped layer."""

    def __init__(self, features, options, tokens):
        super().__init__()
        width = options["width"]
        self.norm = nn.LayerNorm(features)
        self.projection = nn.Linear(features, width, bias=False)
        if options.specific:
            self.specific = nn.Parameter(torch.zeros(options.specific, width))
        self.attend = nn.ModuleDict({
            "norm": nn.LayerNorm(width),
            "attention": nn.MultiheadAttention(width, options["heads"], batch_first=True)})
        self.feedForward = nn.ModuleDict({
            "norm": nn.LayerNorm(width), "up": nn.Linear(width, 2 * width), "down": nn.Linear(2 * width, width)})
        self.options, self.has_class_token = options, tokens.first_patch > 0

    def tokens(self, whole, patches):
        """Of the patches, behind the class token where there is one, [rows, N, width]."""
        states = torch.cat([whole[:, None], patches], dim=1) if self.has_class_token else patches
        return self.projection(self.norm(states))

    def query(self, tokens):
        return tokens[:, 0] if self.has_class_token else tokens.mean(dim=1)

    def forward(self, below, own, other, interaction, bank):
        """The prompts after this tap, [rows, N, width]."""
        parts = [self.specific] if self.options.specific else []
        parts += [interaction] if self.options.interaction else []
        parts += [] if bank is None else [bank]
        added = torch.cat([part.expand(own.shape[0], -1, -1) for part in parts], dim=1)
        z = added if below is None else below + added
        keys, mask = own, None
        if self.options.interaction:
            # Interaction rows see both streams, all others their own.
            keys = torch.cat([own, other], dim=1)
            mask = torch.zeros(z.shape[1], keys.shape[1], dtype=torch.bool, device=z.device)
            mask[:, own.shape[1]:] = True
            mask[self.options.specific:self.options.specific + self.options.interaction] = False
        z = z + self.attend["attention"](
            self.attend["norm"](z), keys, keys, attn_mask=mask, need_weights=False)[0]
        feed = self.feedForward
        return z + feed["down"](nn.functional.gelu(feed["up"](feed["norm"](z))))


class Ladder(nn.Module):
    """Prompts that read cached layers of both streams; a reconstruction, not in the paper."""

    def __init__(self, config):
        super().__init__()
        streams = config["streams"]
        self.options = options = Options(config["method"])
        self.segments, self.penalty = 1, None
        width, taps = options["width"], {s: tap_widths(streams[s]) for s in OTHER}
        self.tap = nn.ModuleList(
            nn.ModuleDict({s: Tap(taps[s][index], options, Tokens(streams[s])) for s in OTHER})
            for index in range(len(taps["visual"])))
        if options.interaction:
            for tap in self.tap:
                tap["shared"] = nn.ParameterDict({"interaction": nn.Parameter(torch.zeros(options.interaction, width))})
        if options.bank:
            self.bank = Bank({s: Side(width, options, nn.Linear(width, width, bias=False)) for s in OTHER}, options)
        self.out = nn.ModuleDict({
            s: nn.ModuleDict({"norm": nn.LayerNorm(width), "linear": nn.Linear(width, streams[s]["width"])})
            for s in OTHER})

    def query(self, found):
        return clip_means(found, self.segments) if self.options["queryLevel"] == "clip" else found

    def forward(self, streams):
        z, self.penalty = dict.fromkeys(OTHER), None
        for index, tap in enumerate(self.tap):
            tokens = {s: tap[s].tokens(*streams[s].taps[index]) for s in OTHER}
            rows = dict.fromkeys(OTHER, [None])
            if self.options.bank:
                rows, penalty = self.bank({s: self.query(tap[s].query(tokens[s])) for s in OTHER})
                if penalty is not None:
                    self.penalty = penalty if self.penalty is None else self.penalty + penalty
            shared = tap["shared"]["interaction"] if self.options.interaction else None
            z = {s: tap[s](z[s], tokens[s], tokens[OTHER[s]], shared, rows[s][0]) for s in OTHER}
        # A text takes no part in the exchange.
        outputs = {s: stream.frozen_final() for s, stream in streams.items()}
        return outputs | {
            s: outputs[s] + self.out[s]["linear"](self.out[s]["norm"](z[s].mean(dim=1))) for s in OTHER}


@register_method("copl")
def copl(config):
    """Beside the blocks or within them, as the placement says."""
    return Ladder(config) if "ladder" in config["placement"] else InBlocks(config)
