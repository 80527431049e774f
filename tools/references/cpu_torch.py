"""Lets torchvision be imported beside a build of PyTorch for processors alone; import this before timm or transformers.

PyPI's torchvision carries operators that only load beside CUDA's PyTorch. None of them is used here, but the package
asks for their names when it is imported.
"""

import torch

_operators = torch.library.Library("torchvision", "FRAGMENT")
for _name in ("nms", "qnms"):
    if not torch._C._jit_get_schemas_for_operator(f"torchvision::{_name}"):
        _operators.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
