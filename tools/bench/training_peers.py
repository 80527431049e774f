"""Training steps in PyTorch, as a process that answers lines.

    python training_peers.py SOURCE THREADS STEPS BATCH [PATH]

SOURCE says what is trained, and from where:

    ladder        an AV-PEA ladder of states that lie in memory as f32
    cache         that, of states which a DataLoader reads through h5py from the cache PATH: all of train
    online        that, of the clips of which a line of input names BATCH: decoded, and encoded by the ViT in PATH
    suffix        AV-PEA within the last two blocks of the ViT in PATH, of states in memory
    suffix-bf16   that, under autocast

Extents are those of `avprep bench train`. It says hello with the versions and the number of trained elements; each line
of input asks for STEPS steps, or all of the cache, and is answered with the seconds they took and the videos they had.
"""

import contextlib
import importlib.metadata
import json
import os
import resource
import sys
import time
from pathlib import Path

source, (threads, steps, batch), path = sys.argv[1], map(int, sys.argv[2:5]), (sys.argv[5:] or [None])[0]
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(threads)

sys.path.insert(0, str(Path(__file__).parent.parent / "references"))
import cpu_torch  # noqa: E402,F401
import peers  # noqa: E402
import torch  # noqa: E402
from av_pea import STREAMS  # noqa: E402
from torch import nn  # noqa: E402
from training_networks import (  # noqa: E402
    CLASSES, FEATURES, LAYERS, PATCHES, SEGMENTS, LadderNetwork, SuffixNetwork, encode, split)

WIDTH = 96
TOKENS = {"visual": 197, "audio": 49}


def version(name):
    return f"{name} {importlib.metadata.version(name)}"


def in_memory(shapes):
    """Batches without end, contiguous and as the network reads them; three of them are made."""
    generator = torch.Generator().manual_seed(1)
    made = [{name: torch.randn(shape, generator=generator) for name, shape in shapes.items()} for _ in range(3)]
    while True:
        yield from made


def ladder_in_memory():
    rows, shapes = batch * SEGMENTS, {}
    for m in STREAMS:
        for tap in range(len(LAYERS)):
            shapes |= {f"tap.{tap}.{m}.class": (rows, FEATURES), f"tap.{tap}.{m}.patches": (rows, PATCHES, FEATURES)}
        shapes[f"final.{m}"] = (rows, FEATURES)
    return in_memory(shapes)


class Clips(torch.utils.data.Dataset):
    """Clips of train: of each the arrays of its layers, in f16 as they are stored."""

    def __init__(self, cache):
        import h5py
        self.shards = {m: sorted(Path(cache, f"states-{m}").glob("*.h5")) for m in STREAMS}
        self.files, self.rows = {}, []
        for shard, paths in enumerate(zip(*self.shards.values())):
            with h5py.File(paths[0]) as file:
                self.rows += [(shard, row) for row in range(len(file["clip"]))]
        # The clips of val come last.
        self.rows = self.rows[:-16]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        import h5py
        shard, row = self.rows[index]
        states = {}
        for m in STREAMS:
            if (m, shard) not in self.files:  # In the worker, which has files of its own.
                self.files[m, shard] = h5py.File(self.shards[m][shard])
            for tap, layer in enumerate(LAYERS):
                states[f"{m}/{tap}"] = torch.from_numpy(self.files[m, shard][f"block_{layer:02}"][row])
        return states


def read(clips):
    """An epoch of batches; workers end with it, so that their time is counted."""
    for states in torch.utils.data.DataLoader(clips, batch_size=batch, shuffle=True, num_workers=threads):
        states = {name: x.flatten(0, 1).float() for name, x in states.items()}
        for m in STREAMS:
            last = states[f"{m}/{len(LAYERS) - 1}"]
            states[f"{m}/final"] = nn.functional.layer_norm(last[:, 0], (FEATURES,), eps=1e-6)
        yield split(states)


class Online:
    """Clips to states, by the tools that are usual for it."""

    def __init__(self):
        self.work, self.versions = peers.torchcodec(resized=True, audio=True)
        self.vit = None

    @torch.no_grad()
    def __call__(self, clips):
        parts = []
        for clip in clips:
            made = self.work(clip)
            pictures = made.rgb.permute(0, 3, 1, 2).float() / 127.5 - 1
            # A window of log-mel is a picture of one colour, as LAVISH has it.
            sound = torch.stack(made.values)[:, None]
            sound = nn.functional.interpolate(sound, size=(224, 224), mode="bilinear").expand(-1, 3, -1, -1)
            parts.append({m: encode(self.vit, x) for m, x in (("visual", pictures), ("audio", sound))})
        return split({f"{m}/{name}": torch.cat([part[m][name] for part in parts])
                      for m in STREAMS for name in [*range(len(LAYERS)), "final"]})


class Trainer:
    def __init__(self):
        torch.manual_seed(0)
        self.versions, vit = [version("torch")], None
        if source == "online":
            self.online = Online()
        torch.set_num_threads(threads)
        if source in ("online", "suffix", "suffix-bf16"):
            # First, where it is: transformers asks for torchaudio, and cannot do with a part of it.
            with contextlib.suppress(ImportError):
                peers.torchaudio_kaldi()
            torch.set_num_threads(threads)
            import transformers
            vit = transformers.ViTModel.from_pretrained(path, add_pooling_layer=False).eval().requires_grad_(False)
            self.versions.append(version("transformers"))
        self.network = SuffixNetwork(vit) if source.startswith("suffix") else LadderNetwork(WIDTH)
        self.parameters = [p for p in self.network.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(
            [{"params": [p for p in self.parameters if p.ndim >= 2], "weight_decay": 0.01},
             {"params": [p for p in self.parameters if p.ndim < 2], "weight_decay": 0.0}], lr=1e-4)
        if source == "cache":
            self.clips = Clips(path)
            self.versions.append(version("h5py"))
        elif source == "online":
            self.online.vit = vit
            self.versions = sorted({*self.versions, *self.online.versions})
        elif source == "ladder":
            self.made = ladder_in_memory()
        else:
            self.made = in_memory({m: (batch * SEGMENTS, TOKENS[m], FEATURES) for m in STREAMS})

    def batches(self, line):
        if source == "cache":
            return read(self.clips)
        if source == "online":
            return [self.online(line.split("\t"))]
        return (next(self.made) for _ in range(steps))

    def run(self, line):
        """Videos of the steps that a line asks for."""
        videos = 0
        for inputs in self.batches(line):
            rows = len(inputs["visual"] if source.startswith("suffix") else inputs["final.visual"])
            labels = torch.arange(rows) % CLASSES
            self.optimiser.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=source == "suffix-bf16"):
                loss = nn.functional.cross_entropy(self.network(inputs), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters, 1.0)
            self.optimiser.step()
            videos += rows // SEGMENTS
        return videos


def busy():
    """Processor seconds of this process, and of workers that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main():
    try:
        trainer = Trainer()
    except Exception as error:
        print(json.dumps({"missing": " ".join(f"{type(error).__name__}: {error}".split())[:200]}), flush=True)
        return
    count = sum(p.numel() for p in trainer.parameters)
    print(json.dumps({"versions": trainer.versions, "parameters": count}), flush=True)
    for line in sys.stdin:
        before, start = busy(), time.perf_counter()
        videos = trainer.run(line.strip("\n"))
        print(json.dumps({
            "seconds": [time.perf_counter() - start], "processor_seconds": [busy() - before], "videos": videos}), flush=True)


main()
