"""Adapters that avprep has trained, as PyTorch modules.

A method is a class that `register` knows by the name that recipes use; a head likewise. Their parameters have the names
in `adapter.safetensors`.
"""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open

from ..errors import CacheError
from . import (  # noqa: F401  Each registers itself.
    av_pea, bottleneck, copl, deep_prompts, dtl, heads, heads_cmbs, heads_questions, lavish, linear_probe, lora, lst, lstta,
    mettle, molt, norm_tuning, shallow_prompts, unipt)
from .adapter import Adapter
from .registry import register_head, register_method

__all__ = ["Adapter", "load", "register_head", "register_method"]


def load(folder, backbones=None):
    """The adapter in a folder that `avprep export` wrote, in evaluation mode."""
    folder = Path(folder)
    file = folder / "adapter_config.json"
    if not file.is_file():
        raise CacheError(f"cannot load an adapter from {folder}: it has no adapter_config.json")
    text = file.read_text(encoding="utf-8")
    config = json.loads(text)
    if config["format"] != 1:
        raise CacheError(f"cannot load {folder}: its format is {config['format']}, not 1")
    with safe_open(folder / "adapter.safetensors", "pt") as tensors:
        if (tensors.metadata() or {}).get("adapter_config") != text:
            raise CacheError(f"cannot load {folder}: its two files do not belong together; export it again")
        values = {name: tensors.get_tensor(name) for name in tensors.keys()}
    adapter = Adapter(config)
    adapter.load(values, backbones or {})
    return adapter.eval()
