#!/usr/bin/env python3
"""Writes values and gradients of methods within the blocks of small frozen backbones, computed by PyTorch.

    python3 -m venv venv && venv/bin/pip install -r tools/references/requirements.txt
    venv/bin/python tools/references/in_block.py Tests/References [--seed 7]

Output: in-block.safetensors. The backbones are the ViT and the Swin Transformer of vit-hf and swin-hf in the same folder,
whose blocks are written out below and compared with those of transformers first. Methods are written from their
equations, for two streams with backbones of the same weights and states of their own, three rows each:

    av-pea      Y = X + MHSA(LN1 X) + A1(X, X'),   X+ = Y + MLP(LN2 Y) + A2(Y, Y')     streams updated at once
                A(X, X') = g2 · up(relu(down(LN [c + g1 · softmax(c P'ᵀ/√D) P' ; P])))
                c the class token, or the mean, whose change every token gets; P' the other stream's patches, or all
    lora        query and value maps: W x + (alpha / r) · B A x,   r = 8, alpha = 8
    vpt-deep    attention of [X] to [prompts ; X], keys and values from the normed prompts
    vpt-shallow of Swin: windows of [prompts ; X], of which the prompts go on as means over the windows, and repeated four
                times along channels into the merging of patches; without them after the last block

Each case has a prefix, `vit/av-pea`, `vit/lora`, `vit/vpt-deep`, `swin/av-pea` or `swin/vpt-shallow`, and under it (f32):

    input/<stream>      the state that enters block 0 (ViT), block 2 (Swin, the first of the second stage), or block 1
                        (shallow prompts in Swin, the first whose windows are shifted)
    param/<parameter>   as avprep names them; linear weights [out, in]
    output/<stream>     class token or mean of tokens after the final norm
    cotangent           of the outputs side by side: the loss is its inner product with them
    grad/<parameter>

All is computed in double precision from numbers that single precision holds. Every parameter is random, none closed.
"""

import argparse
import math
from pathlib import Path

import cpu_torch  # noqa: F401, before transformers
import safetensors.torch
import torch
import torch.nn.functional as F
import transformers

STREAMS = ("visual", "audio")


def linear(x, weights, name):
    return F.linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))


def norm(x, weights, name, epsilon):
    return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], epsilon)


def attention(q, k, v, heads, bias=None):
    """Of [B, N, D] to [B, M, D]; `bias` [heads, N, M] or [B, heads, N, M]."""
    def split(x):
        return x.unflatten(-1, (heads, -1)).transpose(1, 2)
    scores = split(q) @ split(k).transpose(-1, -2) / math.sqrt(q.shape[-1] // heads)
    if bias is not None:
        scores = scores + bias
    return (scores.softmax(-1) @ split(v)).transpose(1, 2).flatten(2)


class ViT:
    """The blocks of vit-hf."""

    def __init__(self, folder):
        self.model = transformers.ViTModel.from_pretrained(folder, attn_implementation="eager").eval()
        self.weights = {n: p.detach().double() for n, p in self.model.named_parameters()}
        config = self.model.config
        self.depth, self.heads, self.epsilon = config.num_hidden_layers, config.num_attention_heads, config.layer_norm_eps
        self.widths = [config.hidden_size] * self.depth
        # Their names have changed with the versions of transformers.
        self.names = {}
        for name in self.weights:
            for short, options in {
                "before": ["layernorm_before"], "after": ["layernorm_after"],
                "query": ["attention.attention.query", "attention.q_proj"],
                "key": ["attention.attention.key", "attention.k_proj"],
                "value": ["attention.attention.value", "attention.v_proj"],
                "out": ["attention.output.dense", "attention.o_proj"],
                "up": ["intermediate.dense", "mlp.fc1"], "down": ["output.dense", "mlp.fc2"],
            }.items():
                for block in range(self.depth):
                    for option in options:
                        if name.endswith(f".{block}.{option}.weight"):
                            self.names[block, short] = name.removesuffix(".weight")

    def name(self, block, short):
        return self.names[block, short]

    def entered(self, block, x):
        return x

    def attended(self, block, x, prompts=None, low_rank=None):
        def normed(y):
            return norm(y, self.weights, self.name(block, "before"), self.epsilon)
        h = normed(x)
        q, k, v = (linear(h, self.weights, self.name(block, part)) for part in ("query", "key", "value"))
        if low_rank:
            q, v = q + low_rank("query", h), v + low_rank("value", h)
        if prompts is not None:
            p = normed(prompts)
            k, v = (
                torch.cat([linear(p, self.weights, self.name(block, part)).expand(len(x), -1, -1), old], dim=1)
                for part, old in (("key", k), ("value", v)))
        return x + linear(attention(q, k, v, self.heads), self.weights, self.name(block, "out"))

    def fed(self, block, y):
        h = norm(y, self.weights, self.name(block, "after"), self.epsilon)
        return y + linear(F.gelu(linear(h, self.weights, self.name(block, "up"))), self.weights, self.name(block, "down"))

    def final(self, x):
        return norm(x, self.weights, "layernorm", self.epsilon)[:, 0]

    # For the class token: what stands for the whole, where a message goes, and what the other stream reads.
    def whole(self, x):
        return x[:, 0]

    def told(self, x, message):
        return torch.cat([x[:, :1] + message[:, None], x[:, 1:]], dim=1)

    def patches(self, x):
        return x[:, 1:]


class Swin:
    """The blocks of swin-hf, whose windows are shifted in every second block where the map is larger than a window."""

    def __init__(self, folder, size=64):
        self.model = transformers.SwinModel.from_pretrained(folder).eval()
        self.weights = {n: p.detach().double() for n, p in self.model.named_parameters()}
        config = self.model.config
        self.config, self.epsilon, self.window = config, config.layer_norm_eps, config.window_size
        self.places = [(s, b) for s, depth in enumerate(config.depths) for b in range(depth)]
        self.depth = len(self.places)
        self.widths = [config.embed_dim << s for s, _ in self.places]
        self.sides = [size // config.patch_size >> s for s in range(len(config.depths))]

    def prefix(self, block):
        stage, index = self.places[block]
        return f"encoder.layers.{stage}.blocks.{index}"

    def find(self, block, *options):
        for option in options:
            if f"{self.prefix(block)}.{option}.weight" in self.weights:
                return f"{self.prefix(block)}.{option}"
        raise KeyError(options)

    def entered(self, block, x):
        stage, index = self.places[block]
        if stage == 0 or index > 0:
            return x
        side = self.sides[stage - 1]
        carried, m = self.split(x, side)
        m = m.unflatten(1, (side, side))
        joined = torch.cat([m[:, i::2, j::2] for j in (0, 1) for i in (0, 1)], dim=-1).flatten(1, 2)
        joined = torch.cat([carried.repeat(1, 1, 4), joined], dim=1)
        name = f"encoder.layers.{stage - 1}.downsample"
        return linear(norm(joined, self.weights, f"{name}.norm", 1e-5), self.weights, f"{name}.reduction")

    def split(self, x, side):
        """Rows that stand before the tokens of a map, and these."""
        count = x.shape[1] - side ** 2
        return x[:, :count], x[:, count:]

    def bias(self, block, window):
        table = next(self.weights[n] for n in self.weights
                     if n.startswith(self.prefix(block)) and n.endswith("relative_position_bias_table"))
        at = torch.arange(window)
        rows, columns = at.repeat_interleave(window), at.repeat(window)
        down, right = rows[:, None] - rows + window - 1, columns[:, None] - columns + window - 1
        return table[down * (2 * window - 1) + right].permute(2, 0, 1)

    def attended(self, block, x, prompts=None, low_rank=None):
        stage, index = self.places[block]
        side, heads = self.sides[stage], self.config.num_heads[stage]
        window = min(self.window, side)
        shift = window // 2 if index % 2 and side > window else 0
        h = norm(x, self.weights, self.find(block, "layernorm_before"), self.epsilon)

        def windows(m):
            m = torch.roll(m.unflatten(1, (side, side)), (-shift, -shift), (1, 2))
            m = m.unflatten(2, (-1, window)).unflatten(1, (-1, window)).transpose(2, 3)
            return m.flatten(3, 4).flatten(1, 2).flatten(0, 1)

        # Rows before the map stand before the tokens of every window, with neither bias nor mask.
        count = (side // window) ** 2
        carried, h = self.split(h, side)
        q, k, v = (torch.cat([linear(carried, self.weights, name).repeat_interleave(count, dim=0),
                              windows(linear(h, self.weights, name))], dim=1)
                   for part in ("query", "key", "value")
                   for name in [self.find(block, f"attention.self.{part}", f"attention.{part[0]}_proj")])
        bias = self.bias(block, window)
        if shift:
            area = torch.zeros(side, side)
            cuts = [slice(0, side - window), slice(side - window, side - shift), slice(side - shift, side)]
            for number, (rows, columns) in enumerate((r, c) for r in cuts for c in cuts):
                area[rows, columns] = number
            area = area.unflatten(1, (-1, window)).unflatten(0, (-1, window)).transpose(1, 2).flatten(2).flatten(0, 1)
            mask = torch.where(area[:, :, None] == area[:, None], 0.0, -100.0).double()
            bias = bias + mask.repeat(len(x), 1, 1)[:, None]
        bias = F.pad(bias, (carried.shape[1], 0, carried.shape[1], 0))
        if prompts is not None:
            # The same in all windows of an image, with neither bias nor mask.
            p = norm(prompts, self.weights, self.find(block, "layernorm_before"), self.epsilon).expand(len(x), -1, -1)
            k, v = (
                torch.cat([linear(p, self.weights, self.find(block, f"attention.self.{part}", f"attention.{part[0]}_proj"))
                           .repeat_interleave(count, dim=0), old], dim=1)
                for part, old in (("key", k), ("value", v)))
            bias = F.pad(bias, (p.shape[1], 0))
        mixed = attention(q, k, v, heads, bias)
        branch = linear(mixed, self.weights, self.find(block, "attention.output.dense", "attention.o_proj"))
        means = branch[:, :carried.shape[1]].unflatten(0, (len(x), count)).mean(1)
        branch = branch[:, carried.shape[1]:]
        m = branch.unflatten(0, (len(x), side // window, side // window)).unflatten(3, (window, window))
        m = m.transpose(2, 3).flatten(3, 4).flatten(1, 2)
        return x + torch.cat([means, torch.roll(m, (shift, shift), (1, 2)).flatten(1, 2)], dim=1)

    def fed(self, block, y):
        h = norm(y, self.weights, self.find(block, "layernorm_after"), self.epsilon)
        h = F.gelu(linear(h, self.weights, self.find(block, "intermediate.dense", "mlp.fc1")))
        return y + linear(h, self.weights, self.find(block, "output.dense", "mlp.fc2"))

    def final(self, x):
        return norm(x, self.weights, "layernorm", self.epsilon).mean(1)

    def whole(self, x):
        return x.mean(1)

    def told(self, x, message):
        return x + message[:, None]

    def patches(self, x):
        return x


def check(backbone, layers):
    """Blocks as they are written here against those of transformers."""
    model = backbone.model.double()
    pixels = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1), dtype=torch.double)
    with torch.no_grad():
        states = model(pixel_values=pixels, output_hidden_states=True).hidden_states
    x = states[0]
    for block in range(backbone.depth):
        x = backbone.entered(block, x)
        x = backbone.fed(block, backbone.attended(block, x))
        if block + 1 in layers:
            # Swin's states are those after merging, which opens the next stage.
            after = backbone.entered(block + 1, x) if block + 1 < backbone.depth else x
            distance = (after - states[layers[block + 1]]).abs().max().item()
            assert distance < 1e-6, (block, distance)  # transformers takes the softmax in single precision
    print(type(backbone).__name__, "is that of transformers")


def avpea_adapter(p, name, backbone, x, other):
    c, keys = backbone.whole(x), backbone.patches(other)
    weights = torch.softmax(torch.einsum("bd,bnd->bn", c, keys) / math.sqrt(c.shape[-1]), dim=-1)
    message = p[f"{name}.crossGate"] * torch.einsum("bn,bnd->bd", weights, keys)
    h = norm(backbone.told(x, message), p, f"{name}.norm", 1e-5)
    return p[f"{name}.gate"] * linear(torch.relu(linear(h, p, f"{name}.down")), p, f"{name}.up")


def avpea_shapes(backbone, first):
    shapes = {}
    for block in range(first, backbone.depth):
        d = backbone.widths[block]
        for m in STREAMS:
            for place in ("attention", "feedForward"):
                name = f"block.{block}.{m}.{place}"
                shapes |= {f"{name}.crossGate": (), f"{name}.gate": (), f"{name}.norm.weight": (d,),
                           f"{name}.norm.bias": (d,), f"{name}.down.weight": (d // 16, d), f"{name}.down.bias": (d // 16,),
                           f"{name}.up.weight": (d, d // 16), f"{name}.up.bias": (d,)}
    return shapes


def avpea(backbone, first, p, x):
    x = dict(x)
    for block in range(first, backbone.depth):
        if block > first:
            x = {m: backbone.entered(block, x[m]) for m in STREAMS}
        y = {m: backbone.attended(block, x[m])
             + avpea_adapter(p, f"block.{block}.{m}.attention", backbone, x[m], x[STREAMS[m == "visual"]])
             for m in STREAMS}
        x = {m: backbone.fed(block, y[m])
             + avpea_adapter(p, f"block.{block}.{m}.feedForward", backbone, y[m], y[STREAMS[m == "visual"]])
             for m in STREAMS}
    return {m: backbone.final(x[m]) for m in STREAMS}


def lora_shapes(backbone, first):
    return {f"block.{block}.{m}.{part}.{factor}.weight": (8, d) if factor == "a" else (d, 8)
            for block in range(first, backbone.depth) for d in [backbone.widths[block]]
            for m in STREAMS for part in ("query", "value") for factor in "ab"}


def lora(backbone, first, p, x):
    outputs = {}
    for m in STREAMS:
        y = x[m]
        for block in range(first, backbone.depth):
            def low_rank(part, h, name=f"block.{block}.{m}"):
                return linear(linear(h, p, f"{name}.{part}.a"), p, f"{name}.{part}.b")
            y = backbone.fed(block, backbone.attended(block, y, low_rank=low_rank))
        outputs[m] = backbone.final(y)
    return outputs


def prompts_shapes(backbone, first):
    return {f"block.{block}.{m}.prompts": (3, backbone.widths[block])
            for block in range(first, backbone.depth) for m in STREAMS}


def prompts(backbone, first, p, x):
    outputs = {}
    for m in STREAMS:
        y = x[m]
        for block in range(first, backbone.depth):
            y = backbone.fed(block, backbone.attended(block, y, prompts=p[f"block.{block}.{m}.prompts"]))
        outputs[m] = backbone.final(y)
    return outputs


def shallow_shapes(backbone, first):
    return {f"block.{first}.{m}.prompts": (3, backbone.widths[first]) for m in STREAMS}


def shallow(swin, first, p, x):
    outputs = {}
    for m in STREAMS:
        rows = p[f"block.{first}.{m}.prompts"]
        y = torch.cat([rows.expand(len(x[m]), -1, -1), x[m]], dim=1)
        for block in range(first, swin.depth):
            y = swin.entered(block, y) if block > first else y
            y = swin.fed(block, swin.attended(block, y))
        outputs[m] = swin.final(y[:, len(rows):])
    return outputs


def case(prefix, backbone, first, tokens, shapes, forward, generator):
    def random(shape, scale=1.0):
        return (scale * torch.randn(shape, generator=generator)).double()
    p = {}
    for name, shape in shapes.items():
        value = random(shape, 0.3 if len(shape) < 2 else 1 / math.sqrt(shape[1]))
        p[name] = ((1 + value) if name.endswith(("norm.weight", "ate")) else value).float().double().requires_grad_()
    d = backbone.widths[first]
    inputs = {m: random((3, tokens, d)) for m in STREAMS}
    outputs = forward(backbone, first, p, inputs)
    cotangent = random((3, sum(outputs[m].shape[-1] for m in STREAMS)))
    (cotangent * torch.cat([outputs[m] for m in STREAMS], dim=-1)).sum().backward()
    tensors = {f"input/{m}": inputs[m] for m in STREAMS} | {f"output/{m}": outputs[m] for m in STREAMS}
    tensors |= {"cotangent": cotangent} | {f"param/{n}": v for n, v in p.items()} | {f"grad/{n}": v.grad for n, v in p.items()}
    smallest = min(v.grad.abs().max().item() for v in p.values())
    print(f"{prefix}: {sum(v.numel() for v in p.values())} parameters, smallest gradient of one {smallest:.1e}")
    return {f"{prefix}/{name}": value for name, value in tensors.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=20261121)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(arguments.seed)
    vit, swin = ViT(arguments.folder / "vit-hf"), Swin(arguments.folder / "swin-hf")
    check(vit, {1: 1, 2: 2})
    check(swin, {2: 1, 4: 2})
    tensors = case("vit/av-pea", vit, 0, 17, avpea_shapes(vit, 0), avpea, generator)
    tensors |= case("vit/lora", vit, 0, 17, lora_shapes(vit, 0), lora, generator)
    tensors |= case("vit/vpt-deep", vit, 0, 17, prompts_shapes(vit, 0), prompts, generator)
    tensors |= case("swin/av-pea", swin, 2, 64, avpea_shapes(swin, 2), avpea, generator)
    tensors |= case("swin/vpt-shallow", swin, 1, 256, shallow_shapes(swin, 1), shallow, generator)
    file = arguments.folder / "in-block.safetensors"
    safetensors.torch.save_file(
        {name: value.detach().float().contiguous() for name, value in tensors.items()}, file,
        metadata={"written_by": f"tools/references/in_block.py with torch {torch.__version__}, "
                                f"transformers {transformers.__version__}"})
    file.chmod(0o644)
    print(f"{file}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
