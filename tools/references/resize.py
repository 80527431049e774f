"""Makes Tests/References/resize.safetensors: small pictures as Pillow, PyTorch and OpenCV scale them.

    python tools/references/resize.py Tests/References

Needs numpy, pillow, torch, opencv-python-headless and safetensors. `<case>.source` is a picture [height, width, 3];
`<case>.<kernel>` the same at the wanted size, with eight bits.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import PIL
import torch
from PIL import Image
from safetensors.numpy import save_file

# (width, height) of the source and of the result.
SIZES = [
    ((64, 48), (24, 24)), ((37, 53), (24, 31)), ((16, 9), (33, 40)), ((31, 17), (31, 8)),
    ((7, 5), (7, 5)), ((1, 1), (5, 3)), ((9, 7), (1, 1)), ((3, 2), (40, 1)), ((90, 50), (7, 9)),
    ((2, 2), (3, 5)), ((80, 45), (40, 40)),
]


def pictures(rng, width, height):
    """Noise, which overshoots, and a smooth picture with an edge."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    smooth = np.stack([
        128 + 100 * np.sin(0.3 * x + 0.1 * y), 255 * (x > width / 2), 128 + 120 * np.cos(0.2 * y)], -1)
    yield "noise", rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    yield "smooth", np.clip(np.round(smooth), 0, 255).astype(np.uint8)


def scaled(source, size):
    """The picture by each kernel."""
    image = Image.fromarray(source)
    yield "pillow-bicubic", np.asarray(image.resize(size, Image.Resampling.BICUBIC))
    yield "pillow-bilinear", np.asarray(image.resize(size, Image.Resampling.BILINEAR))
    tensor = torch.from_numpy(source).permute(2, 0, 1)[None].float()
    cubic = torch.nn.functional.interpolate(
        tensor, size=size[::-1], mode="bicubic", align_corners=False, antialias=False)
    yield "torch-bicubic", cubic[0].permute(1, 2, 0).round().clamp(0, 255).to(torch.uint8).numpy()
    yield "opencv-bilinear", cv2.resize(source, size)


def main():
    torch.set_num_threads(1)
    tensors = {}
    rng = np.random.default_rng(20_261_121)
    for (width, height), size in SIZES:
        for kind, source in pictures(rng, width, height):
            case = f"{kind}-{width}x{height}-{size[0]}x{size[1]}"
            tensors[f"{case}.source"] = source
            for kernel, result in scaled(source, size):
                tensors[f"{case}.{kernel}"] = np.ascontiguousarray(result)
    versions = {
        "pillow": PIL.__version__, "torch": torch.__version__, "opencv": cv2.__version__, "numpy": np.__version__}
    # As floats, the one type that the tests read.
    tensors = {name: values.astype(np.float32) for name, values in tensors.items()}
    path = Path(sys.argv[1]) / "resize.safetensors"
    save_file(tensors, path, metadata=versions)
    print(f"{path.name}: {path.stat().st_size} bytes, {len(tensors)} tensors, {versions}")


main()
