#!/usr/bin/env python3
"""Writes values and gradients of CoPL and LSTTA, within frozen blocks and beside them, computed by PyTorch.

    python3 -m venv venv && venv/bin/pip install -r tools/references/requirements.txt
    venv/bin/python tools/references/copl_lstta.py Tests/References [--seed 7]

Output: copl-lstta.safetensors. The modules are those of tools/python, which `load_adapter` loads; the backbones are
vit-hf and bert of the same folder, run by tools/python, and swin-hf, run by in_block.py. Streams of one case have states of
their own. Sizes are small, and every parameter is random, none closed.

Each case has a prefix, such as `vit/copl`, and under it (f32):

    input/<stream>             the state that enters the first block that runs
    input/<stream>.final       what stands for the whole at the end, where it is read
    input/<stream>.<i>.class   of a ladder's tap: the class token; .patches; .tokens of a text; .whole a descriptor
    input/<stream>.valid       1 for segments with data; of a text its length
    param/<parameter>          as avprep names them; linear weights [out, in]
    output/<stream>            and `output/penalty` where the loss has one
    cotangent/<stream>         the loss is the sum of inner products with them, and 0.7 times the penalty
    grad/<parameter>

All is computed in double precision from numbers that single precision holds. On the way it is checked that modules have
as many parameters as the specification says at the sizes of real backbones, and that prompts which pass a block with the
tokens and are dropped behind it give what extra keys and values give.
"""

import argparse
import copy
import math
import sys
from pathlib import Path

import cpu_torch  # noqa: F401, before transformers
import safetensors.torch
import torch
import transformers

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
import in_block  # noqa: E402
import methods  # noqa: E402
from avprep.adapters import registry  # noqa: E402
from avprep.adapters.blocks import Backbone  # noqa: E402
from avprep.adapters.streams import Run, Stream, Tokens  # noqa: E402

CLASS = {"first": 0, "count": 1}

COPL = {
    "name": "copl", "specific": True, "interaction": True, "bank": True, "specificTokens": 10, "interactionTokens": 5,
    "bankTokens": 5, "bankSize": 20, "coupling": "cross-query", "selection": "soft", "selected": 1, "pull": 0.1,
    "temperature": 0.1, "queryLevel": "segment", "depth": "deep", "rank": 16, "couplingRank": 16, "bankScope": "group",
    "bankGroup": 6, "querySource": "block-input", "queryDetach": True, "insertion": "frozen-kv", "promptGate": "none",
    "width": 128, "heads": 4}
SMALL_COPL = {
    "specificTokens": 3, "interactionTokens": 2, "bankTokens": 2, "bankSize": 4, "rank": 3, "couplingRank": 3,
    "bankGroup": 2, "temperature": 0.5}
LSTTA = {
    "name": "lstta", "lsf": True, "ssi": True, "window": 3, "importance": "softmax", "lsfTarget": "branch",
    "language": "on", "textAdapter": True, "heads": 1, "width": 64, "sideWidth": 128, "positions": "all"}


class SwinBlock(methods.SwinBlock):
    """One whose prompts have no gate."""

    def attended(self, x, prompts=None, prompt_gate=None, **hooks):
        assert prompt_gate is None
        return super().attended(x, **hooks) if prompts is None else super().attended(x, prompts=prompts, **hooks)


class Backbones:
    """What runs, by kind: blocks, final norm, and what a configuration says of the stream."""

    def __init__(self, folder):
        self.blocks, self.norms, self.streams, self.tokens = {}, {}, {}, {"vit": 17, "bert": 9}
        for kind, name, stream in [("vit", "vit-hf", "visual"), ("bert", "bert", "text")]:
            backbone = Backbone(transformers.AutoModel.from_pretrained(folder / name).double(), stream)
            self.blocks[kind], self.norms[kind] = backbone.blocks, backbone.norm
            self.streams[kind] = stream_shape([backbone.blocks[0].query.in_features] * len(backbone.blocks))
        swin = in_block.Swin(folder / "swin-hf")
        in_block.check(swin, {2: 1, 4: 2})
        self.blocks["swin"] = [SwinBlock(swin, number) for number in range(swin.depth)]
        self.norms["swin"] = lambda x: in_block.norm(x, swin.weights, "layernorm", swin.epsilon)
        self.streams["swin"] = stream_shape(swin.widths, list(swin.config.depths), "mean", 0)
        self.sides = [side for side, depth in zip(swin.sides, swin.config.depths) for _ in range(depth)]

    def count(self, kind, first):
        return self.sides[first] ** 2 if kind == "swin" else self.tokens[kind]


def stream_shape(widths, stages=None, pooling=None, specials=1):
    return {"widths": widths, "width": widths[-1], "stages": stages or [len(widths)], "pooling": pooling or CLASS,
            "specials": specials}


def make(method, streams, placement, first=None, seams=None):
    streams = {s: dict(v, seam=(seams or {}).get(s, [])) for s, v in streams.items()}
    config = {"method": method, "streams": streams, "placement": placement, "first_blocks": first or {}}
    return registry.methods[method["name"]](config)


class Numbers:
    """Random numbers that single precision holds."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, *shape, scale=1.0):
        return (scale * torch.randn(shape, generator=self.generator)).float().double()

    def fill(self, module):
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                shape = parameter.shape
                # A mix is divided by 0.1, and is to leave a slope.
                flat = 0.1 if name.endswith("mix") else 0.3
                value = self(*shape, scale=flat if parameter.dim() < 2 else 1 / math.sqrt(shape[-1]))
                parameter.copy_(1 + value if name.endswith(("norm.weight", "gate", "share")) else value)
        for parameter in module.parameters():
            parameter.data = parameter.data.float().double()


def finish(prefix, module, inputs, outputs, numbers):
    """The tensors of a case, after the pass back."""
    tensors = {f"input/{name}": value for name, value in inputs.items()}
    loss = 0
    for s, value in outputs.items():
        cotangent = numbers(*value.shape)
        loss = loss + (cotangent * value).sum()
        tensors |= {f"output/{s}": value, f"cotangent/{s}": cotangent}
    penalty = getattr(module, "penalty", None)
    if penalty is not None:
        tensors["output/penalty"] = penalty
        loss = loss + 0.7 * penalty
    loss.backward()
    for name, parameter in module.named_parameters():
        tensors |= {f"param/{name}": parameter, f"grad/{name}": parameter.grad}
    # What is added to all scores of a softmax changes nothing.
    without_slope = ["interaction.key.bias"]
    without_slope += ["filter.score.bias"] if module.options.method.get("importance") == "softmax" else []
    slopes = {n: p.grad.abs().max().item() for n, p in module.named_parameters()}
    smallest = min(slope for n, slope in slopes.items() if not n.endswith(tuple(without_slope)))
    assert smallest > 1e-5, min(slopes, key=slopes.get)
    count = sum(p.numel() for p in module.parameters())
    print(f"{prefix}: {count} parameters, smallest gradient of one {smallest:.1e}")
    return {f"{prefix}/{name}": value.detach().clone() for name, value in tensors.items()}


def in_blocks(prefix, backbones, method, kinds, first, segments, numbers, rows=6, valid=None, lengths=None):
    """A case of a method within blocks."""
    streams = {s: backbones.streams[kind] for s, kind in kinds.items()}
    module = make(method, streams, {"suffix": 0}, first).double()
    module.segments = segments
    numbers.fill(module)
    inputs = {}
    for s, kind in kinds.items():
        count = rows // segments if s == "text" else rows
        inputs[s] = numbers(count, backbones.count(kind, first[s]), streams[s]["widths"][first[s]])
        if method.get("querySource") == "frozen-final":
            inputs[f"{s}.final"] = numbers(rows, streams[s]["width"])
        if s == "text":
            inputs["text.valid"] = torch.tensor(lengths).double()
        elif valid:
            inputs[f"{s}.valid"] = torch.tensor(valid[s]).double()

    def given():
        found = {}
        for s, kind in kinds.items():
            known = inputs.get(f"{s}.valid")
            length = known if s == "text" else None
            known = torch.ones(rows).double() if known is None else known
            run = Run(backbones.blocks[kind], first[s], inputs[s], Tokens(streams[s]), backbones.norms[kind], length)
            found[s] = Stream(
                [], [], inputs.get(f"{s}.final"), run, valid=known, lengths=length)
        return found

    if prefix in ("vit/copl", "mixed/copl"):
        other = copy.deepcopy(module)
        other.options.method = method | {"insertion": "concatenated"}
        with torch.no_grad():
            expected, found = module(given()), other(given())
        distance = max((expected[s] - found[s]).abs().max().item() for s in kinds)
        print(f"tokens that are dropped behind a block give what extra keys and values give, to {distance:.1e}")
        assert distance < 1e-12
    return finish(prefix, module, inputs, module(given()), numbers)


def ladder(prefix, method, streams, taps, segments, numbers, rows=6, valid=None, lengths=None, patches=5):
    """A case of a method beside blocks."""
    kinds = {s: {"copl": "patches", "lstta": "all" if s == "text" else "descriptor"}[method["name"]] for s in streams}
    seams = {s: [{"layer": layer, "tokens": kinds[s]} for layer in taps[s]] + [{"layer": 0, "tokens": "pooled"}]
             for s in streams}
    module = make(method, streams, {"ladder": taps}, seams=seams).double()
    module.segments = segments
    numbers.fill(module)
    inputs, given = {}, {}
    for s, stream in streams.items():
        count, tokens = (rows // segments if s == "text" else rows), Tokens(stream)
        inputs[f"{s}.final"] = numbers(count, stream["width"])
        pairs, layers, descriptors, length, known = [], [], [], None, torch.ones(rows).double()
        for index, layer in enumerate(taps[s]):
            width = stream["widths"][min(layer, len(stream["widths"]) - 1)]
            if kinds[s] == "patches":
                inputs[f"{s}.{index}.class"], inputs[f"{s}.{index}.patches"] = (
                    numbers(count, width), numbers(count, patches, width))
                pairs.append((inputs[f"{s}.{index}.class"], inputs[f"{s}.{index}.patches"]))
            elif kinds[s] == "all":
                inputs[f"{s}.{index}.tokens"] = numbers(count, patches, width)
                layers.append(inputs[f"{s}.{index}.tokens"])
            else:
                inputs[f"{s}.{index}.whole"] = numbers(count, width)
                descriptors.append(inputs[f"{s}.{index}.whole"])
        if s == "text":
            length = inputs["text.valid"] = torch.tensor(lengths).double()
        elif valid:
            known = inputs[f"{s}.valid"] = torch.tensor(valid[s]).double()
        given[s] = Stream(
            pairs, layers, inputs[f"{s}.final"], None, descriptors=descriptors, valid=known, lengths=length)
    return finish(prefix, module, inputs, module(given), numbers)


def check_counts():
    """Parameters at the sizes of real backbones."""
    def plain(width, depth):
        return stream_shape([width] * depth)

    def staged(width, depths):
        return stream_shape([width << s for s, d in enumerate(depths) for _ in range(d)], depths, "mean", 0)

    base, large, swin, htsat = plain(768, 12), plain(1024, 24), staged(192, [2, 2, 18, 2]), staged(96, [2, 2, 6, 2])

    def check(method, streams, expected, first=0, taps=None):
        streams = dict(zip(["visual", "audio", "text"], streams))
        kind = "patches" if method["name"] == "copl" else "descriptor"
        seams = {s: [{"layer": layer, "tokens": kind} for layer in (taps or {}).get(s, [])] for s in streams}
        with torch.device("meta"):
            module = make(method, streams, {"ladder": taps} if taps else {"suffix": first}, dict.fromkeys(streams, first), seams)
        found = sum(p.numel() for p in module.parameters())
        assert found == expected, (method["name"], found, expected)
        print(method["name"], "ladder" if taps else f"from {first}", found)

    def quarters(*streams):
        return {s: [round(i * len(v["widths"]) / 4) for i in range(1, 5)] for s, v in zip(["visual", "audio", "text"], streams)}

    check(COPL, [base, base], 947_136)
    check(COPL, [large, large], 2_525_056)
    check(COPL, [swin, swin], 2_282_880)
    check(COPL, [swin, htsat], 1_094_208)
    check(COPL, [base, base], 393_536, first=8)
    check(COPL, [base, base], 2_133_504, taps=quarters(base, base))
    check(COPL, [large, large], 2_465_792, taps=quarters(large, large))
    # The outputs of stages, before merging, are states of the stages' own widths.
    check(COPL, [swin, htsat], 1_995_456, taps={"visual": [1, 3, 21, 24], "audio": [1, 3, 9, 12]})
    check(LSTTA, [base, base, base], 4_521_276)
    check(LSTTA, [large, base, base], 4_923_708)
    off = LSTTA | {"language": "off"}
    check(off, [base, base], 12 * 251_268)
    check(LSTTA, [base, base, base], 3_479_581, taps=quarters(base, base, base))
    check(LSTTA, [large, base, base], 3_645_725, taps=quarters(large, base, base))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=20261121)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    check_counts()
    backbones, numbers, tensors = Backbones(arguments.folder), Numbers(arguments.seed), {}

    def copl(**changes):
        return COPL | SMALL_COPL | changes

    both, mixed = {"visual": "vit", "audio": "vit"}, {"visual": "vit", "audio": "swin"}
    start = {"visual": 0, "audio": 0}
    tensors |= in_blocks("vit/copl", backbones, copl(), both, start, 2, numbers, rows=4)
    tensors |= in_blocks(
        "vit/copl-topk", backbones, copl(selection="topk", selected=2, bankScope="block"), both, start, 2, numbers, rows=4)
    tensors |= in_blocks(
        "vit/copl-shared", backbones, copl(coupling="shared-index", queryLevel="clip", queryDetach=False), both, start, 2,
        numbers, rows=4)
    tensors |= in_blocks(
        "vit/copl-raw", backbones, copl(insertion="raw-kv", promptGate="tanh", coupling="own-query"), both, start, 2,
        numbers, rows=4)
    tensors |= in_blocks(
        "vit/copl-final", backbones, copl(querySource="frozen-final", depth="shallow", promptGate="tanh"), both,
        {"visual": 1, "audio": 1}, 2, numbers, rows=4)
    tensors |= in_blocks(
        "mixed/copl", backbones, copl(bankScope="all"), mixed, {"visual": 0, "audio": 2}, 2, numbers, rows=4)

    def lstta(**changes):
        return LSTTA | {"width": 4, "sideWidth": 8} | changes

    three, late = both | {"text": "bert"}, {"visual": 1, "audio": 1, "text": 1}
    valid = {"visual": [1, 1, 0, 1, 1, 1], "audio": [1, 1, 1, 0, 0, 0]}
    tensors |= in_blocks(
        "vit/lstta", backbones, lstta(), three, late, 3, numbers, valid=valid, lengths=[9, 5])
    tensors |= in_blocks(
        "vit/lstta-stream", backbones,
        lstta(importance="sigmoid", lsfTarget="stream", heads=2, window="T", language="lsf-only"), three,
        late, 3, numbers, valid=valid, lengths=[9, 5])
    tensors |= in_blocks(
        "vit/lstta-listening", backbones, lstta(language="ssi-only", textAdapter=False, positions=[1, 3]), three, late, 3,
        numbers, lengths=[7, 9])
    tensors |= in_blocks(
        "mixed/lstta", backbones, lstta(language="off"), mixed, {"visual": 1, "audio": 3}, 3, numbers, valid=valid)

    visual, audio = stream_shape([24] * 3), stream_shape([20] * 3, pooling="mean", specials=0)
    text = stream_shape([12] * 3)
    taps = {"visual": [1, 3], "audio": [2, 3], "text": [1, 3]}
    pair = {"visual": visual, "audio": audio}
    pair_taps = {s: taps[s] for s in pair}
    small = {"width": 8, "heads": 2}
    tensors |= ladder("copl-ladder", copl(**small), pair, pair_taps, 2, numbers, rows=4)
    tensors |= ladder(
        "copl-ladder-topk", copl(selection="topk", selected=2, queryLevel="clip", **small), pair, pair_taps, 2, numbers, rows=4)
    tensors |= ladder(
        "copl-ladder-shared", copl(coupling="shared-index", interaction=False, **small), pair, pair_taps, 2, numbers, rows=4)
    three = pair | {"text": text}
    tensors |= ladder("lstta-ladder", lstta(), three, taps, 3, numbers, valid=valid, lengths=[5, 3])
    tensors |= ladder(
        "lstta-ladder-mean", lstta(importance="sigmoid", heads=2, window=1),
        pair | {"text": stream_shape([12] * 3, pooling="mean", specials=0)}, taps, 3, numbers, valid=valid, lengths=[5, 3])
    tensors |= ladder(
        "lstta-ladder-listening", lstta(language="lsf-only", textAdapter=False), three, taps, 3, numbers, lengths=[5, 3])

    # Each of the two modules by itself.
    last, both_three = {"visual": 2, "audio": 2, "text": 2}, both | {"text": "bert"}
    for name, switch in {"unfiltered": {"lsf": False}, "apart": {"ssi": False}}.items():
        tensors |= in_blocks(
            f"vit/lstta-{name}", backbones, lstta(**switch), both_three, last, 3, numbers, valid=valid, lengths=[9, 5])
        tensors |= ladder(
            f"lstta-ladder-{name}", lstta(**switch), three, taps, 3, numbers, valid=valid, lengths=[5, 3])

    file = arguments.folder / "copl-lstta.safetensors"
    safetensors.torch.save_file(
        {name: value.float().contiguous() for name, value in tensors.items()}, file,
        metadata={"written_by": f"tools/references/copl_lstta.py with torch {torch.__version__}, "
                                f"transformers {transformers.__version__}"})
    file.chmod(0o644)
    print(f"{file}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
