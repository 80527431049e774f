"""What the study trains: recipes of manifests/recipes, and what is set beside them."""

from dataclasses import dataclass

# One start value and one length for all methods on a task.
SHARED = {
    "events": {"batch": 2, "optimizer.learningRate": 3e-3, "optimizer.headLearningRate": 1e-3},
    "questions": {"batch": 4, "optimizer.learningRate": 1e-3, "optimizer.headLearningRate": 1e-3},
}


@dataclass(frozen=True)
class Part:
    """What is trained by itself, because what one factor needs is noise to another."""

    epochs: int

    # All clips where none are named.
    factors: tuple[str, ...] = ()


PARTS = {
    "events": {
        "both senses": Part(16, ("sound", "sight", "together")), "order": Part(12, ("order",)),
        "few seconds": Part(8, ("few seconds",)), "early": Part(8, ("early",))},
    "questions": {"all": Part(6)},
}
PREFIX = {"events": "ave", "questions": "music-avqa"}
# What stands behind all methods of a task, so that they are compared with one head.
HEAD = {"events": "lavish", "questions": "st-avqa"}
SEEDS = tuple(range(5))


@dataclass(frozen=True)
class Entry:
    """A row of the tables: a recipe's name without its task, and settings of its own."""

    name: str
    recipe: str
    placement: str
    settings: tuple[str, ...] = ()

    # Whether its scores of events can be other than a sum of what is seen and what is heard.
    crosses: bool = False

    # The row of which this one is a variant, and the parts that it says something of, where not all.
    of: str | None = None
    parts: tuple[str, ...] = ()


def _ladder(method: str, crosses: bool = False) -> Entry:
    return Entry(f"{method} ladder", method, "ladder", crosses=crosses)


def _blocks(method: str, crosses: bool = False, recipe: str | None = None) -> Entry:
    return Entry(method, recipe or method, "suffix", crosses=crosses)


def _variant(entry: Entry, words: str, *settings: str, parts: tuple[str, ...], crosses: bool = False) -> Entry:
    return Entry(f"{entry.name}, {words}", entry.recipe, entry.placement, entry.settings + settings, crosses,
                 of=entry.name, parts=parts)


LADDERS = [
    _ladder("lst"), _ladder("unipt"), _ladder("mettle"), _ladder("molt", True), _ladder("av-pea", True),
    _ladder("copl", True), _ladder("lstta", True)]
DTL = Entry("dtl", "dtl", "hybrid")
BLOCKS = [
    _blocks("adapter"), _blocks("adaptformer"), _blocks("norm-tuning"), _blocks("lora"), _blocks("vpt-shallow"),
    _blocks("vpt-deep"), DTL, _blocks("lavish", True), _blocks("av-pea", True, "av-pea-suffix"),
    _blocks("copl", True, "copl-suffix"), _blocks("lstta", True, "lstta-suffix")]
_AV_PEA, _COPL, _LSTTA = BLOCKS[-3:]
_COPL_LADDER, _LSTTA_LADDER = LADDERS[-2:]
_SENSES, _TIME, _EARLY = ("both senses",), ("order", "few seconds"), ("early",)
_WIDE = _variant(_LSTTA_LADDER, "window T", "method.window=T", parts=_TIME, crosses=True)
ABLATIONS = [
    _variant(_AV_PEA, "streams apart", "method.attention='off'", parts=_SENSES),
    _variant(_COPL, "no bank", "method.bank=false", parts=_SENSES),
    _variant(_COPL, "no coupling", "method.coupling=own-query", parts=_SENSES),
    _variant(_LSTTA, "no filtering", "method.lsf=false", parts=_TIME, crosses=True),
    _variant(_LSTTA, "no interaction", "method.ssi=false", parts=_TIME, crosses=True),
    _variant(_COPL_LADDER, "no bank", "method.bank=false", parts=_SENSES),
    _variant(_LSTTA_LADDER, "no filtering", "method.lsf=false", parts=_TIME, crosses=True),
    _variant(_LSTTA_LADDER, "no interaction", "method.ssi=false", parts=_TIME, crosses=True),
    _WIDE,
    _variant(_WIDE, "no filtering", "method.lsf=false", parts=_TIME, crosses=True)]
# All six blocks adapted, where the last two cannot bring back what the first ones drop.
WHOLE = [_variant(entry, "from block 0", "placement.suffix=0", parts=_EARLY, crosses=True)
         for entry in (_AV_PEA, _COPL, _LSTTA)]

PROBE = {
    "events": Entry("head alone", "linear-probe", "head", ("head.name=lavish", "head.standardise=false")),
    "questions": Entry("head alone", "st-avqa", "head", (
        "optimizer.name=adamw", "optimizer.weightDecay=0.01", "optimizer.clip=1", "schedule.name=cosine",
        "schedule.warmup=0.05", "groupBy=clip")),
}
OTHER_HEADS = {
    "events": [
        Entry("linear probe", "linear-probe", "head"), Entry("mlp probe", "mlp-probe", "head", crosses=True),
        Entry("attention probe", "attention-probe", "head")],
    "questions": [
        # Its batch counts questions, of which a clip has about six.
        Entry("question alone", "question-only", "head", ("batch=24",)),
        Entry("linear probe", "linear-probe", "head"), Entry("mlp probe", "mlp-probe", "head", crosses=True)],
}


def entries(task: str) -> list[Entry]:
    """All rows of a task's table, in their order."""
    own = [*OTHER_HEADS[task], PROBE[task], *LADDERS, *BLOCKS]
    return own + (ABLATIONS + WHOLE if task == "events" else [])


# What `QUICK=1` trains.
QUICK = {
    "events": ["linear probe", "head alone", "av-pea ladder", "lora", "lavish", "av-pea"],
    "questions": ["question alone", "head alone", "av-pea ladder"],
}
