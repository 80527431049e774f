class CacheError(Exception):
    """A cache, or a file of an adapter, that is not what is needed, and why."""
