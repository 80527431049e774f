"""Values and gradients of the operations in Sources/Neural, as PyTorch computes them.

    python tools/references/neural.py        writes Tests/References/neural.safetensors

For each operation: its inputs, its output `y`, a random cotangent `dy`, and the gradient of
<dy, y> with respect to each input, `d` and the input's name. `training/` is a run of 50 steps.
"""

import math
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(1)
torch.set_num_threads(1)
tensors = {}


def uniform(*shape, bound=1.0):
    return (2 * torch.rand(shape) - 1) * bound


def operation(name, function, **inputs):
    for tensor in inputs.values():
        tensor.requires_grad_()
    y = function(**inputs)
    dy = uniform(*y.shape)
    y.backward(dy)
    tensors[f"{name}/y"] = y.detach()
    tensors[f"{name}/dy"] = dy
    for key, tensor in inputs.items():
        tensors[f"{name}/{key}"] = tensor.detach()
        tensors[f"{name}/d{key}"] = tensor.grad


def heads(x, count):
    return x.unflatten(-1, (count, -1)).transpose(1, 2)


def mixed(x, u, alpha):
    share = torch.sigmoid(alpha / 0.1)
    return share * x + (1 - share) * u


def attending(q, k):
    return F.scaled_dot_product_attention(q[:, None], k, k, scale=0.3)[:, 0]


def attention(q, k, v):
    y = F.scaled_dot_product_attention(heads(q, 3), heads(k, 3), heads(v, 3))
    return y.transpose(1, 2).flatten(2)


targets = torch.tensor([3, 0, 6, 2, 6])
weights = torch.tensor([1.0, 0.5, 0.0, 2.0, 1.0])


def cross_entropy(x):
    losses = F.cross_entropy(x, targets, reduction="none")
    return (weights * losses).sum() / weights.sum()


operation("sum", lambda x, u: x + u, x=uniform(3, 5), u=uniform(3, 5))
operation("scaled", lambda x, g: g * x, x=uniform(3, 5), g=uniform())
operation("gelu", F.gelu, input=uniform(4, 33, bound=6.0))
x = uniform(4, 9)
operation("relu", F.relu, input=x + 0.1 * x.sign())  # Far from the bend, for finite differences.
operation("mixed", mixed, x=uniform(3, 5), u=uniform(3, 5), alpha=torch.tensor(0.04))
operation("linear", lambda x, w, b: x @ w + b, x=uniform(2, 7, 19), w=uniform(19, 11), b=uniform(11))
operation("linearWithoutBias", lambda x, w: x @ w, x=uniform(6, 5), w=uniform(5, 9))
operation(
    "layerNorm", lambda x, gamma, beta: F.layer_norm(x, (21,), gamma, beta, 1e-5),
    x=uniform(2, 5, 21), gamma=uniform(21), beta=uniform(21))
operation("attending", attending, q=uniform(3, 8, bound=3.0), k=uniform(3, 11, 8, bound=3.0))
operation(
    "attention", attention,
    q=uniform(2, 5, 12, bound=3.0), k=uniform(2, 17, 12, bound=3.0), v=uniform(2, 17, 12))
operation("concatenated", lambda x, u: torch.cat([x, u], -1), x=uniform(2, 3, 4), u=uniform(2, 3, 7))
operation("meanOverTokens", lambda x: x.mean(1), x=uniform(3, 7, 5))
operation("tokens", lambda x: x[:, 2:5], x=uniform(3, 7, 5))
operation("token", lambda x: x[:, 6], x=uniform(3, 7, 5))
operation("columns", lambda x: x[..., 1:4], x=uniform(3, 7, 5))
operation("reshaped", lambda x: x.reshape(14, 3), x=uniform(2, 3, 7))
operation("crossEntropy", cross_entropy, x=uniform(5, 7, bound=20.0))

# Dropout's mask is ours; its scaling is compared by hand.


def training(steps=50, warmup=10):
    """AdamW with two groups, warm-up and cosine, and clipping, on a classifier of two layers."""
    x, labels = uniform(32, 12), torch.randint(0, 5, (32,))
    parameters = {
        "up.weight": uniform(12, 24, bound=0.5), "up.bias": uniform(24, bound=0.5),
        "down.weight": uniform(24, 5, bound=0.5), "down.bias": uniform(5, bound=0.5)}
    tensors["training/x"], tensors["training/labels"] = x, labels.float()
    for name, value in parameters.items():
        tensors[f"training/initial/{name}"] = value.clone()
        value.requires_grad_()
    weights = [p for name, p in parameters.items() if name.endswith("weight")]
    biases = [p for name, p in parameters.items() if name.endswith("bias")]
    optimizer = torch.optim.AdamW([
        {"params": weights, "lr": 0.02, "weight_decay": 0.1},
        {"params": biases, "lr": 0.01, "weight_decay": 0.0}])
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda s: (s + 1) / warmup if s < warmup
        else (1 + math.cos(math.pi * (s - warmup) / (steps - warmup))) / 2)
    losses, norms = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        hidden = F.gelu(x @ parameters["up.weight"] + parameters["up.bias"])
        loss = F.cross_entropy(hidden @ parameters["down.weight"] + parameters["down.bias"], labels)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), 0.3))
        losses.append(loss.detach())
        optimizer.step()
        scheduler.step()
    tensors["training/losses"], tensors["training/norms"] = torch.stack(losses), torch.stack(norms)
    for name, value in parameters.items():
        tensors[f"training/final/{name}"] = value.detach()
        state = optimizer.state[value]
        tensors[f"training/first/{name}"] = state["exp_avg"]
        tensors[f"training/second/{name}"] = state["exp_avg_sq"]
    clipped = sum(norm > 0.3 for norm in norms)
    assert 5 < clipped < steps - 5, f"{clipped} of {steps} steps are clipped"


training()
path = pathlib.Path(__file__).parents[2] / "Tests/References/neural.safetensors"
path.parent.mkdir(exist_ok=True)
save_file(
    {name: tensor.contiguous().clone() for name, tensor in tensors.items()}, path,
    metadata={"made by": f"tools/references/neural.py with torch {torch.__version__}"})
path.chmod(0o644)
