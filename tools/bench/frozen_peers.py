"""A frozen transformer in another engine, as a process that answers lines.

    python frozen_peers.py ENGINE FOLDER READING SIZE THREADS COUNT

It says hello with the versions and the batch that it found fastest, or why it cannot be had. Then each line of input
asks for COUNT inputs, made up, and is answered with the seconds they took.
"""

import importlib.metadata
import json
import os
import resource
import sys
import time
from pathlib import Path

engine, folder, reading, size, threads, count = sys.argv[1:4] + [sys.argv[4]] + [int(a) for a in sys.argv[5:7]]
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(threads)

sys.path.insert(0, str(Path(__file__).parent.parent / "references"))
import cpu_torch  # noqa: E402,F401
import numpy as np  # noqa: E402
import torch  # noqa: E402
from transformers import AutoModel  # noqa: E402

BATCHES = [1, 2, 4, 8, 16]


def inputs():
    """Made-up inputs by name, [COUNT, ...]; of texts a list of shorter and longer ones."""
    generator = np.random.default_rng(0)
    if reading == "texts":
        longest = int(size)
        lengths = generator.integers((longest + 1) // 2, longest + 1, count)
        return [generator.integers(5, 1000, (1, n)) for n in lengths]
    extents = [int(n) for n in size.split("x")]
    name, shape = ("pixel_values", [3, *extents]) if reading == "pictures" else ("input_values", extents)
    return name, generator.standard_normal([count, *shape]).astype(np.float32)


class Torch:
    def __init__(self, dtype, compiled):
        torch.set_num_threads(threads)
        self.dtype = dtype
        self.model = AutoModel.from_pretrained(folder, dtype=dtype).eval()
        if compiled:
            self.model = torch.compile(self.model, dynamic=reading == "texts")
        self.versions = [f"torch {torch.__version__}", f"transformers {importlib.metadata.version('transformers')}"]

    @torch.inference_mode()
    def __call__(self, name, batch):
        values = torch.from_numpy(batch)
        self.model(**{name: values.to(self.dtype) if values.is_floating_point() else values})


class Runtime:
    def __init__(self):
        import onnxruntime
        path = Path(folder) / "model.onnx"
        if not path.exists():
            export(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.versions = [f"onnxruntime {onnxruntime.__version__}"]

    def __call__(self, name, batch):
        self.session.run(None, {name: batch})


def export(path):
    """The model's last states as an ONNX graph, for any batch."""
    model = AutoModel.from_pretrained(folder).eval().requires_grad_(False)
    if reading == "texts":
        name, example = "input_ids", torch.ones(2, 8, dtype=torch.long)
        axes = {name: {0: "batch", 1: "tokens"}}
    else:
        name, values = inputs()
        example, axes = torch.from_numpy(values[:2]), {name: {0: "batch"}}

    class States(torch.nn.Module):
        def forward(self, x):
            return model(**{name: x}).last_hidden_state

    partial = path.with_suffix(".partial")
    torch.onnx.export(
        States().eval(), (example,), str(partial), input_names=[name], output_names=["states"], dynamic_axes=axes,
        opset_version=17, dynamo=False)
    partial.rename(path)


ENGINES = {
    "torch": lambda: Torch(torch.float32, False),
    "torch-bf16": lambda: Torch(torch.bfloat16, False),
    "torch-compiled": lambda: Torch(torch.float32, True),
    "onnxruntime": Runtime,
}


def run(model, made, batch):
    if reading == "texts":
        # Padded to the longest of a batch, as is usual; sorted by length, so that little is padded.
        texts = sorted(made, key=lambda text: text.shape[1])
        for first in range(0, count, batch):
            group = texts[first:first + batch]
            padded = np.zeros((len(group), group[-1].shape[1]), np.int64)
            for row, text in enumerate(group):
                padded[row, :text.shape[1]] = text[0]
            model("input_ids", padded)
        return
    name, values = made
    for first in range(0, count, batch):
        model(name, values[first:first + batch])


def measure(model, made, batch):
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    run(model, made, batch)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    try:
        model, made = ENGINES[engine](), inputs()
        times = {}
        for batch in [b for b in BATCHES if b <= count]:
            run(model, made, batch)
            times[batch] = measure(model, made, batch)[1]
            if times[batch] > 1.3 * min(times.values()):
                break
        batch = min(times, key=times.get)
    except Exception as error:
        print(json.dumps({"missing": " ".join(f"{type(error).__name__}: {error}".split())[:200]}), flush=True)
        return
    print(json.dumps({"versions": model.versions, "batch": batch}), flush=True)
    for _ in sys.stdin:
        seconds, busy = measure(model, made, batch)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": [seconds], "processor_seconds": [busy], "peak_bytes": peak}), flush=True)


main()
