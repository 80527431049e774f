#!/usr/bin/env python3
"""Writes trajectories of optimisers and of what belongs to them, computed by torch.optim.

    python3 -m venv venv && venv/bin/pip install torch safetensors
    venv/bin/python tools/references/optimisers.py Tests/References

Output: optimisers.safetensors. Gradients are given, so that nothing but the optimiser is compared. Two parameters, `w`
[5, 7] and `b` [7], of groups with rates 0.05 and 0.02 and decays 0.1 and 0.

Keys (f32):

    initial/<parameter>        gradient/<parameter> [30, ...]    of each step
    <optimiser>/<parameter> [30, ...]                            after each step
    average/<parameter> [30, ...]       EMA with decay 0.9 of what `adamw` gives, after each step
    plateau/figures [40]                plateau/<max|min>/factors [40]     after each figure
    steps/factors [30], linear/factors [30]
"""

import sys
from pathlib import Path

import safetensors.torch
import torch
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import LinearLR, MultiStepLR, ReduceLROnPlateau, StepLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

STEPS = 30
OPTIMISERS = {
    "adamw": lambda groups: AdamW(groups, betas=(0.9, 0.99), eps=1e-6),
    "adam": lambda groups: Adam(groups),
    "sgd": lambda groups: SGD(groups),
    "sgd-momentum": lambda groups: SGD(groups, momentum=0.9),
    "sgd-nesterov": lambda groups: SGD(groups, momentum=0.8, nesterov=True),
}


class Parameters(torch.nn.Module):
    def __init__(self, initial):
        super().__init__()
        for name, value in initial.items():
            self.register_parameter(name, torch.nn.Parameter(value.clone()))


def run(make, initial, gradients):
    """The parameters after each step, and their moving averages."""
    module = Parameters(initial)
    averaged = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    optimiser = make([
        {"params": [module.w], "lr": 0.05, "weight_decay": 0.1}, {"params": [module.b], "lr": 0.02, "weight_decay": 0.0}])
    values, averages = ({name: [] for name in initial} for _ in range(2))
    for step in range(STEPS):
        for name, parameter in module.named_parameters():
            parameter.grad = gradients[name][step].clone()
        optimiser.step()
        averaged.update_parameters(module)
        for name, parameter in module.named_parameters():
            values[name].append(parameter.detach().clone())
        for name, parameter in averaged.module.named_parameters():
            averages[name].append(parameter.detach().clone())
    return ({name: torch.stack(rows) for name, rows in table.items()} for table in (values, averages))


def factors(make, count=STEPS):
    optimiser = SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimiser)
    found = []
    for _ in range(count):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return torch.tensor(found)


def plateau(mode, figures):
    optimiser = SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = ReduceLROnPlateau(optimiser, mode=mode, patience=2, factor=0.5, min_lr=0.1)
    found = []
    for figure in figures.tolist():
        scheduler.step(figure)
        found.append(optimiser.param_groups[0]["lr"])
    return torch.tensor(found)


def main(root):
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    shapes = {"w": (5, 7), "b": (7,)}
    initial = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    # Sizes that change from step to step and differ by far between elements.
    gradients = {
        name: torch.randn(STEPS, *shape, generator=generator) * 10 ** (4 * torch.rand(shape, generator=generator) - 3)
        for name, shape in shapes.items()}
    tensors = {f"initial/{name}": value for name, value in initial.items()}
    tensors |= {f"gradient/{name}": value for name, value in gradients.items()}
    for optimiser, make in OPTIMISERS.items():
        values, averages = run(make, initial, gradients)
        tensors |= {f"{optimiser}/{name}": value for name, value in values.items()}
        if optimiser == "adamw":
            tensors |= {f"average/{name}": value for name, value in averages.items()}
    # A rise with noise that flattens out.
    figures = 1 - torch.exp(-torch.arange(40) / 6) + 0.02 * torch.randn(40, generator=generator)
    tensors["plateau/figures"] = figures
    for mode in ("max", "min"):
        tensors[f"plateau/{mode}/factors"] = plateau(mode, figures if mode == "max" else 2 - figures)
    tensors["steps/factors"] = factors(lambda optimiser: StepLR(optimiser, step_size=7, gamma=0.3))
    tensors["milestones/factors"] = factors(
        lambda optimiser: MultiStepLR(optimiser, milestones=[4, 5, 18], gamma=0.5))
    tensors["linear/factors"] = factors(
        lambda optimiser: LinearLR(optimiser, start_factor=1.0, end_factor=1e-12, total_iters=25))
    file = root / "optimisers.safetensors"
    safetensors.torch.save_file(
        {name: value.float().contiguous() for name, value in tensors.items()}, file,
        metadata={"written_by": f"tools/references/optimisers.py with torch {torch.__version__}"})
    file.chmod(0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
