"""Methods and heads by the names that recipes use."""

from ..errors import CacheError

methods = {}
heads = {}


def register_method(name):
    """Makes a class the method of a name.

    It is created with the configuration, as `adapter_config.json` has it, and called with a `Stream` for each stream.
    It returns [rows, C] for each.
    """
    return lambda cls: methods.setdefault(name, cls)


def register_head(name):
    """Makes a class the head of a name: created with the configuration, called with `HeadInputs`, gives scores."""
    return lambda cls: heads.setdefault(name, cls)


def find(kind, known, name):
    if name not in known:
        raise CacheError(f"cannot make {kind} '{name}': it is unknown (known: {', '.join(sorted(known))})")
    return known[name]
