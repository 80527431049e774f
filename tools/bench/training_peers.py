"""Training steps of an AV-PEA ladder in PyTorch, as a process that answers lines.

    python training_peers.py SOURCE THREADS STEPS BATCH WIDTH [FILE]

SOURCE is `memory`, where states lie in memory as f32, or `h5py`, where a DataLoader reads them from FILE, which is
made if there is none: f16, a chunk for each clip and layer, not compressed, as a cache of avprep has them. Extents are
those of `avprep bench train`. It says hello with the versions; each line of input asks for STEPS steps and is answered
with the seconds they took.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

source, (threads, steps, batch, width) = sys.argv[1], map(int, sys.argv[2:6])
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(threads)

sys.path.insert(0, str(Path(__file__).parent.parent / "references"))
import cpu_torch  # noqa: E402,F401
import numpy as np  # noqa: E402
import torch  # noqa: E402
from av_pea import STREAMS, Ladder  # noqa: E402
from torch import nn  # noqa: E402

SEGMENTS, PATCHES, FEATURES, TAPS, CLASSES = 10, 49, 768, 4, 29
CLIPS = 3 * batch


class Network(nn.Module):
    """The ladder of tools/references/av_pea.py and a linear probe on it."""

    def __init__(self):
        super().__init__()
        self.ladder = Ladder(dict.fromkeys(STREAMS, FEATURES), width, TAPS)
        self.classes = nn.Linear(2 * FEATURES, CLASSES)

    def forward(self, inputs):
        out = self.ladder(inputs)
        return self.classes(torch.cat([out[m] for m in STREAMS], dim=-1))


def split(states):
    """What the ladder reads, from layers `[clips, segments, 1 + patches, C]` by stream, and final states."""
    inputs = {}
    for m in STREAMS:
        for tap in range(TAPS):
            rows = states[f"{m}/{tap}"].flatten(0, 1)
            inputs[f"tap.{tap}.{m}.class"], inputs[f"tap.{tap}.{m}.patches"] = rows[:, 0], rows[:, 1:]
        inputs[f"final.{m}"] = states[f"{m}/final"].flatten(0, 1)
    return inputs


def made_up(clips):
    generator = torch.Generator().manual_seed(clips)
    states = {}
    for m in STREAMS:
        for tap in range(TAPS):
            states[f"{m}/{tap}"] = torch.randn(clips, SEGMENTS, 1 + PATCHES, FEATURES, generator=generator)
        states[f"{m}/final"] = torch.randn(clips, SEGMENTS, FEATURES, generator=generator)
    return states


class Memory:
    """Batches that are as the network wants them: contiguous, f32, patches apart from class tokens."""

    def __init__(self):
        self.batches = [{k: v.contiguous() for k, v in split(made_up(batch)).items()} for _ in range(3)]
        self.versions = []

    def __iter__(self):
        while True:
            yield from self.batches


class Clips(torch.utils.data.Dataset):
    def __init__(self, path):
        self.path, self.file = path, None

    def __len__(self):
        return CLIPS

    def __getitem__(self, index):
        import h5py
        if self.file is None:  # Not before a worker has been forked.
            self.file = h5py.File(self.path, "r")
        return {name: torch.from_numpy(self.file[name][index].astype(np.float32)) for name in self.names()}

    def names(self):
        return [f"{m}/{part}" for m in STREAMS for part in [*map(str, range(TAPS)), "final"]]


class Cache:
    def __init__(self, path):
        import h5py
        if not Path(path).exists():
            with h5py.File(f"{path}.partial", "w") as file:
                for name, value in made_up(CLIPS).items():
                    file.create_dataset(name, data=value.half().numpy(), chunks=(1, *value.shape[1:]))
            os.replace(f"{path}.partial", path)
        self.loader = torch.utils.data.DataLoader(
            Clips(path), batch_size=batch, shuffle=True, num_workers=threads, persistent_workers=True, drop_last=True)
        self.versions = [f"h5py {h5py.__version__}"]

    def __iter__(self):
        while True:
            for states in self.loader:
                yield split(states)


class Trainer:
    def __init__(self):
        torch.manual_seed(0)
        torch.set_num_threads(threads)
        self.network = Network()
        matrices = [p for p in self.network.parameters() if p.ndim >= 2]
        others = [p for p in self.network.parameters() if p.ndim < 2]
        self.optimiser = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}], lr=1e-4)
        made = Memory() if source == "memory" else Cache(sys.argv[6])
        self.batches, self.versions = iter(made), [f"torch {torch.__version__}", *made.versions]
        self.labels = torch.arange(batch * SEGMENTS) % CLASSES

    def run(self, count):
        for _ in range(count):
            self.optimiser.zero_grad()
            loss = nn.functional.cross_entropy(self.network(next(self.batches)), self.labels)
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimiser.step()


def busy():
    """Processor seconds of this process and of workers that have ended; running ones are not told."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    try:
        trainer = Trainer()
        trainer.run(3)
    except Exception as error:
        print(json.dumps({"missing": " ".join(f"{type(error).__name__}: {error}".split())[:200]}), flush=True)
        return
    print(json.dumps({"versions": trainer.versions}), flush=True)
    for _ in sys.stdin:
        before, start = busy(), time.perf_counter()
        trainer.run(steps)
        print(json.dumps({"seconds": [time.perf_counter() - start], "processor_seconds": [busy() - before]}), flush=True)


main()
