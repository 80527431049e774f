#!/usr/bin/env python3
"""Writes values, gradients and a training trajectory of an AV-PEA ladder, computed by PyTorch.

    python3 -m venv venv && venv/bin/pip install torch safetensors
    venv/bin/python tools/references/av_pea.py Tests/References

Output: av-pea.safetensors. The network is written from the ladder form of AV-PEA (Radman, Laaksonen,
"AV-PEA: Parameter-Efficient Adapter for Audio-Visual Multimodal Learning", VISAPP 2024); the ladder itself is
avprep's reconstruction. For each tap i, stream m and other stream m̄, with S the token state at the tap:

    S   = LN(S)                 one norm for the class row and the patch rows
    u_m = S_class W^c           T_m = S_patches W^p            no biases
    z_m = u_m                   at the first tap, later
    z_m = μ z_m + (1-μ) u_m     μ = sigmoid(mix / 0.1)
    z_m = z_m + gate · softmax(z_m T_m̄ᵀ / √d_s) T_m̄
    z_m = z_m + up(ReLU(down(LN(z_m))))                        d_s → d_s/2 → d_s
    out_m = b_m + linear(LN(z_m))                              after the last tap; b_m the pooled final state

z_m reads the other stream's patches, which come from cached states alone, never z_m̄: the streams may be
computed in either order. Then LAVISH's linear head, no activation between its maps, and mean cross-entropy:

    logits = classes(hidden([out_v ; out_a]))

Sizes: D_visual 24, D_audio 20, d_s 8, 3 taps, 5 visual and 4 audio patches, head 44 → 16 → 5. LN epsilon 1e-5.

Keys (f32; linear weights [out, in] as PyTorch keeps them; gate and mix [1]; classes as numbers in f32):

    tap.<i>.<stream>.norm.weight|bias           tap.<i>.<stream>.class.weight     W^c
    tap.<i>.<stream>.patch.weight    W^p        tap.<i>.<stream>.gate
    tap.<i>.<stream>.mix             i > 0      tap.<i>.<stream>.bottleneck.norm|down|up.weight|bias
    out.<stream>.norm|linear.weight|bias        head.hidden|classes.weight|bias
                                                i from 0; stream: visual, audio; every value is random
    input/tap.<i>.<stream>.class [6, D]         input/tap.<i>.<stream>.patches [6, N, D]
    input/final.<stream>         [6, D]  b_m    input/targets [6]
    output/<stream> [6, D]    output/logits [6, 5]    output/loss [1]
    grad/<parameter>          of the loss, not clipped
    trajectory/input/…        as input/…, 12 rows
    trajectory/loss [50]      before each step's update
    trajectory/norm [50]      of the gradient over all parameters, before clipping
    trajectory/rate [50, 2]   of the ladder, of the head
    trajectory/final/<parameter>    after the last step; the start is the parameters above

Training: all 12 rows each step; AdamW with betas 0.9 and 0.999, epsilon 1e-8, decay 0.01 on parameters of two or more
axes, base rates 3e-3 ladder and 1e-2 head; gradient scaled by min(1, 1 / (norm + 1e-6)); 50 steps, 5 of warm-up:

    rate(s) = base · (s+1)/warmup                                       s < warmup
    rate(s) = base · ½(1 + cos(π · (s-warmup)/(total-warmup)))          otherwise

All is computed in double precision from parameters and inputs rounded to single precision, then rounded. The same
training in single precision is run for comparison, and its distance printed.
"""

import math
import sys
from pathlib import Path

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn

STREAMS = ("visual", "audio")
OTHER = {"visual": "audio", "audio": "visual"}


class Tap(nn.Module):
    """What one stream owns at one tap."""

    def __init__(self, width, side, first):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.add_module("class", nn.Linear(width, side, bias=False))
        self.patch = nn.Linear(width, side, bias=False)
        self.gate = nn.Parameter(torch.ones(1))
        if not first:
            self.mix = nn.Parameter(torch.zeros(1))
        self.bottleneck = nn.ModuleDict({
            "norm": nn.LayerNorm(side), "down": nn.Linear(side, side // 2), "up": nn.Linear(side // 2, side)})

    def read_class(self, row):
        return self.get_submodule("class")(self.norm(row))

    def read_patches(self, rows):
        return self.patch(self.norm(rows))

    def advance(self, z, u, others):
        """The running vector [rows, d_s] after this tap; `z` is None at the first."""
        if z is None:
            z = u
        else:
            keep = torch.sigmoid(self.mix / 0.1)
            z = keep * z + (1 - keep) * u
        weights = torch.softmax(torch.einsum("rc,rnc->rn", z, others) / math.sqrt(z.shape[-1]), dim=-1)
        z = z + self.gate * torch.einsum("rn,rnc->rc", weights, others)
        inner = self.bottleneck
        return z + inner["up"](torch.relu(inner["down"](inner["norm"](z))))


class Ladder(nn.Module):
    def __init__(self, widths, side, taps):
        super().__init__()
        self.tap = nn.ModuleList(
            nn.ModuleDict({m: Tap(widths[m], side, first=i == 0) for m in STREAMS}) for i in range(taps))
        self.out = nn.ModuleDict({
            m: nn.ModuleDict({"norm": nn.LayerNorm(side), "linear": nn.Linear(side, widths[m])}) for m in STREAMS})

    def forward(self, inputs):
        z = dict.fromkeys(STREAMS)
        for i, tap in enumerate(self.tap):
            patches = {m: tap[m].read_patches(inputs[f"tap.{i}.{m}.patches"]) for m in STREAMS}
            z = {m: tap[m].advance(z[m], tap[m].read_class(inputs[f"tap.{i}.{m}.class"]), patches[OTHER[m]])
                 for m in STREAMS}
        return {m: inputs[f"final.{m}"] + self.out[m]["linear"](self.out[m]["norm"](z[m])) for m in STREAMS}


class Network(Ladder):
    """The ladder and LAVISH's head on it."""

    def __init__(self, widths, side, taps, hidden, classes):
        super().__init__(widths, side, taps)
        self.head = nn.ModuleDict({
            "hidden": nn.Linear(sum(widths.values()), hidden), "classes": nn.Linear(hidden, classes)})

    def forward(self, inputs):
        outputs = super().forward(inputs)
        joined = torch.cat([outputs[m] for m in STREAMS], dim=-1)
        return outputs, self.head["classes"](self.head["hidden"](joined))

    def loss(self, inputs):
        return F.cross_entropy(self(inputs)[1], inputs["targets"].long())


def count(widths, side, taps):
    """Number of parameters of the ladder by formula."""
    per_tap = sum(2 * d + 2 * d * side + 1 + 2 * side + side**2 + 3 * side // 2 for d in widths.values())
    return taps * per_tap + 2 * (taps - 1) + sum(2 * side + side * d + d for d in widths.values())


def check_counts():
    for widths, side, taps, expected in [
        ((768, 768), 128, 4, 1_918_478), ((1024, 1024), 128, 4, 2_512_910), ((24, 20), 8, 3, None),
    ]:
        widths = dict(zip(STREAMS, widths))
        found = sum(p.numel() for p in Ladder(widths, side, taps).parameters())
        assert found == count(widths, side, taps), (found, widths)
        assert expected in (None, found), (found, expected)
        print("parameters", *widths.values(), side, taps, found)


def randomise(network, generator):
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if name.endswith("norm.weight"):
                value = 1 + 0.3 * noise
            elif name.endswith("gate"):
                value = 0.8 + 0.3 * noise
            elif name.endswith("mix"):
                value = 0.08 * noise
            elif parameter.ndim == 1:
                value = 0.2 * noise
            else:
                value = noise / math.sqrt(parameter.shape[1])
            parameter.copy_(value.float())


def random_inputs(widths, patches, taps, classes, rows, generator):
    inputs = {}
    for m in STREAMS:
        for i in range(taps):
            inputs[f"tap.{i}.{m}.class"] = torch.randn(rows, widths[m], generator=generator)
            inputs[f"tap.{i}.{m}.patches"] = torch.randn(rows, patches[m], widths[m], generator=generator)
        inputs[f"final.{m}"] = torch.randn(rows, widths[m], generator=generator)
    inputs["targets"] = torch.randint(0, classes, (rows,), generator=generator).float()
    return inputs


def rate(step, base, warmup, total):
    if step < warmup:
        return base * (step + 1) / warmup
    return base * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))


def train(network, inputs, steps=50, warmup=5, decay=0.01, clip=1.0):
    """Losses, gradient norms and rates of each step; leaves the final parameters in the network."""
    groups = []
    for base, is_head in [(3e-3, False), (1e-2, True)]:
        own = [p for name, p in network.named_parameters() if name.startswith("head.") == is_head]
        groups.append({"params": [p for p in own if p.ndim >= 2], "base": base, "weight_decay": decay})
        groups.append({"params": [p for p in own if p.ndim < 2], "base": base, "weight_decay": 0.0})
    optimiser = torch.optim.AdamW(groups, lr=1.0, betas=(0.9, 0.999), eps=1e-8)
    losses, norms, rates = [], [], []
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate(step, group["base"], warmup, steps)
        optimiser.zero_grad()
        loss = network.loss(inputs)
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(network.parameters(), clip).item())
        losses.append(loss.item())
        rates.append([optimiser.param_groups[0]["lr"], optimiser.param_groups[2]["lr"]])
        optimiser.step()
    return torch.tensor(losses, dtype=torch.float64), torch.tensor(norms), torch.tensor(rates)


def main(root):
    torch.set_num_threads(1)
    check_counts()
    generator = torch.Generator().manual_seed(20240612)
    widths, patches = {"visual": 24, "audio": 20}, {"visual": 5, "audio": 4}
    sizes = dict(widths=widths, side=8, taps=3, hidden=16, classes=5)
    network = Network(**sizes).double()
    randomise(network, generator)
    start = {name: p.detach().clone() for name, p in network.named_parameters()}
    tensors = dict(start)

    inputs = random_inputs(widths, patches, 3, 5, rows=6, generator=generator)
    tensors |= {f"input/{name}": value for name, value in inputs.items()}
    inputs = {name: value.double() for name, value in inputs.items()}
    outputs, logits = network(inputs)
    loss = network.loss(inputs)
    loss.backward()
    tensors |= {f"output/{m}": outputs[m] for m in STREAMS} | {"output/logits": logits, "output/loss": loss[None]}
    tensors |= {f"grad/{name}": p.grad.clone() for name, p in network.named_parameters()}
    smallest = min(p.grad.abs().max().item() for p in network.parameters())
    print(f"loss {loss:.6f}, smallest gradient of a parameter {smallest:.1e}")

    inputs = random_inputs(widths, patches, 3, 5, rows=12, generator=generator)
    tensors |= {f"trajectory/input/{name}": value for name, value in inputs.items()}
    losses, norms, rates = train(network, {name: value.double() for name, value in inputs.items()})
    final = {name: p.detach().clone() for name, p in network.named_parameters()}
    tensors |= {"trajectory/loss": losses, "trajectory/norm": norms, "trajectory/rate": rates}
    tensors |= {f"trajectory/final/{name}": value for name, value in final.items()}

    single = Network(**sizes)
    single.load_state_dict({name: value.float() for name, value in start.items()})
    single_losses, _, _ = train(single, inputs)
    distance = max((p.double() - final[name]).abs().max().item() for name, p in single.named_parameters())
    print(f"trajectory: loss {losses[0]:.4f} to {losses[-1]:.6f}, {(norms > 1).sum()} of {len(norms)} steps clipped")
    print(f"single precision: loss within {(single_losses - losses).abs().max():.1e}, parameters within {distance:.1e}")

    file = root / "av-pea.safetensors"
    safetensors.torch.save_file(
        {name: value.detach().float().contiguous() for name, value in tensors.items()}, file,
        metadata={"written_by": f"tools/references/av_pea.py with torch {torch.__version__}"})
    file.chmod(0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
