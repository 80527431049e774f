#!/usr/bin/env python3
"""Writes values and gradients of the operations and layers that methods and heads are made of, as PyTorch has them.

    python3 -m venv venv && venv/bin/pip install torch safetensors
    venv/bin/python tools/references/operations.py Tests/References

Output: operations.safetensors. For each operation: its inputs, its output `y`, a random cotangent `dy`, and the gradient
of <dy, y> with respect to each input, `d` and the input's name; for each layer its parameters, too, by their names in
PyTorch. `batchNorm/<step>/…` are steps of training, `clamped/…` is a cross-entropy of certainties.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(6)
torch.set_num_threads(1)
tensors = {}


def uniform(*shape, bound=1.0):
    return (2 * torch.rand(shape) - 1) * bound


def keep(name, y, inputs):
    """Differentiates `y`, and keeps everything there is."""
    dy = uniform(*y.shape)
    y.backward(dy)
    tensors[f"{name}/y"], tensors[f"{name}/dy"] = y.detach(), dy
    for key, tensor in inputs.items():
        tensors[f"{name}/{key}"] = tensor.detach()
        tensors[f"{name}/d{key}"] = tensor.grad


def operation(name, function, **inputs):
    for tensor in inputs.values():
        tensor.requires_grad_()
    keep(name, function(**inputs), inputs)


def separated(*shape):
    """Tokens whose features are at least 0.3 apart, so that small steps do not change which is the largest."""
    order = torch.rand(shape).argsort(1).argsort(1)
    return 0.3 * order - 0.15 * shape[1] + uniform(*shape, bound=0.02)


def distances(count):
    index = torch.arange(count)
    return (index[:, None] - index[None]).abs().float()


def window(count):
    """Minus half the distance, and nothing beyond a distance of two."""
    return torch.where(distances(count) > 2, -torch.inf, -0.5 * distances(count))


def grouped(x, w, b=None, groups=3):
    return F.conv1d(x.transpose(1, 2), w[:, :, None], b, groups=groups).transpose(1, 2)


def products():
    operation("product", lambda x, u: x @ u, x=uniform(2, 7, 19), u=uniform(19, 11))
    operation("productTransposed", lambda x, u: x @ u.T, x=uniform(2, 7, 19), u=uniform(11, 19))
    operation("batchedProduct", torch.bmm, input=uniform(3, 4, 9), mat2=uniform(3, 9, 5))
    operation(
        "batchedProductTransposed", lambda x, u: 0.4 * torch.bmm(x, u.mT), x=uniform(3, 4, 9), u=uniform(3, 5, 9))
    operation("groupedLinear", grouped, x=uniform(2, 7, 15), w=uniform(12, 5), b=uniform(12))
    operation("groupedLinearWithoutBias", grouped, x=uniform(2, 7, 15), w=uniform(6, 5))


def elements():
    operation("product of elements", lambda x, u: x * u, x=uniform(3, 5), u=uniform(3, 5))
    operation("difference", lambda x, u: x - u, x=uniform(3, 5), u=uniform(3, 5))
    operation("times", lambda x: -1.7 * x, x=uniform(3, 5))
    operation("tanh", torch.tanh, input=uniform(4, 33, bound=5.0))
    operation("sigmoid", torch.sigmoid, input=uniform(4, 33, bound=8.0))


def rows():
    operation("softmax", lambda x: (x / 0.4).softmax(-1), x=uniform(2, 3, 21, bound=2.0))
    operation("maskedSoftmax", lambda x: (0.7 * x + window(6)).softmax(-1), x=uniform(2, 3, 6, 6, bound=3.0))
    operation("addingToRows", lambda x, u: x + u, x=uniform(2, 3, 7), u=uniform(7))
    operation("multiplyingRows", lambda x, u: x * u, x=uniform(2, 3, 7), u=uniform(7))
    operation("scalingRows", lambda x, s: x * s[..., None], x=uniform(2, 3, 7), s=uniform(2, 3))
    x = uniform(2, 3, 7) + 0.5 * torch.eye(7)[:3]
    x[1, 2] *= 0.1  # Shorter than what is divided by at least.
    operation("normalisedRows", lambda x: F.normalize(x, dim=-1, eps=0.5), x=x)
    x = torch.rand(2, 3, 5) + 0.3
    x[0, 1] *= 0.05
    operation("rowShares", lambda x: x / x.sum(-1, keepdim=True).clamp_min(0.6), x=x)


def sequences():
    operation("concatenatedTokens", lambda x, u: torch.cat([x, u], 1), x=uniform(3, 4, 5), u=uniform(3, 2, 5))
    operation("repeatedOverBatch", lambda x: x.expand(4, 3, 5), x=uniform(3, 5))
    operation("gatheredRows", lambda x: x[[3, 0, 3, 6]], x=uniform(7, 5))
    operation("maximumOverTokens", lambda x: x.max(1).values, x=separated(3, 8, 5))
    operation("meanOfLargest", lambda x: x.topk(3, 1).values.mean(1), x=separated(3, 8, 5))


def heads(x):
    return x.unflatten(-1, (3, -1)).transpose(1, 2)


def attention(q, k, v, mask):
    return F.scaled_dot_product_attention(heads(q), heads(k), heads(v), mask).transpose(1, 2).flatten(2)


def beyond(lengths, keys):
    """Where a sequence has no key."""
    return torch.arange(keys)[None] >= torch.tensor(lengths)[:, None]


def attentions():
    mask = torch.zeros(2, 1, 1, 17).masked_fill(beyond([17, 9], 17)[:, None, None], -torch.inf)
    operation(
        "attentionWithLengths", lambda q, k, v: attention(q, k, v, mask),
        q=uniform(2, 5, 12, bound=3.0), k=uniform(2, 17, 12, bound=3.0), v=uniform(2, 17, 12))
    both = window(6)[None, None] + torch.zeros(2, 1, 1, 6).masked_fill(
        beyond([6, 4], 6)[:, None, None], -torch.inf)
    operation(
        "maskedAttention", lambda q, k, v: attention(q, k, v, both),
        q=uniform(2, 6, 12, bound=3.0), k=uniform(2, 6, 12, bound=3.0), v=uniform(2, 6, 12))
    operation(
        "attentionWeights", lambda q, k: (heads(q) @ heads(k).mT / 2 + both).softmax(-1),
        q=uniform(2, 6, 12, bound=3.0), k=uniform(2, 6, 12, bound=3.0))
    operation(
        "weighted", lambda p, v: (p @ heads(v)).transpose(1, 2).flatten(2), p=uniform(2, 3, 4, 6), v=uniform(2, 6, 12))


def losses():
    targets = (7 * torch.arange(35) % 5 / 4).reshape(5, 7)
    weights = (torch.arange(35) % 3).float().reshape(5, 7)
    operation(
        "binaryCrossEntropyWithLogits", lambda x: F.binary_cross_entropy_with_logits(x, targets), x=uniform(5, 7, bound=9))
    operation(
        "weightedBinaryCrossEntropyWithLogits",
        lambda x: F.binary_cross_entropy_with_logits(x, targets, weights), x=uniform(5, 7, bound=9))
    operation(
        "multiLabelSoftMargin", lambda x: F.multilabel_soft_margin_loss(x, targets), x=uniform(5, 7, bound=9))
    operation("binaryCrossEntropy", lambda p: F.binary_cross_entropy(p, targets), p=0.5 + uniform(5, 7, bound=0.35))
    operation(
        "weightedBinaryCrossEntropy", lambda p: F.binary_cross_entropy(p, targets, weights),
        p=0.5 + uniform(5, 7, bound=0.35))
    p = torch.tensor([0.0, 1, 0, 1, 0.5], requires_grad=True)
    keep("clamped", F.binary_cross_entropy(p, torch.tensor([1.0, 0, 0, 1, 1])), {"p": p})


def batch_norm():
    operation(
        "batchNorm", lambda x, gamma, beta: F.batch_norm(x.flatten(0, 1), None, None, gamma, beta, True).view_as(x),
        x=uniform(3, 4, 5), gamma=uniform(5), beta=uniform(5))
    norm = torch.nn.BatchNorm1d(5)
    for step in range(3):
        x = uniform(4, 5, bound=2.0) + step
        tensors[f"batchNorm/{step}/x"], tensors[f"batchNorm/{step}/y"] = x, norm(x).detach()
        tensors[f"batchNorm/{step}/running_mean"] = norm.running_mean.clone()
        tensors[f"batchNorm/{step}/running_var"] = norm.running_var.clone()
    tensors["batchNorm/evaluated"] = norm.eval()(tensors["batchNorm/0/x"]).detach()


def layer(name, module, function, **inputs):
    """Random values in the place of initial ones, among which are zeros."""
    for parameter in module.parameters():
        parameter.data = uniform(*parameter.shape, bound=0.6)
    for tensor in inputs.values():
        tensor.requires_grad_()
    keep(name, function(**inputs), {**inputs, **dict(module.named_parameters())})


def layers():
    for name, both in [("lstm", False), ("bidirectionalLSTM", True)]:
        lstm = torch.nn.LSTM(7, 6, batch_first=True, bidirectional=both)
        layer(name, lstm, lambda x: lstm(x)[0], x=uniform(3, 5, 7))
        lstm = torch.nn.LSTM(7, 6, batch_first=True, bidirectional=both)
        layer(f"{name}Last", lstm, lambda x: torch.cat([*lstm(x)[1][0], *lstm(x)[1][1]], -1), x=uniform(3, 5, 7))
    attention = torch.nn.MultiheadAttention(12, 3, batch_first=True)
    layer(
        "multiHeadAttention", attention,
        lambda q, k, v: attention(q, k, v, key_padding_mask=beyond([7, 4], 7), need_weights=False)[0],
        q=uniform(2, 5, 12, bound=2.0), k=uniform(2, 7, 12, bound=2.0), v=uniform(2, 7, 12))
    attention = torch.nn.MultiheadAttention(12, 3, batch_first=True)
    layer(
        "selfAttention", attention,
        lambda x: attention(x, x, x, attn_mask=window(6), need_weights=False)[0], x=uniform(2, 6, 12, bound=2.0))
    embedding = torch.nn.Embedding(9, 4)
    layer("embedding", embedding, lambda: embedding(torch.tensor([[1, 8, 1], [0, 3, 8]])))


def main(folder):
    products()
    elements()
    rows()
    sequences()
    attentions()
    losses()
    batch_norm()
    layers()
    path = folder / "operations.safetensors"
    save_file(
        {name: tensor.contiguous().clone() for name, tensor in tensors.items()}, path,
        metadata={"made by": f"tools/references/operations.py with torch {torch.__version__}"})
    path.chmod(0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
