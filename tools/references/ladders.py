#!/usr/bin/env python3
"""Writes values and gradients of side networks beside small backbones, computed by PyTorch.

    python3 -m venv venv && venv/bin/pip install -r tools/references/requirements.txt
    venv/bin/python tools/references/ladders.py Tests/References [--seed 7]

Output: ladders.safetensors. The networks are the PyTorch modules of tools/python, which exported adapters load with,
written from the equations of each method: LST, UniPT, Mettle, MoLT. Streams are

    visual      3 blocks of width 24, a class token and 5 patches, layers 1 and 3 tapped
    audio       3 stages of a block each, widths 8, 12, 20, no class token, 4 tokens, layers 0, 2 and 3 tapped

Cases (`lst` taps layers 1 and 3 of audio, and layer 0 of both beside those listed; `molt` layers 2 and 3 of audio):

    lst             reduction 4
    lst-clip-vil    the other published variant, of one stream of width 64, so that there are two heads
    unipt           reduction 4; of visual the pooled final state is read, of audio all its tokens
    unipt-tokens    the same with all tokens of both
    mettle          3 tokens of width 6, 10 outputs
    molt            4 tokens of width 6, 10 outputs, orthogonality 0.3

Each case is a prefix, and under it (f32):

    input/tap.<i>.<stream>.class [3, D]      input/tap.<i>.<stream>.patches [3, N, D]
    input/final.<stream> [3, D]              or input/finalTokens.<stream> [3, N, D]
    param/<parameter>   as avprep names them; linear weights [out, in]
    output/<stream>     [3, D]               penalty [1] of molt
    cotangent           of the outputs side by side; the loss is its inner product with them, and the penalty
    grad/<parameter>

All is computed in double precision from numbers that single precision holds. Every parameter is random.
"""

import argparse
import math
import sys
from pathlib import Path

import cpu_torch  # noqa: F401
import safetensors.torch
import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "python"))
from avprep.adapters import registry  # noqa: E402
from avprep.adapters.streams import Stream, method_streams  # noqa: E402

ROWS = 3
VISUAL = {"widths": [24] * 3, "width": 24, "pooling": {"first": 0, "count": 1}, "specials": 1, "layers": [1, 3], "N": 5}
AUDIO = {"widths": [8, 12, 20], "width": 20, "pooling": "mean", "specials": 0, "layers": [0, 2, 3], "N": 4}
WIDE = {"widths": [64] * 3, "width": 64, "pooling": {"first": 0, "count": 1}, "specials": 1, "layers": [0, 2], "N": 6}
BOTH = {"visual": VISUAL, "audio": AUDIO}

CASES = {
    "lst": ({"name": "lst", "reduction": 4, "variant": "t5"},
            {"visual": {**VISUAL, "layers": [0, 1, 3]}, "audio": {**AUDIO, "layers": [0, 1, 3]}}, ()),
    "lst-clip-vil": ({"name": "lst", "reduction": 1, "variant": "clip-vil"}, {"visual": WIDE}, ()),
    "unipt": ({"name": "unipt", "reduction": 4}, BOTH, ("audio",)),
    "unipt-tokens": ({"name": "unipt", "reduction": 4}, BOTH, ("visual", "audio")),
    "mettle": ({"name": "mettle", "tokens": 3, "width": 6, "outputs": 10}, BOTH, ()),
    "molt": ({"name": "molt", "tokens": 4, "width": 6, "outputs": 10, "orthogonality": 0.3},
             {"visual": VISUAL, "audio": {**AUDIO, "layers": [2, 3]}}, ()),
}


def randomise(module, generator):
    """Parameters away from where they begin, as numbers of single precision."""
    for name, p in module.named_parameters():
        noise = torch.randn(p.shape, generator=generator, dtype=torch.double)
        if name.endswith(("norm.weight", "norm1.weight", "norm2.weight")):
            value = 1 + 0.3 * noise
        elif name.endswith("mix"):
            value = 0.08 * noise
        elif p.ndim < 2:
            value = 0.2 * noise
        elif name.endswith(("tokens", "Queries")):
            value = 0.7 * noise
        else:
            value = noise / math.sqrt(p.shape[1])
        p.data = value.float().double()


def write(name, method, streams, with_tokens, generator):
    """The tensors of a case."""
    config = {"method": method, "placement": {"ladder": []}, "streams": {
        s: {**{k: v for k, v in stream.items() if k not in ("layers", "N")},
            "seam": [{"layer": layer, "tokens": "patches"} for layer in stream["layers"]]}
        for s, stream in streams.items()}}
    module = registry.methods[method["name"]](config).double()
    randomise(module, generator)
    found, given = {}, {}

    def random(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.double).float().double()

    for s in method_streams(config):
        stream, taps = streams[s], []
        for index, layer in enumerate(stream["layers"]):
            width = stream["widths"][min(layer, len(stream["widths"]) - 1)]
            patches = random(ROWS, stream["N"], width)
            row = patches.mean(dim=1) if stream["pooling"] == "mean" else random(ROWS, width)
            taps.append((row, patches))
            found[f"input/tap.{index}.{s}.class"], found[f"input/tap.{index}.{s}.patches"] = taps[-1]
        final = final_tokens = None
        if s in with_tokens:
            has_class = stream["pooling"] != "mean"
            final_tokens = found[f"input/finalTokens.{s}"] = random(ROWS, stream["N"] + has_class, stream["width"])
        else:
            final = found[f"input/final.{s}"] = random(ROWS, stream["width"])
        given[s] = Stream(taps, [], final, None, final_tokens)
    outputs = module(given)
    joined = torch.cat([outputs[s] for s in given], dim=-1)
    cotangent = found["cotangent"] = random(*joined.shape)
    loss = (joined * cotangent).sum()
    if hasattr(module, "penalty"):
        found["penalty"] = module.penalty(given)[None]
        loss = loss + found["penalty"][0]
    loss.backward()
    found |= {f"output/{s}": x for s, x in outputs.items()}
    for key, p in module.named_parameters():
        found |= {f"param/{key}": p, f"grad/{key}": p.grad}
    size = max(p.grad.abs().max().item() for p in module.parameters())
    small = [key for key, p in module.named_parameters() if p.grad.abs().max() < 1e-3 * size]
    print(f"{name}: {sum(p.numel() for p in module.parameters())} parameters, hardly any gradient of {small}")
    return {f"{name}/{key}": value for key, value in found.items()}


def count(name, widths, method, final):
    """Parameters of a method, of streams with taps of these widths."""
    config = {"method": method, "placement": {"ladder": []}, "streams": {
        s: {"widths": list(w), "width": final[s], "pooling": "mean", "specials": 0,
            "seam": [{"layer": i, "tokens": "patches"} for i in range(len(w))]} for s, w in widths.items()}}
    with torch.device("meta"):
        return sum(p.numel() for p in registry.methods[name](config).parameters())


def check_counts():
    """The counts of the modules are those of the formulas for whole backbones."""
    def both(width, layers):
        return {s: [width] * layers for s in ("visual", "audio")}, dict.fromkeys(("visual", "audio"), width)
    swin = [192] * 2 + [384] * 2 + [768] * 18 + [1536] * 2
    htsat = [96] * 2 + [192] * 2 + [384] * 6 + [768] * 2
    staged = {"visual": 1536, "audio": 768}
    for name, (widths, final), method, expected in [
        ("lst", both(768, 5), {"reduction": 8, "variant": "t5"}, 1_782_346),
        ("lst", both(1024, 7), {"reduction": 8, "variant": "t5"}, 4_480_782),
        ("unipt", both(768, 13), {"reduction": 2}, 8_860_418),
        ("unipt", both(768, 13), {"reduction": 8}, 2_216_258),
        ("unipt", both(1024, 25), {"reduction": 8}, 7_086_850),
        ("mettle", both(768, 12), {"tokens": 4, "width": 32, "outputs": 256}, 2_006_016),
        ("mettle", both(1024, 24), {"tokens": 4, "width": 32, "outputs": 256}, 5_216_256),
        ("mettle", ({"visual": swin, "audio": htsat}, staged), {"tokens": 4, "width": 32, "outputs": 256}, 2_500_992),
        ("molt", both(768, 4), {"tokens": 8, "width": 128, "outputs": 256, "orthogonality": 0.01}, 918_546),
        ("molt", both(1024, 4), {"tokens": 8, "width": 128, "outputs": 256, "orthogonality": 0.01}, 1_184_786),
        ("molt", ({"visual": swin[20:], "audio": htsat[8:]}, staged),
         {"tokens": 8, "width": 128, "outputs": 256, "orthogonality": 0.01}, 1_018_386),
    ]:
        found = count(name, widths, method, final)
        assert found == expected, (name, found, expected)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=20251122)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    check_counts()
    generator = torch.Generator().manual_seed(arguments.seed)
    tensors = {}
    for case, parts in CASES.items():
        tensors |= write(case, *parts, generator)
    file = arguments.folder / "ladders.safetensors"
    safetensors.torch.save_file(
        {name: value.detach().float().contiguous() for name, value in tensors.items()}, file,
        metadata={"written_by": f"tools/references/ladders.py with torch {torch.__version__}"})
    file.chmod(0o644)
