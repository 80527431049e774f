#!/usr/bin/env python3
"""Writes a training with everything a recipe can ask for, computed by PyTorch.

    python3 -m venv venv && venv/bin/pip install torch safetensors
    venv/bin/python tools/references/trajectory.py Tests/References

Output: trajectory.safetensors. The network is that of av_pea.py, of which the names of parameters are, with its sizes.
There are 24 rows; a step takes rows 0…11 and 12…23 in turn, in two micro-batches of 8 and 4 rows whose gradients are
added up, each loss multiplied by its share of the 12. 50 steps of AdamW (betas 0.9 and 0.999, epsilon 1e-8) in four
groups: matrices of the ladder (rate 2e-3, decay 0.05) and all else of it (2e-3, 0), matrices of the head (5e-3, 0.05) and
all else of it (5e-3, 0); 5 steps of warm-up and a cosine to zero, gradients clipped to a norm of 0.5.

Keys (f32): start/<parameter>, input/… as in av_pea.py with 24 rows, loss [50], norm [50] before clipping,
final/<parameter>. All is computed in double precision from numbers of single precision, then rounded.
"""

import sys
from pathlib import Path

import safetensors.torch
import torch
from av_pea import Network, random_inputs, randomise, rate
from torch import nn

STEPS, WARMUP, CLIP, DECAY = 50, 5, 0.5, 0.05
MICRO_BATCHES = (slice(0, 8), slice(8, 12))


def train(network, inputs):
    groups = []
    for base, is_head in [(2e-3, False), (5e-3, True)]:
        own = [p for name, p in network.named_parameters() if name.startswith("head.") == is_head]
        groups.append({"params": [p for p in own if p.ndim >= 2], "base": base, "weight_decay": DECAY})
        groups.append({"params": [p for p in own if p.ndim < 2], "base": base, "weight_decay": 0.0})
    optimiser = torch.optim.AdamW(groups, lr=1.0, betas=(0.9, 0.999), eps=1e-8)
    losses, norms = [], []
    for step in range(STEPS):
        batch = {name: value[step % 2 * 12:][:12] for name, value in inputs.items()}
        for group in optimiser.param_groups:
            group["lr"] = rate(step, group["base"], WARMUP, STEPS)
        optimiser.zero_grad()
        total = 0.0
        for rows in MICRO_BATCHES:
            loss = network.loss({name: value[rows] for name, value in batch.items()}) * (rows.stop - rows.start) / 12
            loss.backward()
            total += loss.item()
        norms.append(nn.utils.clip_grad_norm_(network.parameters(), CLIP).item())
        losses.append(total)
        optimiser.step()
    return torch.tensor(losses, dtype=torch.float64), torch.tensor(norms, dtype=torch.float64)


def main(root):
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(5)
    widths, patches = {"visual": 24, "audio": 20}, {"visual": 5, "audio": 4}
    sizes = dict(widths=widths, side=8, taps=3, hidden=16, classes=5)
    network = Network(**sizes).double()
    randomise(network, generator)
    start = {name: p.detach().clone() for name, p in network.named_parameters()}
    inputs = random_inputs(widths, patches, 3, 5, rows=24, generator=generator)
    losses, norms = train(network, {name: value.double() for name, value in inputs.items()})
    final = {name: p.detach() for name, p in network.named_parameters()}
    clipped = int((norms > CLIP).sum())
    assert 5 <= clipped <= STEPS - 5, f"{clipped} steps are clipped"
    tensors = {f"start/{name}": value for name, value in start.items()}
    tensors |= {f"input/{name}": value for name, value in inputs.items()}
    tensors |= {f"final/{name}": value for name, value in final.items()} | {"loss": losses, "norm": norms}
    moved = max(((final[name] - start[name]).norm() / start[name].norm()).item() for name in start)
    print(f"loss {losses[0]:.4f} to {losses[-1]:.4f}, {clipped} of {STEPS} steps clipped, moved by up to {moved:.2f}")

    single = Network(**sizes)
    single.load_state_dict({name: value.float() for name, value in start.items()})
    own, _ = train(single, inputs)
    print(f"single precision: losses within {((own - losses) / losses).abs().max():.1e}")

    file = root / "trajectory.safetensors"
    safetensors.torch.save_file(
        {name: value.float().contiguous() for name, value in tensors.items()}, file,
        metadata={"written_by": f"tools/references/trajectory.py with torch {torch.__version__}"})
    file.chmod(0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
