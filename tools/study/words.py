"""The prose of docs/study.md: paragraphs with places for what the results say, wrapped when they are written."""

INTRODUCTION = """
Two data sets are made whose labels need known things, in AVE's layout and in MUSIC-AVQA's. Their clips are cached once
through a small pretrained backbone (`{backbone}`), and every method is trained on these caches with {seeds} seeds. This
page and its plots are written by `tools/study/report.py` from [study.json](study.json), which has what each run got
right, clip by clip. It says what these methods do on *these* data: what a paper claims of natural videos and large
backbones may hold there and not here, and the other way round.
"""

FINDINGS = """
Differences are points of accuracy over the seconds of events, with 95 % intervals: {draws:,} draws of clips and seeds
with replacement, of clips alike for what is compared, and the part of the seeds widened as Student's t has it for so few.
There is one training set: intervals say nothing of another. A claim counts as found where the interval of its first line
lies above zero; it cannot be told where neither side learned anything, that is gained {gain:.0f} points on the head alone
with an interval above zero. Nothing is corrected for the number of comparisons.
"""

EVENTS = """
Mean ± standard deviation over seeds, in per cent: of all segments as `avprep evaluate` counts them, of the seconds of
events by factor, of the seconds without one. Parameters are those that are trained. A row with a comma in its name is
a variant of the row before the comma.
"""

CEILING = "The best head on frozen states alone reaches, in per cent: {best}."

EVENT_DATA = """
**Events**: {counts} clips. Training has {shares}: more of what is harder; val has {val} of each and test {test}, and
as many again of held-out pairs. A clip of ten seconds has one event with background around it. What its category needs,
and how many categories there are of each kind:
"""

QUESTION_DATA = "**Questions**: {counts} questions on {sizes} clips. {scenes}"

QUESTIONS_ALONE = """
Questions alone give {mean:.1f} % of the answers away ({low:.1f}…{high:.1f}); the head on frozen streams adds {gain}.
"""

QUESTIONS_CROSSING = """
On audio-visual questions cross-modal methods in blocks minus unimodal ones are {gain}: the head joins sight and sound
for all of them.
"""

TRAINING = "{epochs} of batches of {batch} clips, AdamW at {rate:g} (head {head_rate:g}), cosine"

CONDITIONS = [
    """A row of the events is {parts} runs, on the same cache: one for both senses (sound, sight and together), one each
    for order, few seconds and early, because what one of them needs is noise to the others (`--leave-out` names the
    others' clips). Categories and head are the same in all. A variant is trained for what its claim is about.""",
    """Events: {events}; the head is `lavish`, two affine maps of both streams side by side: a sum of what is seen and
    what is heard, which cannot tell p xor s. Probes stand for other heads.""",
    """Questions: {questions}; the head is `st-avqa` with an LSTM. `mettle` and `molt` give no tokens that it could read
    and have the head that their recipes name. Pictures of other clips, which its matching loss needs, are frozen ones
    for the head alone and those of the batch for methods.""",
    """One start value and one length for all methods. They, and how many clips there are of each factor, were chosen on
    some twenty rows of seed 0, until some method learned what each factor needs; test was then drawn anew. Nothing was
    tuned for a method. A method may do better with values of its own, and with more epochs.""",
    """In blocks: the last two of six, from the states that enter them, or all six where a row says so. Beside blocks:
    layers 2, 4 and 6, for `lst` 0 too, for `molt` 4 and 6, for `dtl` 0 to 3. LSTTA has two streams, no text. Methods
    have the options that their recipes in `manifests/recipes` have.""",
    "The best epoch on val is evaluated, and test is looked at once by each run.",
    """The backbone was pretrained on other clips of the same shapes, timbres and colours, with mirrored pictures under
    equal labels: `tools/study/pretraining.log`.""",
    "Made by {program}.",
]

COMMANDS = """
make study              # all of it; stopped and started again, it goes on
make study QUICK=1      # small data sets, one seed, few methods; prints a table, writes no document
STUDY=/disk make study  # where everything is to lie, three gigabytes; else in the user's cache folder
python tools/study/report.py   # this page anew from study.json; needs numpy
"""
