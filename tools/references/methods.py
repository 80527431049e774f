#!/usr/bin/env python3
"""Writes values and gradients of methods within blocks, computed by the PyTorch modules that load_adapter makes.

    python3 -m venv venv && venv/bin/pip install -r tools/references/requirements.txt
    venv/bin/python tools/references/methods.py Tests/References [--seed 7]

Output: methods.safetensors. Modules are those of tools/python/avprep/adapters; they run blocks of the small checkpoints in
the same folder, by transformers, or for swin-hf as in_block.py writes them out. The file's metadata has under `cases` a
list of {name, backbones: by stream, first: by stream the first block that runs, method: name and every option}; each case has
its tensors under `<name>/` (f32):

    input/<stream>      the state that enters its first block
    param/<parameter>   as avprep names them, matrices [outputs, inputs]
    buffer/<buffer>     running statistics at first
    output/<stream>     class token or mean of tokens after the final norm, in training, without dropout
    cotangent           of the outputs side by side: the loss is its inner product with them
    grad/<parameter>
    updated/<buffer>    running statistics after that batch
    evaluated/<stream>  outputs of these, in evaluation; of methods with buffers alone

All is computed in double precision from numbers that single precision holds. Every parameter is random, none closed.
"""

import argparse
import copy
import json
import math
import sys
from pathlib import Path

import cpu_torch  # noqa: F401, before transformers
import in_block
import safetensors.torch
import torch
import transformers

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
from avprep.adapters import registry  # noqa: E402
from avprep.adapters.blocks import Backbone  # noqa: E402
from avprep.adapters.streams import Run, Stream, Tokens  # noqa: E402

STREAMS = ("visual", "audio")
AV_PEA = {"name": "av-pea", "layout": "two-per-block", "width": 128, "reduction": 16, "groups": 1, "bias": True,
          "normIn": True, "normOut": False, "batchNorm": False, "attention": "own-class",
          "attentionScale": "root-width", "attentionNorm": "none", "activation": "relu", "zeroInit": "gate",
          "streams": "both"}
ONE_PER_BLOCK = {"layout": "one-per-block", "reduction": 8, "bias": False, "normOut": True, "batchNorm": True}
LAVISH = {"name": "lavish", "reduction": 8, "tokens": 2, "groups": 2, "batchNorm": True, "normBefore": True,
          "normAfter": True, "gateAudio": True, "latents": "uniform", "branch": "cross-modal"}
NORMS = {"name": "norm-tuning", "norms": True, "biases": False, "perStream": True}
ADAPTER = {"name": "adapter", "hidden": 6}
ADAPT_FORMER = {"name": "adaptformer", "hidden": 6, "scale": 0.1, "dropout": 0.0}
PROMPTS = {"name": "vpt-shallow", "tokens": 3}

# Name, backbone of both streams or of each, first block, and the method.
CASES = [
    ("deit/adapter", "deit", 0, ADAPTER),
    ("bert/adapter", "bert", 1, ADAPTER),
    ("swin/adapter", "swin-hf", 3, ADAPTER),
    ("deit/adaptformer", "deit", 0, ADAPT_FORMER),
    ("bert/adaptformer", "bert", 1, ADAPT_FORMER | {"scale": 0.7}),
    ("swin/adaptformer", "swin-hf", 3, ADAPT_FORMER),
    ("deit/norms", "deit", 0, NORMS),
    ("deit/norms-shared", "deit", 0, NORMS | {"perStream": False}),
    ("bert/biases", "bert", 1, NORMS | {"norms": False, "biases": True}),
    ("deit/norms-biases", "deit", 0, NORMS | {"biases": True}),
    ("swin/norms-biases", "swin-hf", 3, NORMS | {"biases": True}),
    ("deit/vpt-shallow", "deit", 0, PROMPTS),
    ("bert/vpt-shallow", "bert", 1, PROMPTS),
    ("deit/lavish", "deit", 0, LAVISH),
    ("deit/lavish-avqa", "deit", 0, LAVISH | {"groups": 4, "tokens": 6, "batchNorm": False}),
    ("deit/lavish-bare", "deit", 0, LAVISH | {"normBefore": False, "normAfter": False, "gateAudio": False, "groups": 1}),
    ("deit/lavish-unimodal", "deit", 0, LAVISH | {"branch": "unimodal"}),
    ("deit/lavish-unimodal-relu", "deit", 0, LAVISH | {"branch": "unimodal-relu", "batchNorm": False}),
    ("swin/lavish", "swin-hf", 3, LAVISH),
    ("deit/av-pea-g2", "deit", 0, AV_PEA | {"layout": "two-per-block-g2", "reduction": 8, "groups": 2}),
    ("deit/av-pea-one", "deit", 0, AV_PEA | ONE_PER_BLOCK),
    ("deit/av-pea-off", "deit", 0, AV_PEA | {"attention": "off"}),
    ("deit/av-pea-relay", "deit", 0, AV_PEA | {"attention": "relay"}),
    ("swin/av-pea-relay", "swin-hf", 3, AV_PEA | {"attention": "relay"}),
    ("deit/av-pea-unscaled", "deit", 0, AV_PEA | {"attentionScale": "none"}),
    ("deit/av-pea-normed", "deit", 0, AV_PEA | {"attentionNorm": "layer-norm"}),
    ("deit/av-pea-gelu-up", "deit", 0, AV_PEA | {"activation": "gelu", "zeroInit": "up", "normIn": False}),
    ("deit/av-pea-audio", "deit", 0, AV_PEA | {"streams": "audio-only", "bias": False}),
    ("deit/av-pea-visual-relay", "deit", 0, AV_PEA | {"streams": "visual-only", "attention": "relay"}),
    ("uneven/av-pea-one", {"visual": "vit-hf", "audio": "bert"}, 2,
     AV_PEA | ONE_PER_BLOCK | {"attentionNorm": "layer-norm"}),
    ("uneven/av-pea-relay", {"visual": "swin-hf", "audio": "swin-hf"}, {"visual": 2, "audio": 3},
     AV_PEA | {"attention": "relay"}),
]


class SwinBlock:
    """A block of in_block.Swin with the places that methods add to."""

    def __init__(self, swin, number):
        self.swin, self.number = swin, number

    def changed(self, change):
        """The backbone with norms and biases of this block changed."""
        if not change:
            return self.swin
        swin, find = copy.copy(self.swin), self.swin.find
        swin.weights = dict(swin.weights)

        def add(name, delta):
            swin.weights[name] = swin.weights[name] + delta
        for part, names in {
                "norm1": ["layernorm_before"], "norm2": ["layernorm_after"],
                "projection": ["attention.output.dense", "attention.o_proj"],
                "expansion": ["intermediate.dense", "mlp.fc1"], "contraction": ["output.dense", "mlp.fc2"]}.items():
            if part in change:
                name = find(self.number, *names)
                add(f"{name}.bias", change[part].bias)
                if change[part].weight is not None:
                    add(f"{name}.weight", change[part].weight)
        if "qkv" in change:
            for part, delta in zip(("query", "key", "value"), change["qkv"].bias.chunk(3)):
                add(find(self.number, f"attention.self.{part}", f"attention.{part[0]}_proj") + ".bias", delta)
        return swin

    def entered(self, x, change=None):
        swin = self.swin
        stage, index = swin.places[self.number]
        if change is not None and stage > 0 and index == 0:
            swin = copy.copy(swin)
            name = f"encoder.layers.{stage - 1}.downsample.norm"
            swin.weights = swin.weights | {
                f"{name}.{part}": swin.weights[f"{name}.{part}"] + getattr(change, part) for part in ("weight", "bias")}
        return swin.entered(self.number, x)

    def attended(self, x, lengths=None, branch=None, change=None, **hooks):
        y = self.changed(change).attended(self.number, x, **hooks)
        return y if branch is None else x + branch(y - x)

    def fed(self, y, branch=None, change=None):
        x = self.changed(change).fed(self.number, y)
        return x if branch is None else y + branch(x - y)


class Network:
    """The blocks of a checkpoint, and what an adapter's configuration says of it."""

    def __init__(self, folder, name):
        config = json.loads((folder / name / "config.json").read_text())
        affine = {"isGated": False, "hasKeyBias": True, "hasFinalNorm": name != "bert"}
        if name == "swin-hf":
            swin = in_block.Swin(folder / name)
            self.blocks, widths = [SwinBlock(swin, number) for number in range(swin.depth)], swin.widths
            self.norm = swin.model.layernorm.double()
            merging = [4 * widths[n - 1] if index == 0 and stage > 0 else 0
                       for n, (stage, index) in enumerate(swin.places)]
            self.config = {"pooling": "mean", "specials": 0, "stages": config["depths"]}
            self.counts = [swin.sides[stage] ** 2 for stage, _ in swin.places]
        else:
            model = transformers.AutoModel.from_pretrained(folder / name, attn_implementation="eager").double().eval()
            backbone = Backbone(model, "text" if name == "bert" else "visual")
            self.blocks, self.norm = backbone.blocks, backbone.norm
            widths = [config["hidden_size"]] * len(self.blocks)
            merging = [0] * len(widths)
            specials = {"deit": 2, "vit-hf": 1, "bert": 0}[name]
            self.config = {"pooling": {"first": 0, "count": 1}, "specials": specials, "stages": [len(widths)]}
            self.counts = [9] * len(widths)
        hidden = config.get("intermediate_size")
        hidden = [hidden or int(width * config["mlp_ratio"]) for width in widths]
        self.config |= {"widths": widths, "affine": affine | {"hidden": hidden, "merging": merging}}

    def run(self, first, state):
        return Stream([], [], None, Run(self.blocks, first, state, Tokens(self.config), self.norm, None))


def open_parameters(module, generator):
    """Random values, such that nothing is closed and no norm is that of one."""
    def random(value, scale):
        return (scale * torch.randn(value.shape, generator=generator)).float().double()
    for name, p in module.named_parameters():
        is_scale = name.endswith(("orm.weight", "ate"))
        p.data = random(p, 0.3 if p.dim() < 2 else 1 / math.sqrt(p.shape[-1])) + is_scale
        p.data = p.data.float().double()
    for name, b in module.named_buffers():
        if name.endswith("running_mean"):
            b.data = random(b, 0.3)
        elif name.endswith("running_var"):
            b.data = (1 + random(b, 0.3).abs()).float().double()
    return module


def case(name, networks, first, method, generator):
    config = {"streams": {m: networks[m].config for m in STREAMS}, "method": method, "first_blocks": first,
              "placement": {"suffix": first}}
    module = registry.find("method", registry.methods, method["name"])(config).double()
    open_parameters(module, generator).train()
    inputs = {
        m: torch.randn(3, networks[m].counts[first[m]], networks[m].config["widths"][first[m]],
                       generator=generator).double() for m in STREAMS}

    def outputs():
        return module({m: networks[m].run(first[m], inputs[m]) for m in STREAMS})

    def statistics():
        return {n: b.clone() for n, b in module.named_buffers() if not n.endswith("num_batches_tracked")}
    tensors = {f"buffer/{n}": b for n, b in statistics().items()}
    found = outputs()
    cotangent = torch.randn(3, sum(found[m].shape[-1] for m in STREAMS), generator=generator).double()
    (cotangent * torch.cat([found[m] for m in STREAMS], dim=-1)).sum().backward()
    parameters = dict(module.named_parameters())
    assert all(p.grad is not None for p in parameters.values()), name
    tensors |= {f"input/{m}": inputs[m] for m in STREAMS} | {f"output/{m}": found[m] for m in STREAMS}
    tensors |= {"cotangent": cotangent}
    tensors |= {f"param/{n}": p for n, p in parameters.items()} | {f"grad/{n}": p.grad for n, p in parameters.items()}
    if statistics():
        tensors |= {f"updated/{n}": b for n, b in statistics().items()}
        module.eval()
        with torch.no_grad():
            tensors |= {f"evaluated/{m}": value for m, value in outputs().items()}
    smallest = min(p.grad.abs().max().item() for p in parameters.values())
    print(f"{name}: {sum(p.numel() for p in parameters.values())} parameters, smallest gradient of one {smallest:.1e}")
    return {f"{name}/{key}": value for key, value in tensors.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=20261122)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(arguments.seed)
    known, tensors, cases = {}, {}, []
    for name, backbones, first, method in CASES:
        backbones = backbones if isinstance(backbones, dict) else dict.fromkeys(STREAMS, backbones)
        first = first if isinstance(first, dict) else dict.fromkeys(STREAMS, first)
        for backbone in backbones.values():
            if backbone not in known:
                known[backbone] = Network(arguments.folder, backbone)
        tensors |= case(name, {m: known[backbones[m]] for m in STREAMS}, first, method, generator)
        cases.append({"name": name, "backbones": backbones, "first": first, "method": method})
    file = arguments.folder / "methods.safetensors"
    safetensors.torch.save_file(
        {name: value.detach().float().contiguous() for name, value in tensors.items()}, file,
        metadata={"cases": json.dumps(cases),
                  "written_by": f"tools/references/methods.py with torch {torch.__version__}, "
                                f"transformers {transformers.__version__}"})
    file.chmod(0o644)
    print(f"{file}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
