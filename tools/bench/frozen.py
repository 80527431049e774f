"""The frozen pass beside other engines, with models of random weights.

    python frozen.py AVPREP FOLDER [--quick] [--json FILE] [--only NAME] [--threads N]

Two threads each, on the same machine in one run; pairs of measurements, ours and theirs one right after the other.
A model joins by one line of MODELS.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import frozen_runs
import report
import workers

# Name: configuration of transformers, what it reads, size of an input, inputs in a measurement.
MODELS = {
    "ViT-B/16": ("ViTConfig", {}, "pictures", "224x224", 8),
    "ViT-L/16": ("ViTConfig", {
        "hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096},
        "pictures", "224x224", 2),
    "AST": ("ASTConfig", {}, "spectrograms", "1024x128", 4),
    "Swin-V2-B": ("Swinv2Config", {
        "image_size": 256, "embed_dim": 128, "depths": [2, 2, 18, 2], "num_heads": [4, 8, 16, 32], "window_size": 8},
        "pictures", "256x256", 8),
    "MiniLM": ("BertConfig", {
        "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536},
        "texts", "24", 1000),
}

# Model, our number type, engine, and by how much we are to be faster.
PAIRS = [
    ("ViT-B/16", "f32", "torch", 2), ("ViT-B/16", "f32", "onnxruntime", 1.15),
    ("ViT-B/16", "f32", "torch-compiled", None), ("ViT-B/16", "bf16", "torch-bf16", 1.25),
    ("ViT-B/16", "int8", "torch-bf16", 1.8), ("AST", "f32", "torch", 1.5), ("Swin-V2-B", "f32", "torch", 1.5),
    ("MiniLM", "f32", "torch", 2),
]

ENGINES = {
    "torch": "PyTorch, f32", "torch-compiled": "PyTorch compiled, f32", "torch-bf16": "PyTorch, bf16",
    "onnxruntime": "ONNX Runtime, f32",
}


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def make(folder, name):
    """The folder of a checkpoint with random weights as the library makes them."""
    kind, settings, *_ = MODELS[name]
    path = folder / name.lower().replace("/", "-")
    if (path / "complete").exists():
        return path
    sys.path.insert(0, str(Path(__file__).parent.parent / "references"))
    import cpu_torch  # noqa: F401
    import torch
    import transformers
    torch.manual_seed(0)
    model = transformers.AutoModel.from_config(getattr(transformers, kind)(**settings))
    model.save_pretrained(path)
    if MODELS[name][2] == "pictures":
        transformers.ViTImageProcessor().save_pretrained(path)
    elif MODELS[name][2] == "spectrograms":
        (path / "preprocessor_config.json").write_text(json.dumps({
            "feature_extractor_type": "ASTFeatureExtractor", "mean": -4.2677393, "std": 4.5689974, "do_normalize": True}))
    else:
        words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [f"word{n}" for n in range(model.config.vocab_size - 5)]
        (path / "vocab.txt").write_text("\n".join(words) + "\n")
    (path / "complete").touch()
    return path


def ours(avprep, name, compute, threads, *more):
    _, _, reading, size, count = MODELS[name]
    return workers.Worker(
        [avprep, "bench", "encode", "-", "--json", "--compute", compute, "--reading", reading, "--size", size,
         "--images", count, "--threads", threads, *more], greets=False)


def theirs(engine, name, path, threads):
    _, _, reading, size, count = MODELS[name]
    script = Path(__file__).with_name("frozen_peers.py")
    return workers.Worker([sys.executable, script, engine, path, reading, size, threads, count], greets=True)


def pairs(us, them, path, count):
    """Measurements of both, one right after the other; the first of each is not counted."""
    us(path), them(path)
    rows = []
    for number in range(count):
        first = (us(path), them(path)) if number % 2 == 0 else (them(path), us(path))[::-1]
        rows.append({"avprep": first[0], "peer": first[1]})
    return rows


def peak(worker):
    """The most memory that a process had, in bytes."""
    for line in Path(f"/proc/{worker.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return None


def compare(avprep, path, name, compute, engine, least, threads, count):
    images = MODELS[name][-1]
    row = {"model": name, "compute": compute, "engine": engine}
    them = theirs(engine, name, path, threads)
    us = ours(avprep, name, compute, threads)
    try:
        if them.missing:
            return {**row, "missing": them.missing}
        measured = pairs(us, them, path, count)
        answer = measured[-1]["avprep"]
        row.update(workers.summary(measured), versions=them.versions, batch=them.greeting["batch"], rows=measured)
        row["avprep_per_second"] = workers.spread([images / pair["avprep"]["wall"] for pair in measured])
        row["peer_per_second"] = workers.spread([images / pair["peer"]["wall"] for pair in measured])
        row["outside"] = workers.spread([1 - pair["avprep"]["products"] for pair in measured])
        row.update(avprep_peak=peak(us), peer_peak=peak(them), instructions=answer["instructions"])
        row["openblas"] = answer["openblas"]
        if least:
            value = min(row["ratio"]["median"], row["processor_ratio"]["median"])
            row["target"] = {"words": f"at least {least} by both clocks", "value": value, "met": value >= least}
    except RuntimeError as error:
        row["missing"] = str(error)
    finally:
        us.close(), them.close()
    return row


def scaling(avprep, path, name, compute, count):
    """Inputs per second of two threads over those of one, by the wall; both clocks where the machine is shared."""
    one, two = ours(avprep, name, compute, 1), ours(avprep, name, compute, 2)
    try:
        measured = pairs(two, one, path, count)
        return workers.summary(measured)["ratio"]
    except RuntimeError:
        return None
    finally:
        one.close(), two.close()


def deviation(avprep, path, name, compute):
    worker = ours(avprep, name, compute, 1, "--deviation")
    try:
        return worker(path)["deviation"]
    except RuntimeError:
        return None
    finally:
        worker.close()


def memory(avprep, path, name, threads):
    """Peak memory beside the weights as they are in the file."""
    worker = ours(avprep, name, "f32", threads)
    try:
        worker(path)
        beside = peak(worker) - frozen_runs.weights_bytes(path)
    finally:
        worker.close()
    return {
        "what": f"{name}, f32, {threads} threads: peak memory beyond the size of the weights",
        "result": f"{beside / 1e6:.0f} MB", "target": {"words": "at most 1.5 GB", "value": beside, "met": beside <= 1.5e9}}


def measure(avprep, folder, quick, only=None, threads=2):
    folder = folder / "models"
    folder.mkdir(exist_ok=True)
    rows, facts, details = [], [], {}
    for name in MODELS:
        if only and name not in only:
            continue
        say(f"frozen pass: {name}")
        path = make(folder, name)
        for model, compute, engine, least in PAIRS:
            if model == name and (least or not quick):
                rows.append(compare(avprep, path, name, compute, engine, least, threads, 1 if quick else 5))
                say(json.dumps({k: v for k, v in rows[-1].items() if k in (
                    "model", "compute", "engine", "ratio", "processor_ratio", "missing", "avprep_per_second")}))
        if name == "ViT-L/16":
            facts.append(memory(avprep, path, name, threads))
        if name == "ViT-B/16":
            share = frozen_runs.hidden(avprep, folder, path, 2 if quick else 8)
            facts.append({
                "what": f"{name}: computing threads waiting for reading and writing, five layers in f16",
                "result": f"{share:.1f} %", "target": {"words": "at most 5 %", "value": share, "met": share <= 5}})
            if len(os.sched_getaffinity(0)) > 1:
                for compute in ("f32", "bf16", "int8"):
                    ratio = scaling(avprep, path, name, compute, 1 if quick else 5)
                    if ratio:
                        facts.append({
                            "what": f"{name}, {compute}: two threads over one", "result": report.spread(ratio),
                            "target": {"words": "at least 1.9", "value": ratio["median"], "met": ratio["median"] >= 1.9}})
            for compute in ("bf16", "int8"):
                layers = deviation(avprep, path, name, compute)
                if layers:
                    details[f"{name} {compute}"] = layers
                    last = layers[-1]
                    facts.append({
                        "what": f"{name}, {compute} against f32, last layer",
                        "result": f"relative error {last['relative']:.4f}, cosine {last['cosine']:.6f}",
                        "target": {"words": "cosine at least 0.999", "value": last["cosine"],
                                   "met": last["cosine"] >= 0.999}})
    for row in rows:
        if "outside" in row and row["engine"] in ("torch", "torch-bf16"):
            share = 100 * row["outside"]["median"]
            facts.append({
                "what": f"{row['model']}, {row['compute']}: time outside matrix products", "result": f"{share:.1f} %",
                "target": {"words": "at most 15 %", "value": share, "met": share <= 15}})
            facts.append({
                "what": f"{row['model']}, {row['compute']}: peak memory", "result":
                f"{row['avprep_peak'] / 2**20:.0f} MiB, {ENGINES[row['engine']]} {row['peer_peak'] / 2**20:.0f} MiB"})
    return {"rows": rows, "facts": facts, "deviations": details}


def lines(results, threads=2):
    kernels = next((f"avprep on {row['instructions']}; OpenBLAS, which the frozen pass does not use, on {row['openblas']}"
                    for row in results["rows"] if "instructions" in row), "")
    text = [
        f"### The frozen pass, {threads} threads each", "", f"Random weights. {kernels}. Batches are the fastest of each.", "",
        "| model | avprep | inputs a second | beside | it | batch | speed ratio | by processor time | target |",
        "|---|---|--:|---|--:|--:|--:|--:|---|"]
    for row in results["rows"]:
        head = f"| {row['model']} | {row['compute']} "
        if "missing" in row:
            text.append(f"{head}| | {ENGINES[row['engine']]} | not measured: {row['missing']} | | | | |")
            continue
        text.append(
            f"{head}| {row['avprep_per_second']['median']:.2f} | {ENGINES[row['engine']]} "
            f"| {row['peer_per_second']['median']:.2f} | {row['batch']} | {report.spread(row['ratio'])} "
            f"| {report.spread(row['processor_ratio'])} | {report.verdict(row.get('target'))} |")
    facts = [{**fact, "target": fact.get("target")} for fact in results["facts"]]
    return text + [""] + report.facts("Beside speed", facts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("avprep")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true", help="one pair each: whether it runs, not how fast")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", action="append")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    os.environ.pop("OPENBLAS_CORETYPE", None)
    results = measure(options.avprep, options.folder, options.quick, options.only, options.threads)
    print("\n".join(lines(results, options.threads)))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
