#!/usr/bin/env python3
"""Writes small random Swin checkpoints and the token states that transformers and timm compute with them.

    venv/bin/python tools/references/swin.py Tests/References [--seed N]

Folders, each with config.json and model.safetensors as the library itself writes them:

    swin-hf    swin-hf-odd      SwinModel; odd: maps of 19 and 10 tokens in windows of 5, no biases of queries, keys and
                                values, inside a SwinForImageClassification
    swinv2-hf  swinv2-hf-odd    Swinv2Model; odd: configured for pictures of 60, so that the last stage has windows of
                                3, and with windows of pre-training
    swin-timm  swin-timm-odd    timm's swin_tiny_patch4_window7_224 and swin_s3_tiny_224, saved by save_for_hf; odd: a
                                window of its own for each stage, widths of heads that are not multiples of 8
    swinv2-timm  swinv2-timm-odd  swinv2_base_window12_192 and swinv2_tiny_window8_256; odd: takes any size, with
                                windows of pre-training

swin-states.safetensors, for each folder F with L blocks and each input I of its list below:

    F/I                    u8  [1, H, W, 3] or f32 [1, frames, bands], repeated to three channels
    F/I/block_00           f32 [1, N, D]    input of block 0, counted through all stages
    F/I/block_01 …         f32 [1, N, D]    input of each block, after merging where a stage begins
    F/I/block_L            f32 [1, N, D]    output of the last block, before the final norm
    F/I/final              f32 [1, N, D]    after the final norm

transformers' Swin-V2 keeps the windows of its configured size for inputs of any other, and so does timm where
strict_img_size is false. Else timm refuses another size: the model is then created again with that `img_size`, as its
users do.

Models are loaded back from the folders before they run, in f32 and eval mode, so that the states belong to what the
folders say.
"""

import argparse
from pathlib import Path

import cpu_torch  # noqa: F401  before timm and transformers
import safetensors.torch
import timm
import torch
import transformers
from timm.models import save_for_hf
from transformers import (SwinConfig, SwinForImageClassification, SwinModel, Swinv2Config, Swinv2Model,
                          ViTImageProcessor)

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def randomise(model, generator):
    """Gives every parameter a value that a mistake with it would show."""
    parameters = sorted(model.named_parameters())
    # Swin V2's branches end in a norm, whose weights begin training at 0 and stay below 1.
    branch = 0.3 if any("logit_scale" in name for name, _ in parameters) else 1
    with torch.no_grad():
        for name, parameter in parameters:
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name and name.endswith("weight"):
                parameter.copy_((branch if ".blocks." in name else 1) * (1 + 0.3 * noise))
            elif "logit_scale" in name:
                parameter.copy_(2.3 + 0.3 * noise)  # around log 10, where training begins
            elif "position_bias_mlp" in name or "cpb_mlp" in name:
                parameter.copy_((0.05 if "2.weight" in name else 0.5) * noise)
            elif "bias_table" in name:
                parameter.copy_(noise)
            elif parameter.ndim == 4:
                parameter.copy_(0.1 * noise)
            elif parameter.ndim == 2:
                parameter.copy_(1.2 / parameter.shape[1] ** 0.5 * noise)
            else:
                parameter.copy_(0.2 * noise)


def save_transformers(folder, model, generator):
    randomise(model, generator)
    model.save_pretrained(folder)
    ViTImageProcessor(image_mean=MEAN, image_std=STD).save_pretrained(folder)


def save_timm(folder, name, generator, **arguments):
    model = timm.create_model(name, **arguments)
    randomise(model, generator)
    save_for_hf(model, folder, safe_serialization=True, data_config={"mean": MEAN, "std": STD})


FOLDERS = {
    "swin-hf": (
        lambda folder, generator: save_transformers(folder, SwinModel(SwinConfig(
            image_size=64, embed_dim=16, depths=[2, 2, 2], num_heads=[2, 4, 8], window_size=4, mlp_ratio=2.0)),
            generator),
        SwinModel, [("rgb", (64, 64)), ("logmel", (60, 50))]),
    "swin-hf-odd": (
        lambda folder, generator: save_transformers(folder, SwinForImageClassification(SwinConfig(
            image_size=74, embed_dim=24, depths=[3, 2, 1], num_heads=[3, 2, 4], window_size=5, mlp_ratio=1.7,
            qkv_bias=False, layer_norm_eps=3e-3)), generator),
        SwinModel, [("rgb", (74, 74)), ("logmel", (101, 73))]),
    "swinv2-hf": (
        lambda folder, generator: save_transformers(folder, Swinv2Model(Swinv2Config(
            image_size=64, embed_dim=16, depths=[2, 2, 2], num_heads=[2, 4, 8], window_size=4, mlp_ratio=2.0,
            pretrained_window_sizes=[0, 0, 0])), generator),
        Swinv2Model, [("rgb", (64, 64)), ("wide", (36, 76)), ("logmel", (58, 41))]),
    "swinv2-hf-odd": (
        lambda folder, generator: save_transformers(folder, Swinv2Model(Swinv2Config(
            image_size=60, embed_dim=24, depths=[3, 2, 1], num_heads=[3, 2, 4], window_size=5, mlp_ratio=1.7,
            qkv_bias=False, layer_norm_eps=3e-3, pretrained_window_sizes=[4, 4, 2])), generator),
        Swinv2Model, [("rgb", (60, 60)), ("wide", (70, 70))]),
    "swin-timm": (
        lambda folder, generator: save_timm(
            folder, "swin_tiny_patch4_window7_224", generator, img_size=48, embed_dim=16, depths=(2, 2),
            num_heads=(2, 4), window_size=5, mlp_ratio=2.0, num_classes=3),
        None, [("rgb", (48, 48)), ("logmel", (59, 38))]),
    "swin-timm-odd": (
        lambda folder, generator: save_timm(
            folder, "swin_s3_tiny_224", generator, img_size=40, embed_dim=18, depths=(2, 3, 1), num_heads=(1, 3, 2),
            window_size=(3, 4, 7), mlp_ratio=1.5, qkv_bias=False, num_classes=0),
        None, [("rgb", (40, 40))]),
    "swinv2-timm": (
        lambda folder, generator: save_timm(
            folder, "swinv2_base_window12_192", generator, img_size=48, embed_dim=16, depths=(2, 2, 2),
            num_heads=(2, 4, 8), window_size=4, mlp_ratio=2.0, num_classes=3),
        None, [("rgb", (48, 48)), ("wide", (56, 56)), ("logmel", (49, 39))]),
    "swinv2-timm-odd": (
        lambda folder, generator: save_timm(
            folder, "swinv2_tiny_window8_256", generator, img_size=44, embed_dim=24, depths=(3, 2, 1),
            num_heads=(3, 2, 4), window_size=5, mlp_ratio=1.7, qkv_bias=False, num_classes=0, strict_img_size=False,
            pretrained_window_sizes=(4, 4, 2)),
        None, [("rgb", (44, 44)), ("wide", (52, 36))]),
}


class Transformers:
    def __init__(self, folder, kind):
        self.model = kind.from_pretrained(folder, attn_implementation="eager").eval()
        self.blocks = [block for stage in self.model.encoder.layers for block in stage.blocks]
        self.norm = self.model.layernorm

    def __call__(self, pixels):
        return self.model(pixel_values=pixels).last_hidden_state


class Timm:
    def __init__(self, folder, size):
        configured = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        if configured.patch_embed.strict_img_size and tuple(configured.patch_embed.img_size) != tuple(size):
            configured = timm.create_model(f"local-dir:{folder}", pretrained=True, img_size=tuple(size)).eval()
        self.model = configured
        self.blocks = [block for stage in self.model.layers for block in stage.blocks]
        self.norm = self.model.norm

    def __call__(self, pixels):
        return self.model.forward_features(pixels)


def flat(state):
    """Tokens by rows of the map: timm keeps maps as [B, H, W, C]."""
    return state.flatten(1, 2) if state.ndim == 4 else state


def states(swin, pixels):
    """The states of a whole forward pass, caught at the blocks and the final norm."""
    inputs, norm = [], []
    hooks = [block.register_forward_pre_hook(lambda _, x: inputs.append(flat(x[0]))) for block in swin.blocks]
    hooks.append(swin.norm.register_forward_hook(lambda _, x, y: norm.extend([flat(x[0]), flat(y)])))
    final = swin(pixels)
    for hook in hooks:
        hook.remove()
    assert torch.equal(flat(final), norm[1]) and len(inputs) == len(swin.blocks)
    return [*inputs, norm[0]], norm[1]


def main(root, seed):
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(20240711 + seed)
    torch.manual_seed(seed)
    tensors = {}
    for name, (save, kind, inputs) in FOLDERS.items():
        folder = root / name
        save(folder, generator)
        for key, size in inputs:
            # A fresh model for each: transformers' Swin changes its windows for good when a map is small.
            swin = Transformers(folder, kind) if kind else Timm(folder, size)
            if key == "logmel":
                values = torch.randn(1, *size, generator=generator) * 0.5
                pixels = values[:, None].repeat(1, 3, 1, 1)
            else:
                values = torch.randint(0, 256, (1, *size, 3), generator=generator, dtype=torch.uint8)
                pixels = (values / 255 - torch.tensor(MEAN)) / torch.tensor(STD)
                pixels = pixels.permute(0, 3, 1, 2).contiguous()
            with torch.no_grad():
                layers, final = states(swin, pixels)
            key = f"{name}/{key}"
            tensors |= {key: values, f"{key}/final": final}
            tensors |= {f"{key}/block_{index:02}": state for index, state in enumerate(layers)}
            print(key, "tokens", *(state.shape[1] for state in layers),
                  "rms", *(f"{state.square().mean().sqrt():.2f}" for state in layers))

    file = root / "swin-states.safetensors"
    safetensors.torch.save_file(
        {key: tensor.contiguous() for key, tensor in tensors.items()}, file,
        metadata={"written_by": f"tools/references/swin.py with torch {torch.__version__}, timm {timm.__version__}, "
                                f"transformers {transformers.__version__}"})
    for written in [file, *(path for name in FOLDERS for path in (root / name).iterdir())]:
        written.chmod(0o644)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    main(arguments.folder, arguments.seed)
