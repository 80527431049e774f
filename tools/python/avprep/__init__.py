"""Reads caches of avprep, and loads the adapters that it exports into PyTorch.

    cache = avprep.Cache("ave-cache")
    states = cache.feature("states-vit-base-visual").states("clip", layer=12)      # [T, tokens, C]

    adapter = avprep.load_adapter("adapter")                                        # a torch.nn.Module
    data = cache.dataset("test", adapter.features, adapter.layers)                  # a torch Dataset

Nothing here needs torch but `Cache.dataset` and `load_adapter`, which import it when they are called.
"""

from .cache import Cache, CacheError
from .feature import Feature

__all__ = ["Cache", "CacheError", "Feature", "load_adapter"]


def load_adapter(folder, backbones=None):
    """The adapter that `avprep export` wrote to a folder, as a torch.nn.Module in evaluation mode.

    backbones: by stream, the frozen models, of the package transformers, or the folders of their checkpoints. Adapters
    within blocks need them, and `states()` of any adapter, which makes what the cache would hold.
    """
    from .adapters import load

    return load(folder, backbones)
