#!/usr/bin/env python3
"""Writes small random CLAP checkpoints and the token states that transformers computes with their HTS-AT.

    venv/bin/python tools/references/htsat.py Tests/References [--seed N]

Folders, each with config.json and model.safetensors as transformers writes them:

    htsat-clap       ClapAudioModel: 16 bands in 4 parts, maps of 16, 8 and 4 tokens in windows of 4
    htsat-clap-odd   ClapModel, its text part included: 24 bands in 2 parts, patches of 6 every 4 pixels, maps of 12 and
                     6 tokens in windows of 5, no norm of patches, no biases of queries, keys and values

htsat-states.safetensors, for each folder F with L blocks and each number of frames I:

    F/I                    f32 [1, frames, bands]  `whole`, as many as the model reads, and `short`, which are stretched
    F/I/block_00           f32 [1, N, D]    input of block 0, counted through all stages
    F/I/block_01 …         f32 [1, N, D]    input of each block, after merging where a stage begins
    F/I/block_L            f32 [1, N, D]    output of the last block, before the final norm
    F/I/final              f32 [1, N, D]    after the final norm
"""

import argparse
from pathlib import Path

import cpu_torch  # noqa: F401  before transformers
import safetensors.torch
import torch
import transformers
from swin import randomise, states
from transformers import ClapAudioConfig, ClapAudioModel, ClapConfig, ClapModel, ClapTextConfig

PLAIN = dict(spec_size=64, num_mel_bins=16, patch_embeds_hidden_size=16, hidden_size=64, depths=[2, 2, 2],
             num_attention_heads=[2, 4, 8], window_size=4, mlp_ratio=2.0)
ODD = dict(spec_size=48, num_mel_bins=24, patch_embeds_hidden_size=24, hidden_size=48, depths=[3, 2],
           num_attention_heads=[3, 2], window_size=5, mlp_ratio=1.7, patch_size=6, patch_stride=[4, 4],
           enable_patch_layer_norm=False, qkv_bias=False, layer_norm_eps=3e-3)
TEXT = dict(vocab_size=32, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
            max_position_embeddings=16)

FOLDERS = {
    "htsat-clap": (lambda: ClapAudioModel(ClapAudioConfig(**PLAIN)), {"whole": 256, "short": 201}),
    "htsat-clap-odd": (
        lambda: ClapModel(ClapConfig(text_config=TEXT, audio_config=ODD, projection_dim=8)),
        {"whole": 96, "short": 37}),
}


class HTSAT:
    def __init__(self, folder):
        model = ClapModel if (folder / "config.json").read_text().count('"audio_config"') else ClapAudioModel
        model = model.from_pretrained(folder).eval()
        self.encoder = getattr(model, "audio_model", model).audio_encoder
        self.blocks = [block for stage in self.encoder.layers for block in stage.blocks]
        self.norm = self.encoder.norm
        self.normed = None
        self.norm.register_forward_hook(lambda _, x, y: setattr(self, "normed", y))

    def __call__(self, features):
        self.encoder(features)  # whose result is the normed states in another shape
        return self.normed


def main(root, seed):
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(20240712 + seed)
    torch.manual_seed(seed)
    tensors = {}
    for name, (make, inputs) in FOLDERS.items():
        folder = root / name
        model = make()
        randomise(model, generator)
        norm = next(module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d))
        norm.running_mean.copy_(torch.randn(norm.running_mean.shape, generator=generator) * 8 - 20)
        norm.running_var.copy_(torch.rand(norm.running_var.shape, generator=generator) * 200 + 50)
        model.save_pretrained(folder)
        for key, frames in inputs.items():
            htsat = HTSAT(folder)
            logmel = torch.randn(1, frames, norm.num_features, generator=generator) * 15 - 20
            with torch.no_grad():
                layers, final = states(htsat, logmel[:, None])
            key = f"{name}/{key}"
            tensors |= {key: logmel, f"{key}/final": final}
            tensors |= {f"{key}/block_{index:02}": state for index, state in enumerate(layers)}
            print(key, "tokens", *(state.shape[1] for state in layers),
                  "rms", *(f"{state.square().mean().sqrt():.2f}" for state in layers))

    file = root / "htsat-states.safetensors"
    safetensors.torch.save_file(
        {key: tensor.contiguous() for key, tensor in tensors.items()}, file,
        metadata={"written_by": f"tools/references/htsat.py with torch {torch.__version__}, "
                                f"transformers {transformers.__version__}"})
    for written in [file, *(path for name in FOLDERS for path in (root / name).iterdir())]:
        written.chmod(0o644)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    main(arguments.folder, arguments.seed)
