#!/usr/bin/env python3
"""Writes small random encoders of texts with their tokenizers, and the token states that transformers computes with them.

    venv/bin/python tools/references/subwords.py Tests/References
    venv/bin/python tools/references/text.py Tests/References [--seed N]

Folders, each with config.json, model.safetensors and the tokenizer that subwords.py wrote:

    bert          BertModel with a pooler               bert-odd      BertForMaskedLM (names begin with `bert.`), odd sizes
    roberta       RobertaModel                          roberta-odd   RobertaForSequenceClassification, odd sizes
    clip-text     CLIPTextModelWithProjection           clip-odd      CLIPModel, both towers, with an end of 2 as OpenAI's
    minilm        BertModel with `gamma` and `beta`, a sentence_bert_config.json, and a vocabulary without tokenizer.json

text-states.safetensors, for each folder F with L blocks and text number T of text-states.json:

    F/T/block_00 … block_L   f32 [N, D]   input of each block, output of the last
    F/T/final                f32 [N, D]   after the final norm (CLIP)
    F/T/pooled               f32 [D]      the state that stands for the text, after the final norm (CLIP)

All texts of a folder are computed in one padded batch with its attention mask, in double precision; the states of padding
are then left out. text-states.json has the texts and each folder's ids, made by the reference tokenizer.
"""

import argparse
import json
import shutil
from pathlib import Path

import cpu_torch  # noqa: F401
import safetensors.torch
import torch
import transformers
from tokenizers import Tokenizer
from transformers import (
    BertConfig, BertForMaskedLM, BertModel, BertTokenizer, CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModelWithProjection,
    RobertaConfig, RobertaForSequenceClassification, RobertaModel)

TEXTS = [
    "What is the first instrument?",
    "",
    "Ünïque Größe, 視頻 👍🏽 нет! <|endoftext|> [MASK] <mask> <pad> in between",
    "How many people are clapping in the video while the violin on the left is louder than the cello on the right? " * 2,
]


def randomise(model, generator):
    """Gives every parameter a value that a mistake with it would show."""
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name.lower() and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * noise)
            elif "embedding" in name:
                parameter.copy_(0.5 * noise)
            else:
                parameter.copy_(0.15 * noise)


def shape(width, heads, blocks, hidden, **more):
    return dict(hidden_size=width, num_attention_heads=heads, num_hidden_layers=blocks, intermediate_size=hidden, **more)


def models(sizes):
    """For each folder its tokenizer and its model, with random weights of the library's own."""
    bert, roberta, clip = sizes["bert-uncased"], sizes["roberta"], sizes["clip"]
    published = sizes["clip-published"]
    plain, odd = shape(48, 4, 3, 96), shape(60, 5, 2, 77)
    return {
        "bert": ("bert-uncased", BertModel(BertConfig(vocab_size=bert, max_position_embeddings=64, **plain))),
        "bert-odd": ("bert-cased", BertForMaskedLM(BertConfig(
            vocab_size=sizes["bert-cased"], max_position_embeddings=51, layer_norm_eps=3e-3, hidden_act="gelu_new",
            type_vocab_size=1, **odd))),
        "minilm": ("bert-uncased", BertModel(BertConfig(
            vocab_size=bert, max_position_embeddings=64, **shape(32, 8, 2, 128)), add_pooling_layer=False)),
        "roberta": ("roberta", RobertaModel(RobertaConfig(
            vocab_size=roberta, max_position_embeddings=66, type_vocab_size=1, layer_norm_eps=1e-5, **plain))),
        "roberta-odd": ("roberta-space", RobertaForSequenceClassification(RobertaConfig(
            vocab_size=sizes["roberta-space"] + 3, max_position_embeddings=43, type_vocab_size=2, hidden_act="relu", **odd))),
        "clip-text": ("clip", CLIPTextModelWithProjection(CLIPTextConfig(
            vocab_size=clip, max_position_embeddings=77, eos_token_id=clip - 1, bos_token_id=clip - 2, hidden_act="gelu",
            projection_dim=24, **plain))),
        "clip-odd": ("clip-published", CLIPModel(CLIPConfig(
            text_config=dict(vocab_size=published, max_position_embeddings=33, eos_token_id=2, layer_norm_eps=2e-3, **odd),
            vision_config=dict(image_size=16, patch_size=8, **shape(16, 2, 1, 16)), projection_dim=8))),
    }


def inside(model):
    """The encoder of texts in a model, its blocks, and its final norm."""
    encoder = getattr(model, "text_model", None) or getattr(model, "bert", None) or getattr(model, "roberta", None) or model
    blocks = encoder.encoder
    return encoder, getattr(blocks, "layers", None) or blocks.layer, getattr(encoder, "final_layer_norm", None)


def states(model, ids, padding):
    """The states of all layers of one padded batch, caught at the blocks, and the output after them."""
    encoder, blocks, norm = inside(model)
    length = max(map(len, ids))
    batch = torch.tensor([line + [padding] * (length - len(line)) for line in ids])
    mask = torch.tensor([[1] * len(line) + [0] * (length - len(line)) for line in ids])
    inputs, outputs = [], []
    hooks = [block.register_forward_hook(
        lambda _, x, kwargs, y: (inputs.append(x[0] if x else kwargs["hidden_states"]),
                                 outputs.append(y[0] if isinstance(y, tuple) else y)) and None, with_kwargs=True)
        for block in blocks]
    with torch.no_grad():
        result = encoder(input_ids=batch, attention_mask=mask)
    for hook in hooks:
        hook.remove()
    layers = [inputs[0], *outputs]
    last = result.last_hidden_state
    assert torch.equal(last, norm(layers[-1]) if norm else layers[-1])
    return layers, last if norm else None, result.pooler_output if norm else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    root = options.output
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(20261121 + options.seed)

    folders = {folder.name: folder for folder in (root / "tokenizers").iterdir()}
    tokenizers = {name: Tokenizer.from_file(str(folder / "tokenizer.json")) for name, folder in folders.items()}
    sizes = {name: max(tokenizer.get_vocab().values()) + 1 for name, tokenizer in tokenizers.items()}
    tensors, ids = {}, {}
    for name, (tokenizer_name, model) in models(sizes).items():
        folder, source = root / name, folders[tokenizer_name]
        shutil.rmtree(folder, ignore_errors=True)
        randomise(model, generator)
        model.save_pretrained(folder)
        for file in source.iterdir():
            if not (name == "minilm" and file.name == "tokenizer.json"):
                shutil.copy(file, folder)
        config = json.loads((folder / "config.json").read_text())
        maximum = config.get("text_config", config)["max_position_embeddings"]
        if name.startswith("roberta"):
            maximum -= 2
        if name == "minilm":
            maximum = 40
            (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 40, "do_lower_case": false}\n')
            file = folder / "model.safetensors"
            old = {key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
                   for key, tensor in safetensors.torch.load_file(file).items()}
            safetensors.torch.save_file(old, file, metadata={"format": "pt"})
            lines = BertTokenizer.from_pretrained(folder)(TEXTS, truncation=True, max_length=maximum)["input_ids"]
        else:
            tokenizer = tokenizers[tokenizer_name]
            tokenizer.enable_truncation(min(maximum, 77))
            lines = [encoding.ids for encoding in tokenizer.encode_batch(TEXTS)]
        ids[name] = lines

        model = type(model).from_pretrained(folder, attn_implementation="eager").eval().double()
        layers, final, pooled = states(model, lines, 1 if name.startswith("roberta") else 0)
        for number, line in enumerate(lines):
            for layer, state in enumerate(layers):
                tensors[f"{name}/{number}/block_{layer:02}"] = state[number, : len(line)]
            if final is not None:
                tensors |= {f"{name}/{number}/final": final[number, : len(line)], f"{name}/{number}/pooled": pooled[number]}
        print(name, "tokens", *map(len, lines), "rms", *(f"{state.square().mean().sqrt():.2f}" for state in layers))

    (root / "text-states.json").write_text(json.dumps(dict(texts=TEXTS, ids=ids)) + "\n")
    safetensors.torch.save_file(
        {key: tensor.float().contiguous() for key, tensor in tensors.items()}, root / "text-states.safetensors",
        metadata={"written_by": f"tools/references/text.py with torch {torch.__version__}, "
                                f"transformers {transformers.__version__}"})
    for file in [root / "text-states.safetensors", *(file for name in ids for file in (root / name).iterdir())]:
        file.chmod(0o644)


if __name__ == "__main__":
    main()
