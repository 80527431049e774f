#!/usr/bin/env python3
"""Writes small random checkpoints of plain vision and audio transformers, and the token states that their libraries compute.

    python3 -m venv venv && venv/bin/pip install torch timm transformers safetensors
    venv/bin/python tools/references/vision.py Tests/References [--seed N]

Folders, each with config.json and model.safetensors as the library itself writes them:

    vit-wrapped                         transformers; inside a classifier (ViT alone is in vit.py)
    deit  deit-odd                      transformers; the odd one wrapped for classification with a teacher
    dinov2  dinov2-swiglu               transformers; the second with a gated feed-forward network, wrapped
    dinov2-registers  dinov2-registers-odd
    clip-vision                         both towers, quick GELU, as OpenAI's; states of the vision tower
    clip-vision-odd                     the vision tower with its projection, exact GELU, as OpenCLIP's
    siglip  siglip-odd                  both towers; the vision tower alone
    ast  ast-odd                        transformers; the odd one wrapped for classification
    timm-NAME                           timm's save_for_hf, one for each of TIMM below

vision-states.safetensors, for each folder F with L blocks:

    F/rgb                     u8  [1, H, W, 3]   a picture of the configured size
    F/block_00 … F/block_L    f32 [1, N, D]      inputs of the blocks, and the output of the last, before the final norm
    F/final                   f32 [1, N, D]      after the final norm, where there is one
    F/resized_rgb, F/resized_block_00, …         the same of a picture of another size: positions are resized
    F/logmel                  f32 [1, frames, bands]   of an AST, before normalisation: its extractor's `normalize` does that

and of PyTorch's `interpolate`, for the sizes in RESIZED:

    bicubic/HxW/from  bicubic/HxW/to  bicubic/HxW/antialiased    f32 [rows, columns, 3]

The models are loaded back from the folders before they run, in f32 and eval mode. States are taken by hooks.
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

IMAGENET = dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
OPENAI = dict(image_mean=[0.48145466, 0.4578275, 0.40821073], image_std=[0.26862954, 0.26130258, 0.27577711])
HALF = dict(image_mean=[0.5] * 3, image_std=[0.5] * 3)

# The wider of two: heads of 16. The odd of two: heads of 11, odd depth, a hidden layer of no round width.
PLAIN = dict(hidden_size=32, num_attention_heads=2, num_hidden_layers=2, intermediate_size=64)
ODD = dict(hidden_size=33, num_attention_heads=3, num_hidden_layers=3, intermediate_size=50)
TEXT = dict(vocab_size=40, hidden_size=16, num_attention_heads=2, num_hidden_layers=1, intermediate_size=16,
            max_position_embeddings=8, bos_token_id=38, eos_token_id=39, pad_token_id=1)

# Architecture, arguments, and a size other than the configured one.
TIMM = {
    "vit": ("vit_small_patch16_224", dict(img_size=48, mlp_ratio=2), (64, 32)),
    "dinov2": ("vit_base_patch14_reg4_dinov2", dict(img_size=56, patch_size=8, init_values=0.1), (32, 40)),
    "swiglu": ("vit_giant_patch14_dinov2", dict(img_size=40, patch_size=8, init_values=0.1, depth=2), (24, 24)),
    "clip": ("vit_base_patch16_clip_quickgelu_224", dict(img_size=32, patch_size=8, mlp_ratio=2), (48, 24)),
    "gelu-clip": ("vit_huge_patch14_clip_224", dict(img_size=30, patch_size=10, num_classes=7), None),
    "siglip": ("vit_base_patch16_siglip_gap_224", dict(img_size=36, patch_size=8, mlp_ratio=2), (16, 64)),
    "siglip-tanh": ("vit_so400m_patch16_siglip_256", dict(img_size=32, patch_size=8, depth=1), None),
    "gap": ("vit_medium_patch16_reg4_gap_256", dict(img_size=32, patch_size=8, num_classes=3), (40, 40)),
    "wide": ("vit_medium_patch16_gap_256",
             dict(img_size=(24, 40), patch_size=8, act_layer="gelu_tanh", mlp_ratio=1.7), (40, 24)),
    "deit": ("deit_small_distilled_patch16_224", dict(img_size=32, patch_size=8, num_classes=4, depth=2), (24, 48)),
    "deit3": ("deit3_small_patch16_224", dict(img_size=32, patch_size=8, init_values=0.1), (48, 48)),
}

# From a grid to others: smaller, larger, one row, one column.
RESIZED = [((7, 5), to) for to in [(3, 9), (16, 2), (1, 1), (7, 6), (20, 23)]] + [((1, 3), (4, 2))]


def randomise(model, generator):
    """Gives every parameter a value that a mistake with it would show."""
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            if "scale" in name or "gamma" in name:
                parameter.copy_(0.7 + 0.3 * noise)
            elif "norm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * noise)
            elif "token" in name or "pos" in name or "class_embedding" in name:
                parameter.copy_(0.5 * noise)
            elif parameter.ndim == 4:
                parameter.copy_(1.5 * noise / parameter[0].numel() ** 0.5)
            else:
                parameter.copy_(0.15 * noise)


def caught(blocks, norm, run):
    """The inputs of the blocks and the output of the last; and what the norm makes of that, if it is a norm."""
    inputs, outputs, final = [], [], []
    hooks = [block.register_forward_hook(lambda _, x, y: (inputs.append(x[0]), outputs.append(y)) and None)
             for block in blocks]
    with torch.no_grad():
        run()
        for hook in hooks:
            hook.remove()
        if not isinstance(norm, torch.nn.Identity):
            final = [norm(outputs[-1])]
    for before, after in zip(outputs, inputs[1:]):
        assert torch.equal(before, after)
    return [inputs[0], *outputs], final


class References:
    def __init__(self, root, seed):
        self.root, self.tensors = root, {}
        self.generator = torch.Generator().manual_seed(20261121 + seed)

    def keep(self, name, prefix, blocks, norm, run):
        states, final = caught(blocks, norm, run)
        self.tensors |= {f"{name}/{prefix}block_{layer:02}": state for layer, state in enumerate(states)}
        if final:
            self.tensors[f"{name}/{prefix}final"] = final[0]
        print(f"{name}/{prefix}", tuple(states[0].shape[1:]),
              "rms", *(f"{state.square().mean().sqrt():.2f}" for state in states))

    def picture(self, name, prefix, size, mean, std):
        rgb = torch.randint(0, 256, (1, *size, 3), generator=self.generator, dtype=torch.uint8)
        self.tensors[f"{name}/{prefix}rgb"] = rgb
        pixels = (rgb / 255 - torch.tensor(mean)) / torch.tensor(std)
        return pixels.permute(0, 3, 1, 2).contiguous()

    def transformers(self, name, model, inside, size, resized, processor, resizes=True):
        """Saves a model of transformers, and keeps the states of what `inside` finds in it."""
        folder = self.root / name
        randomise(model, self.generator)
        model.save_pretrained(folder)
        processor.save_pretrained(folder)
        model = type(model).from_pretrained(folder, attn_implementation="eager").eval()
        vision, blocks, norm = inside(model)
        given = dict(interpolate_pos_encoding=True) if resizes else {}
        for prefix, size, arguments in [("", size, {}), ("resized_", resized, given)]:
            pixels = self.picture(name, prefix, size, processor.image_mean, processor.image_std)
            self.keep(name, prefix, blocks, norm, lambda: vision(pixel_values=pixels, **arguments))

    def timm(self, name, architecture, arguments, resized):
        sizes = dict(embed_dim=32, depth=2, num_heads=4) if len(name) % 2 else dict(embed_dim=24, depth=3, num_heads=2)
        folder = self.root / f"timm-{name}"
        arguments = dict(num_classes=0) | sizes | arguments
        model = timm.create_model(architecture, **arguments)
        randomise(model, self.generator)
        save_for_hf(model, folder, safe_serialization=True)
        model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        # The same model, for pictures of any size: loading with the argument resizes nothing by itself.
        dynamic = timm.create_model(f"local-dir:{folder}", pretrained=True, dynamic_img_size=True).eval()
        size = model.patch_embed.img_size
        for prefix, size, model in [("", size, model), ("resized_", resized, dynamic)]:
            if size:
                pixels = self.picture(f"timm-{name}", prefix, size, model.pretrained_cfg["mean"],
                                      model.pretrained_cfg["std"])
                self.keep(f"timm-{name}", prefix, model.blocks, model.norm, lambda: model.forward_features(pixels))

    def ast(self, name, config, wrap, mean, std):
        folder = self.root / name
        model = (transformers.ASTForAudioClassification if wrap else transformers.ASTModel)(config)
        randomise(model, self.generator)
        model.save_pretrained(folder)
        extractor = transformers.ASTFeatureExtractor(
            num_mel_bins=config.num_mel_bins, max_length=config.max_length, mean=mean, std=std)
        extractor.save_pretrained(folder)
        model = type(model).from_pretrained(folder, attn_implementation="eager").eval()
        model = model.audio_spectrogram_transformer if wrap else model
        logmel = mean + 2 * std * torch.randn(
            1, config.max_length, config.num_mel_bins, generator=self.generator)
        self.tensors[f"{name}/logmel"] = logmel
        values = torch.from_numpy(extractor.normalize(logmel.numpy()))
        self.keep(name, "", model.layers, model.layernorm, lambda: model(values))


def hugging_face(references):
    t = transformers
    bert = lambda model: (model, model.layers, model.layernorm)
    encoder = lambda model: (model, model.encoder.layer, model.layernorm)
    tower = lambda model: (model, model.encoder.layers, model.post_layernorm)

    references.transformers(
        "vit-wrapped", t.ViTForImageClassification(t.ViTConfig(**ODD, image_size=45, patch_size=10)),
        lambda model: bert(model.vit), (45, 45), (61, 29), t.ViTImageProcessor(**HALF))
    references.transformers(
        "deit", t.DeiTModel(t.DeiTConfig(**PLAIN, image_size=32, patch_size=8)), bert, (32, 32), (48, 21),
        t.DeiTImageProcessor(**IMAGENET))
    references.transformers(
        "deit-odd", t.DeiTForImageClassificationWithTeacher(
            t.DeiTConfig(**ODD, image_size=45, patch_size=10, layer_norm_eps=3e-3, qkv_bias=False)),
        lambda model: bert(model.deit), (45, 45), (33, 70), t.DeiTImageProcessor(**IMAGENET))

    dino = {key: value for key, value in PLAIN.items() if key != "intermediate_size"}
    odd = {key: value for key, value in ODD.items() if key != "intermediate_size"}
    references.transformers(
        "dinov2", t.Dinov2Model(t.Dinov2Config(**dino, image_size=56, patch_size=8, mlp_ratio=2)), encoder,
        (56, 56), (30, 43), t.BitImageProcessor(**IMAGENET), resizes=False)
    references.transformers(
        "dinov2-swiglu", t.Dinov2ForImageClassification(
            t.Dinov2Config(**odd, image_size=37, patch_size=9, mlp_ratio=3, use_swiglu_ffn=True, layer_norm_eps=3e-3)),
        lambda model: encoder(model.dinov2), (37, 37), (60, 36), t.BitImageProcessor(**IMAGENET), resizes=False)
    references.transformers(
        "dinov2-registers", t.Dinov2WithRegistersModel(
            t.Dinov2WithRegistersConfig(**dino, image_size=56, patch_size=8, mlp_ratio=2)), encoder,
        (56, 56), (30, 43), t.BitImageProcessor(**IMAGENET), resizes=False)
    references.transformers(
        "dinov2-registers-odd", t.Dinov2WithRegistersModel(
            t.Dinov2WithRegistersConfig(**odd, image_size=37, patch_size=9, mlp_ratio=3, use_swiglu_ffn=True,
                                        num_register_tokens=3)), encoder,
        (37, 37), (60, 40), t.BitImageProcessor(**IMAGENET), resizes=False)

    references.transformers(
        "clip-vision", t.CLIPModel(t.CLIPConfig(
            text_config=TEXT, vision_config=dict(PLAIN, image_size=32, patch_size=8), projection_dim=8)),
        lambda model: tower(model.vision_model), (32, 32), (40, 25), t.CLIPImageProcessor(**OPENAI))
    references.transformers(
        "clip-vision-odd", t.CLIPVisionModelWithProjection(t.CLIPVisionConfig(
            **ODD, image_size=50, patch_size=12, hidden_act="gelu", projection_dim=8, layer_norm_eps=3e-3)),
        lambda model: tower(model.vision_model), (50, 50), (24, 71), t.CLIPImageProcessor(**OPENAI))
    references.transformers(
        "siglip", t.SiglipModel(t.SiglipConfig(
            text_config=TEXT, vision_config=dict(PLAIN, image_size=32, patch_size=8))),
        lambda model: tower(model.vision_model), (32, 32), (40, 25), t.SiglipImageProcessor(**HALF))
    references.transformers(
        "siglip-odd", t.SiglipVisionModel(t.SiglipVisionConfig(
            **ODD, image_size=38, patch_size=9, layer_norm_eps=3e-3, vision_use_head=False)),
        tower, (38, 38), (31, 30), t.SiglipImageProcessor(**HALF))

    references.ast(
        "ast", t.ASTConfig(**PLAIN, num_mel_bins=32, max_length=64), False, -4.2677393, 4.5689974)
    references.ast(
        "ast-odd", t.ASTConfig(**ODD, num_mel_bins=25, max_length=47, patch_size=9, frequency_stride=5, time_stride=7,
                               layer_norm_eps=3e-3), True, -6.845978, 5.5654526)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    references = References(options.root, options.seed)
    hugging_face(references)
    for name, (architecture, arguments, resized) in TIMM.items():
        references.timm(name, architecture, arguments, resized)

    tensors = references.tensors
    for (rows, columns), to in RESIZED:
        table = torch.randn(1, 3, rows, columns, generator=references.generator)
        key = f"bicubic/{rows}x{columns}-{to[0]}x{to[1]}"
        tensors[f"{key}/from"] = table[0].permute(1, 2, 0)
        for name, antialias in [("to", False), ("antialiased", True)]:
            resized = F.interpolate(table, size=to, mode="bicubic", align_corners=False, antialias=antialias)
            tensors[f"{key}/{name}"] = resized[0].permute(1, 2, 0)

    file = options.root / "vision-states.safetensors"
    safetensors.torch.save_file(
        {key: tensor.contiguous() for key, tensor in tensors.items()}, file,
        metadata={"written_by": f"tools/references/vision.py with torch {torch.__version__}, "
                                f"timm {timm.__version__}, transformers {transformers.__version__}"})
    folders = {key.split("/")[0] for key in tensors} - {"bicubic"}
    for written in [file, *(path for folder in folders for path in (options.root / folder).iterdir())]:
        written.chmod(0o644)


if __name__ == "__main__":
    main()
