#!/usr/bin/env python3
"""Writes small random ViT checkpoints and the token states that transformers and timm compute with them.

    python3 -m venv venv && venv/bin/pip install torch timm transformers safetensors
    venv/bin/python tools/references/vit.py Tests/References [--seed N]

Folders, each with config.json and model.safetensors as the library itself writes them:

    vit-hf    vit-hf-odd      ViTModel.save_pretrained (names of the published files: encoder.layer.0 …),
                              preprocessor_config.json of ViTImageProcessor, a pooler that states do not need
    vit-timm  vit-timm-odd    timm's save_for_hf; the odd one with a classifier that states do not need

vit-states.safetensors, for each folder F with L blocks, two pictures and two log-mels:

    F/rgb                u8  [2, S, S, 3]
    F/mean F/std         f32 [3]            pixels enter as (rgb/255 - mean) / std
    F/block_00           f32 [2, N, D]      input of block 0: patches and class token with positions added
    F/block_01 … block_L f32 [2, N, D]      output of each block; the last is before the final norm
    F/final              f32 [2, N, D]      after the final norm
    F/logmel             f32 [2, frames, bands]
    F/audio_block_00 … F/audio_final        the same states of the log-mel

A log-mel enters as LAVISH feeds it to an image ViT (GenjiB/LAVISH, AVE/nets/my_vit.py): repeated to three
channels, not normalised again, frames as rows and bands as columns; the patch convolution drops the rows that do not
fill a patch; the position table, class entry included, is resized to 1 + patches by linear interpolation over
the sequence, align_corners=False. The plain folders shorten the table (17 to 9), the odd ones lengthen it (26 to 31).

The models are loaded back from the folders before they run, in f32 and eval mode, so that the states belong to what
the folders say. States are taken by hooks: what `hidden_states[-1]` means has changed between versions.
"""

import argparse
from pathlib import Path

import cpu_torch  # noqa: F401, before timm and transformers
import safetensors.torch
import timm
import torch
import torch.nn.functional as F
import transformers
from timm.models import save_for_hf
from transformers import ViTConfig, ViTImageProcessor, ViTModel

PLAIN = dict(width=64, heads=4, blocks=3, hidden=128, image=64, logmel=(38, 64), mean=[0.5] * 3, std=[0.5] * 3)
ODD = dict(width=96, heads=3, blocks=2, hidden=100, image=80, logmel=(102, 80),
           mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
PATCH = 16


def randomise(model, generator):
    """Gives every parameter a value that a mistake with it would show."""
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * noise)
            elif "token" in name or "pos" in name:
                parameter.copy_(0.5 * noise)
            elif parameter.ndim == 4:
                parameter.copy_(0.05 * noise)
            else:
                parameter.copy_(0.1 * noise)


def save_hf(folder, size, epsilon, generator):
    config = ViTConfig(
        hidden_size=size["width"], num_attention_heads=size["heads"], num_hidden_layers=size["blocks"],
        intermediate_size=size["hidden"], image_size=size["image"], patch_size=PATCH, layer_norm_eps=epsilon)
    model = ViTModel(config)
    randomise(model, generator)
    model.save_pretrained(folder)
    ViTImageProcessor(
        size={"height": size["image"], "width": size["image"]}, image_mean=size["mean"], image_std=size["std"],
    ).save_pretrained(folder)


def save_timm(folder, size, classes, generator):
    model = timm.create_model(
        "vit_tiny_patch16_224", img_size=size["image"], embed_dim=size["width"], depth=size["blocks"],
        num_heads=size["heads"], mlp_ratio=(size["hidden"] + 0.5) / size["width"], num_classes=classes)
    assert model.blocks[0].mlp.fc1.out_features == size["hidden"]
    randomise(model, generator)
    save_for_hf(
        model, folder, safe_serialization=True, data_config={"mean": size["mean"], "std": size["std"]})


class HF:
    def __init__(self, folder):
        self.model = ViTModel.from_pretrained(folder, attn_implementation="eager").eval()
        self.blocks, self.norm = self.model.layers, self.model.layernorm
        embeddings = self.model.embeddings
        self.convolution = embeddings.patch_embeddings.projection
        self.class_token, self.positions = embeddings.cls_token, embeddings.position_embeddings

    def __call__(self, pixels):
        return self.model(pixel_values=pixels).last_hidden_state


class Timm:
    def __init__(self, folder):
        self.model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        self.blocks, self.norm = self.model.blocks, self.model.norm
        self.convolution = self.model.patch_embed.proj
        self.class_token, self.positions = self.model.cls_token, self.model.pos_embed

    def __call__(self, pixels):
        return self.model.forward_features(pixels)


def picture_states(vit, pixels):
    """The states of a whole forward pass, caught at the blocks and the final norm."""
    inputs, outputs, norm = [], [], []
    hooks = [block.register_forward_hook(lambda _, x, y: (inputs.append(x[0]), outputs.append(y)) and None)
             for block in vit.blocks]
    hooks.append(vit.norm.register_forward_hook(lambda _, x, y: norm.extend([x[0], y])))
    final = vit(pixels)
    for hook in hooks:
        hook.remove()
    for before, after in zip(outputs, inputs[1:] + norm[:1]):
        assert torch.equal(before, after)
    assert len(outputs) == len(vit.blocks) and torch.equal(final, norm[1])
    return [inputs[0], *outputs], final


def audio_states(vit, logmel):
    """The states of log-mels [B, frames, bands]: LAVISH's embedding, then the model's own blocks."""
    patches = vit.convolution(logmel[:, None].repeat(1, 3, 1, 1)).flatten(2).transpose(1, 2)
    tokens = torch.cat([vit.class_token.expand(len(logmel), -1, -1), patches], dim=1)
    positions = vit.positions
    if positions.shape[1] != tokens.shape[1]:
        positions = F.interpolate(
            positions.transpose(1, 2), size=tokens.shape[1], mode="linear", align_corners=False).transpose(1, 2)
    states = [tokens + positions]
    for block in vit.blocks:
        states.append(block(states[-1]))
    return states, vit.norm(states[-1])


def main(root, seed):
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(20240611 + seed)
    folders = {
        "vit-hf": (PLAIN, lambda folder: save_hf(folder, PLAIN, 1e-12, generator), HF),
        "vit-hf-odd": (ODD, lambda folder: save_hf(folder, ODD, 3e-3, generator), HF),
        "vit-timm": (PLAIN, lambda folder: save_timm(folder, PLAIN, 0, generator), Timm),
        "vit-timm-odd": (ODD, lambda folder: save_timm(folder, ODD, 5, generator), Timm),
    }
    tensors = {}
    for name, (size, save, load) in folders.items():
        folder = root / name
        save(folder)
        vit = load(folder)

        side = size["image"]
        rgb = torch.randint(0, 256, (2, side, side, 3), generator=generator, dtype=torch.uint8)
        mean, std = torch.tensor(size["mean"]), torch.tensor(size["std"])
        logmel = torch.randn(2, *size["logmel"], generator=generator) * 0.5
        with torch.no_grad():
            states, final = picture_states(vit, ((rgb / 255 - mean) / std).permute(0, 3, 1, 2).contiguous())
            audio, audio_final = audio_states(vit, logmel)

        tensors |= {f"{name}/rgb": rgb, f"{name}/mean": mean, f"{name}/std": std, f"{name}/logmel": logmel}
        tensors |= {f"{name}/block_{index:02}": state for index, state in enumerate(states)}
        tensors |= {f"{name}/audio_block_{index:02}": state for index, state in enumerate(audio)}
        tensors |= {f"{name}/final": final, f"{name}/audio_final": audio_final}
        print(name, "tokens", final.shape[1], "audio tokens", audio_final.shape[1],
              "rms", *(f"{state.square().mean().sqrt():.2f}" for state in states))

    file = root / "vit-states.safetensors"
    safetensors.torch.save_file(
        {key: tensor.contiguous() for key, tensor in tensors.items()}, file,
        metadata={"written_by": f"tools/references/vit.py with torch {torch.__version__}, timm {timm.__version__}, "
                                f"transformers {transformers.__version__}"})
    for written in [file, *root.glob("vit-*/*")]:
        written.chmod(0o644)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    main(options.root, options.seed)
