"""LoRA (Hu et al., 2022, arXiv:2106.09685) on the maps to queries and values."""

from torch import nn

from .registry import register_method
from .streams import by_block


class LowRank(nn.Module):
    """B A x."""

    def __init__(self, width, rank):
        super().__init__()
        self.a = nn.Linear(width, rank, bias=False)
        self.b = nn.Linear(rank, width, bias=False)

    def forward(self, x):
        return self.b(self.a(x))


@register_method("lora")
class LoRA(nn.Module):
    def __init__(self, config):
        super().__init__()
        rank = config["method"]["rank"]
        self.scale = config["method"]["alpha"] / rank
        self.block = by_block(
            config, config["first_blocks"],
            lambda width: nn.ModuleDict({"query": LowRank(width, rank), "value": LowRank(width, rank)}))

    def forward(self, streams):
        def hooks(stream):
            def of(block):
                maps = self.block[str(block)][stream]
                return {"low_rank": lambda h: (self.scale * maps["query"](h), self.scale * maps["value"](h))}
            return of
        return {s: stream.run.finish(hooks(s)) for s, stream in streams.items()}
