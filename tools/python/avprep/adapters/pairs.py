"""Which blocks of two backbones work together."""


def block_pairs(visual, audio):
    """Pairs of blocks of two streams: within a stage, of the deeper the last of those that stand for one of the other.

    Streams are given as a configuration has them, with "stages" of blocks.
    """
    stages = (visual["stages"], audio["stages"])
    if len(stages[0]) != len(stages[1]):
        stages = ([sum(stages[0])], [sum(stages[1])])
    pairs, first = [], (0, 0)
    for v, a in zip(*stages):
        count = min(v, a)
        pairs += [(first[0] + v // count * (j + 1) - 1, first[1] + a // count * (j + 1) - 1) for j in range(count)]
        first = (first[0] + v, first[1] + a)
    return pairs
