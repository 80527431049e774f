#!/usr/bin/env python3
"""Writes values and gradients of DTL, which stands beside some blocks and within others, computed by PyTorch.

    python3 -m venv venv && venv/bin/pip install -r tools/references/requirements.txt
    venv/bin/python tools/references/hybrid.py Tests/References [--seed 7]

Output: hybrid.safetensors. Modules are those of tools/python, which `load_adapter` makes; they run blocks of vit-hf and
swin-hf of the same folder. Each case has a prefix, such as `vit/dtl`, and under it (f32):

    input/<stream>.<i>  the state that enters block i of those below, and of the first that runs; the last is its input
    param/<parameter>   as avprep names them, matrices [outputs, inputs]
    output/<stream>     the final norm of the mean of the patches, or what stands for the backbone's whole
    cotangent/<stream>  the loss is the sum of inner products with them
    grad/<parameter>

All is computed in double precision from numbers that single precision holds. Every parameter is random, none closed.
"""

import argparse
from pathlib import Path

import cpu_torch  # noqa: F401, before transformers
import methods
import safetensors.torch
import torch
import transformers
from avprep.adapters import registry
from avprep.adapters.streams import Run, Stream, Tokens

STREAMS = methods.STREAMS
DTL = {"name": "dtl", "rank": 2, "slope": 100, "pooling": "patches"}

# Name, backbones, what blocks below are read, the first that runs, and the method. A slope of 100 makes nearly a
# rectifier of σ; a smaller one shows what the sigmoid does.
CASES = [
    ("vit/dtl", ("vit-hf", "vit-hf"), ([0, 1], [0, 1]), (2, 2), DTL),
    ("vit/dtl-smooth", ("vit-hf", "vit-hf"), ([0], [0, 1]), (1, 2), DTL | {"rank": 3, "slope": 5, "pooling": "backbone"}),
    ("swin/dtl", ("swin-hf", "swin-hf"), ([2], [4]), (3, 5), DTL | {"slope": 5}),
]


def case(name, networks, below, first, method, numbers):
    config = {
        "streams": {m: networks[m].config | {
            "seam": [{"layer": layer, "tokens": "all"} for layer in below[m] + [first[m]]]} for m in STREAMS},
        "method": method, "first_blocks": first, "placement": {"hybrid": {"below": below, "from": first}}}
    module = methods.open_parameters(registry.methods[method["name"]](config).double(), numbers)
    inputs, given = {}, {}
    for m in STREAMS:
        network, start = networks[m], first[m]
        states = [torch.randn(3, network.counts[b], network.config["widths"][b], generator=numbers).double()
                  for b in below[m] + [start]]
        inputs |= {f"{m}.{b}": x for b, x in zip(below[m] + [start], states)}
        run = Run(network.blocks, start, states[-1], Tokens(network.config), network.norm, None)
        given[m] = Stream([], states[:-1], None, run)
    outputs = module(given)
    cotangents = {m: torch.randn(outputs[m].shape, generator=numbers).double() for m in STREAMS}
    sum((cotangents[m] * outputs[m]).sum() for m in STREAMS).backward()
    tensors = {f"input/{key}": x for key, x in inputs.items()}
    for part, values in {"output": outputs, "cotangent": cotangents}.items():
        tensors |= {f"{part}/{m}": value for m, value in values.items()}
    for n, p in module.named_parameters():
        tensors |= {f"param/{n}": p, f"grad/{n}": p.grad}
    smallest = min(p.grad.abs().max().item() for p in module.parameters())
    print(f"{name}: {sum(p.numel() for p in module.parameters())} parameters, smallest gradient of one {smallest:.1e}")
    return {f"{name}/{key}": value for key, value in tensors.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=20261122)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    numbers, known, tensors = torch.Generator().manual_seed(arguments.seed), {}, {}
    for name, backbones, below, first, method in CASES:
        for backbone in backbones:
            if backbone not in known:
                known[backbone] = methods.Network(arguments.folder, backbone)
                if backbone == "vit-hf":
                    known[backbone].counts = [17] * len(known[backbone].blocks)
        networks = {m: known[b] for m, b in zip(STREAMS, backbones)}
        tensors |= case(name, networks, dict(zip(STREAMS, below)), dict(zip(STREAMS, first)), method, numbers)
    file = arguments.folder / "hybrid.safetensors"
    safetensors.torch.save_file(
        {name: value.detach().float().contiguous() for name, value in tensors.items()}, file,
        metadata={"written_by": f"tools/references/hybrid.py with torch {torch.__version__}, "
                                f"transformers {transformers.__version__}"})
    file.chmod(0o644)
    print(f"{file}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
