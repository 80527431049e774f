"""Frozen transformers of the package transformers, block by block, with places for a method to add to them."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import nn

from ..errors import CacheError

# What the versions and families of transformers call the parts of a block.
NAMES = {
    "norm1": ["layernorm_before", "norm1", "layer_norm1", "attention.output.LayerNorm"],
    "query": ["attention.q_proj", "attention.attention.query", "self_attn.q_proj", "attention.self.query"],
    "key": ["attention.k_proj", "attention.attention.key", "self_attn.k_proj", "attention.self.key"],
    "value": ["attention.v_proj", "attention.attention.value", "self_attn.v_proj", "attention.self.value"],
    "out": ["attention.o_proj", "attention.output.dense", "self_attn.out_proj"],
    "norm2": ["layernorm_after", "norm2", "layer_norm2", "output.LayerNorm"],
}
FEED_FORWARD = [["mlp"], ["intermediate", "output.dense"]]
LAYERS = ["layers", "encoder.layer", "encoder.layers"]
FINAL_NORMS = ["layernorm", "post_layernorm", "final_layer_norm"]


def part(module, names):
    """The submodule that has one of some dotted names; None if it has none of them."""
    for name in names:
        found = module
        for step in name.split("."):
            found = getattr(found, step, None)
        if found is not None:
            return found
    return None


def part_of(change, name):
    """That of a change by parts; None if it has none of the name."""
    return change[name] if name in change else None


def normed(norm, x, change=None):
    """A norm, to whose scale and shift something may be added."""
    if norm is None or change is None:
        return x if norm is None else norm(x)
    weight = norm.weight if change.weight is None else norm.weight + change.weight
    return nn.functional.layer_norm(x, norm.normalized_shape, weight, norm.bias + change.bias, norm.eps)


class Block(nn.Module):
    """A frozen block in two halves, between which and after which methods add to the stream.

    A block whose norms come before reads x + attention(norm1(x)); BERT's normalises the sums instead.
    """

    def __init__(self, layer, heads, is_causal):
        super().__init__()
        for name, names in NAMES.items():
            found = part(layer, names)
            if found is None:
                raise CacheError(f"cannot run a {type(layer).__name__}: it has none of {', '.join(names)}")
            setattr(self, name, found)
        steps = [[part(layer, [name]) for name in names] for names in FEED_FORWARD]
        steps = next((found for found in steps if None not in found), None)
        if steps is None:
            raise CacheError(f"cannot run a {type(layer).__name__}: it has no feed-forward network")
        self.feed_forward = nn.Sequential(*steps)
        self.scale1 = part(layer, ["layer_scale1"]) or nn.Identity()
        self.scale2 = part(layer, ["layer_scale2"]) or nn.Identity()
        self.heads = heads
        self.is_causal = is_causal
        self.is_post_norm = part(layer, ["attention.output.LayerNorm"]) is not None

    def _split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(-3, -2)

    def _mask(self, x, prompts, lengths):
        """What is added to scores, for keys that a query must not see; prompts are seen by all."""
        count = x.shape[1]
        hidden = torch.zeros(x.shape[0], count, count, dtype=torch.bool, device=x.device)
        if lengths is not None:
            hidden |= torch.arange(count, device=x.device) >= lengths[:, None, None]
        if self.is_causal:
            hidden |= torch.ones(count, count, dtype=torch.bool, device=x.device).triu(1)
        mask = torch.zeros_like(hidden, dtype=x.dtype).masked_fill(hidden, float("-inf"))
        return nn.functional.pad(mask, (prompts, 0))[:, None]

    def entered(self, x, change=None):
        """The state that enters the block, of what leaves the one below."""
        return x

    def attended(
            self, x, prompts=None, raw_prompts=None, prompt_gate=None, low_rank=None, lengths=None, branch=None,
            change=None):
        """What stands in the stream after attention, [rows, N, C].

        prompts: [P, C] or [rows, P, C], of which extra rows of keys and values are made; they have no queries.
        raw_prompts: instead of these the keys and the values, each of that shape.
        prompt_gate: what their values are multiplied by.
        low_rank: of the attention's input, what is added to queries and to values.
        lengths: how many tokens of each row are there.
        branch: what becomes of the attention's output before it is added.
        change: by part, what is added to norms and biases.
        """
        change = change or {}
        h = x if self.is_post_norm else normed(self.norm1, x, part_of(change, "norm1"))
        q, v = self.query(h), self.value(h)
        if low_rank is not None:
            query, value = low_rank(h)
            q, v = q + query, v + value
        k, count = self.key(h), 0
        if "qkv" in change:
            biases = change["qkv"].bias.split(q.shape[-1])
            q, v = q + biases[0], v + biases[-1]
            k = k + biases[1] if len(biases) == 3 else k
        if prompts is not None:
            p = prompts if self.is_post_norm else self.norm1(prompts)
            raw_prompts = (self.key(p), self.value(p))
        if raw_prompts is not None:
            keys, values = (rows.expand(x.shape[0], -1, -1) for rows in raw_prompts)
            if prompt_gate is not None:
                values = prompt_gate * values
            k, v = torch.cat([keys, k], dim=1), torch.cat([values, v], dim=1)
            count = keys.shape[1]
        q, k, v = self._split(q), self._split(k), self._split(v)
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        if lengths is not None or self.is_causal:
            scores = scores + self._mask(x, count, lengths)
        mixed = (torch.softmax(scores, dim=-1) @ v).transpose(-3, -2).flatten(-2)
        f = self.scale1(self.out(mixed))
        if "projection" in change:
            f = f + change["projection"].bias
        y = x + (f if branch is None else branch(f))
        return normed(self.norm1, y, part_of(change, "norm1")) if self.is_post_norm else y

    def fed(self, y, branch=None, change=None):
        """What stands in the stream after the feed-forward network; see attended()."""
        change = change or {}
        h = y if self.is_post_norm else normed(self.norm2, y, part_of(change, "norm2"))
        f = self.scale2(self._feed_forward(h, change))
        if "contraction" in change:
            f = f + change["contraction"].bias
        x = y + (f if branch is None else branch(f))
        return normed(self.norm2, x, part_of(change, "norm2")) if self.is_post_norm else x

    def _feed_forward(self, x, change):
        if "expansion" not in change:
            return self.feed_forward(x)
        name, first = next((n, m) for n, m in self.feed_forward.named_modules() if isinstance(m, nn.Linear))
        bias = first.bias + change["expansion"].bias
        return torch.func.functional_call(self.feed_forward, {f"{name}.bias": bias}, (x,))


class Backbone(nn.Module):
    """A frozen transformer: what makes its first states, and its blocks."""

    def __init__(self, model, stream):
        super().__init__()
        core = getattr(model, "text_model" if stream == "text" else "vision_model", None)
        core = core or getattr(model, getattr(model, "base_model_prefix", ""), None) or model
        layers = part(core, LAYERS)
        if layers is None or not hasattr(core, "embeddings") or part(layers[0], NAMES["norm1"]) is None:
            raise CacheError(
                f"cannot run a {type(model).__name__} for stream {stream}: it is no plain transformer "
                "of the package transformers, such as ViTModel, Dinov2Model or BertModel")
        is_causal = core.config.model_type == "clip_text_model"
        self.embeddings = core.embeddings
        self.entry = part(core, ["pre_layrnorm"]) or nn.Identity()
        self.blocks = nn.ModuleList(Block(layer, core.config.num_attention_heads, is_causal) for layer in layers)
        self.norm = part(core, FINAL_NORMS)
        self.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        # Frozen is also without dropout.
        return super().train(False)

    def states(self, inputs, layers, lengths=None):
        """The states of some layers, of what the model's embeddings take: a tensor, or a dictionary."""
        x = self.embeddings(**inputs) if isinstance(inputs, dict) else self.embeddings(inputs)
        x, found = self.entry(x), {}
        for number in range(max(layers) + 1):
            if number in layers:
                found[number] = x
            if number < max(layers):
                block = self.blocks[number]
                x = block.fed(block.attended(x, lengths=lengths))
        return found


def load_backbone(given, stream, config, final_norm):
    """The backbone of a stream, given as a model or as the folder of its checkpoint.

    That it is the one whose states were trained on is checked as far as possible: by depth and width, by its final
    norm, which is a part of the adapter, and for a folder by the hash of the weights where xxhash is installed.
    """
    if isinstance(given, (str, os.PathLike)):
        check_weights(Path(given), stream, config["backbone"]["weights"])
        from transformers import AutoModel

        given = AutoModel.from_pretrained(given)
    backbone = Backbone(given, stream)
    depth, width = len(backbone.blocks), backbone.blocks[-1].query.out_features
    if (depth, width) != (config["backbone"]["depth"], config["width"]):
        raise CacheError(
            f"cannot use the {stream} backbone: it has {depth} blocks of width {width}, "
            f"the adapter is of {config['backbone']['depth']} of {config['width']}")
    if final_norm is not None and not all(
            torch.equal(getattr(backbone.norm, name).cpu().float(), value) for name, value in final_norm.items()):
        raise CacheError(
            f"cannot use the {stream} backbone: its final norm is not that of {config['backbone']['name']}")
    return backbone


def check_weights(folder, stream, weights):
    """Compares the hashes of a checkpoint's files; `weights` is that of the only one, or all by their names."""
    if isinstance(weights, str) and weights.startswith("builtin:"):
        raise CacheError(f"cannot load the {stream} backbone {weights}: it is a part of avprep, and of nothing else")
    try:
        import xxhash
    except ImportError:
        return
    for name, expected in ({"model.safetensors": weights} if isinstance(weights, str) else weights).items():
        if not (folder / name).is_file():
            raise CacheError(f"cannot use {folder} for stream {stream}: it has no {name}")
        digest = xxhash.xxh3_64()
        with open(folder / name, "rb") as file:
            while chunk := file.read(1 << 24):
                digest.update(chunk)
        if digest.hexdigest() != expected:
            raise CacheError(
                f"cannot use {folder / name} for stream {stream}: its hash is {digest.hexdigest()}, "
                f"the adapter is of {expected}")
