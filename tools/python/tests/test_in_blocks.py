"""Adapters within the blocks of frozen transformers, against the logits of the program."""

import json

import pytest
import torch
from conftest import CHECKPOINTS, STREAMS
from torch.utils.data import DataLoader

import avprep as package

transformers = pytest.importorskip("transformers")

# By name: method, placement, streams. Gates, B and last maps begin at zero, so rates are high enough to leave it;
# side networks that begin open have lower ones.
RUNS = {
    "av-pea": ("{name: av-pea, reduction: 4}", "{suffix: 1}", "va"),
    "av-pea-k": ("{name: av-pea, reduction: 4}", "{suffix: {visual: 0, audio: 2}}", "va"),
    "av-pea-unread": ("{name: av-pea, attention: 'off'}", "{suffix: 2}", "va"),
    "av-pea-text": ("{name: av-pea, reduction: 4}", "{suffix: 1}", "vat"),
    "av-pea-ladder": ("{name: av-pea, width: 16}", "{ladder: {visual: [1, 2], audio: [0, 3], text: [3]}}", "vat"),
    "lst": ("{name: lst, reduction: 4}", "{ladder: [1, 3]}", "va"),
    "lst-clip-vil": ("{name: lst, reduction: 2, variant: clip-vil}", "ladder", "vat"),
    "unipt": ("{name: unipt}", "ladder", "va"),
    "unipt-some": ("{name: unipt, reduction: 4}", "{ladder: {visual: [1, 2], audio: [3]}}", "vat"),
    "mettle": ("{name: mettle, outputs: 16, width: 8}", "ladder", "va"),
    "mettle-some": ("{name: mettle, outputs: 16}", "{ladder: {visual: [1, 2], audio: [3]}}", "vat"),
    "molt": ("{name: molt, outputs: 16, width: 8, tokens: 4}", "ladder", "vat"),
    "lora": ("{name: lora, rank: 4, alpha: 6}", "{suffix: 1}", "va"),
    "lora-whole": ("{name: lora, rank: 2}", "{suffix: 0}", "vat"),
    "vpt-deep": ("{name: vpt-deep, tokens: 3}", "{suffix: 1}", "va"),
    "vpt-deep-text": ("{name: vpt-deep, tokens: 5}", "{suffix: {visual: 2, audio: 1, text: 0}}", "vat"),
    "dtl": ("{name: dtl, rank: 3}", "{hybrid: {below: [0, 1], from: 2}}", "va"),
    "av-pea-one": ("{name: av-pea, layout: one-per-block, attention: relay}", "{suffix: 1}", "va"),
    "av-pea-g2": ("{name: av-pea, layout: two-per-block-g2, attentionNorm: layer-norm}", "{suffix: 2}", "va"),
    "av-pea-up": ("{name: av-pea, zeroInit: up, streams: audio-only, bias: false}", "{suffix: 2}", "va"),
    "adapter": ("{name: adapter, hidden: 6}", "{suffix: 1}", "vat"),
    "adaptformer": ("{name: adaptformer, hidden: 6}", "{suffix: 1}", "vat"),
    "norms": ("{name: norm-tuning, perStream: false}", "{suffix: 1}", "va"),
    "biases": ("{name: norm-tuning, biases: true}", "{suffix: 0}", "vat"),
    "vpt-shallow": ("{name: vpt-shallow, tokens: 3}", "{suffix: 1}", "vat"),
    "lavish": ("{name: lavish}", "{suffix: 1}", "va"),
    "lavish-unimodal": ("{name: lavish, branch: unimodal, groups: 1, gateAudio: false}", "{suffix: 2}", "vat"),
    "copl": ("{name: copl, specificTokens: 3, interactionTokens: 2, bankTokens: 2, bankSize: 4, rank: 3}", "{suffix: 1}", "va"),
    "copl-raw": (
        "{name: copl, bankSize: 4, insertion: raw-kv, promptGate: tanh, coupling: shared-index, queryLevel: clip}",
        "{suffix: {visual: 0, audio: 1, text: 2}}", "vat"),
    "copl-topk": (
        "{name: copl, bankSize: 4, selection: topk, selected: 2, querySource: frozen-final, depth: shallow}", "{suffix: 1}",
        "va"),
    "copl-ladder": (
        "{name: copl, width: 8, heads: 2, bankSize: 4}", "{ladder: {visual: [1, 2], audio: [0, 3], text: [3]}}", "vat"),
    "lstta": ("{name: lstta, width: 8}", "{suffix: 1}", "vat"),
    "lstta-two": ("{name: lstta, width: 8, language: off, lsfTarget: stream, positions: [1, 3]}", "{suffix: 1}", "va"),
    "lstta-ladder": (
        "{name: lstta, sideWidth: 8, window: T, language: lsf-only, heads: 2}",
        "{ladder: {visual: [1, 3], audio: [0, 2], text: [0, 3]}}", "vat"),
    "linear-probe": ("{name: linear-probe}", "{suffix: 3}", "vat"),
    "linear-probe-head": ("{name: linear-probe}", "head", "vat"),
}

OPEN = ("lst", "unipt", "mettle", "molt")


def feature(stream):
    return f"{'text' if stream == 'text' else 'states'}-{STREAMS[stream]}" + ("" if stream == "text" else f"-{stream}")


@pytest.fixture(scope="module", params=RUNS)
def block_run(request, avprep, block_cache):
    """The name of a run, its adapter in PyTorch, its logits of test, and the cache."""
    method, placement, letters = RUNS[request.param]
    cache = block_cache("t" in letters)
    folder = avprep.folder / f"blocks-{request.param}"
    folder.mkdir()
    streams = [stream for stream in STREAMS if stream[0] in letters]
    runs = "suffix" in placement or "hybrid" in placement
    rate = "1.0e-2" if request.param.startswith(OPEN) else "1.0e-1"
    folder.joinpath("recipe.yaml").write_text("\n".join([
        f"method: {method}", f"placement: {placement}", "head: {name: lavish, hidden: 12, standardise: false}",
        "features: {" + ", ".join(f"{s}: {feature(s) if s in streams else repr('')}" for s in STREAMS) + "}",
        "backbones: {" + ", ".join(f"{s}: {CHECKPOINTS / STREAMS[s]}" for s in streams if runs) + "}",
        "batch: 1", "epochs: 10", f"optimizer: {{learningRate: {rate}, headLearningRate: 3.0e-2}}"]))
    avprep("train", "--cache", cache, "--recipe", folder / "recipe.yaml", "--run", folder / "run")
    avprep("export", "--run", folder / "run", "--to", folder / "adapter")
    avprep("predict", "--run", folder / "run", "--cache", cache, "--split", "test",
           "--output", folder / "test.jsonl", "--logits")
    lines = (folder / "test.jsonl").read_text().splitlines()
    adapter = package.load_adapter(folder / "adapter", {s: CHECKPOINTS / STREAMS[s] for s in streams})
    return request.param, adapter, torch.tensor([json.loads(line)["logits"] for line in lines]), cache


def scores(adapter, cache):
    data = package.Cache(cache).dataset("test", adapter.features, adapter.layers)
    with torch.no_grad():
        return torch.cat([adapter(b["states"], b["valid"]) for b in DataLoader(data, batch_size=2)])


def difference(adapter, cache, expected):
    """The largest difference, of the largest logit or one."""
    return float((scores(adapter, cache) - expected).abs().max() / max(1, expected.abs().max()))


def test_logits_are_those_of_avprep(block_run):
    name, adapter, expected, cache = block_run
    found = difference(adapter, cache, expected)
    print(f"{name}: {found:.1e}")
    assert expected.std() > 0.1 and expected.shape == (3, 2, 4)
    assert found <= 1e-5


def test_method_matters(block_run):
    name, adapter, expected, cache = block_run
    parameters = list(adapter.method.parameters())
    if name.startswith("linear-probe"):
        assert not parameters
        return
    saved = [p.detach().clone() for p in parameters]
    for p in parameters:
        p.data.zero_()
    assert difference(adapter, cache, expected) > 1e-3
    for p, value in zip(parameters, saved):
        p.data.copy_(value)


def test_configuration_says_how_exact_it_is(block_run):
    name, adapter, _, _ = block_run
    expected = {
        "av-pea": ("av-pea@k1", "exact-variant", {"visual": 1, "audio": 1}),
        "av-pea-k": ("av-pea@k(visual 0, audio 2)", "exact-variant", {"visual": 0, "audio": 2}),
        "av-pea-ladder": ("av-pea", "exact", None),
        "lst": ("lst", "exact", None),
        "lora-whole": ("lora", "exact", {"visual": 0, "audio": 0, "text": 0}),
        "dtl": ("dtl", "hybrid", {"visual": 2, "audio": 2}),
        "linear-probe-head": ("linear-probe", "exact", None),
    }.get(name)
    config = adapter.config
    for stream, entry in config["streams"].items():
        assert config["backbones"][stream] == {key: entry["backbone"][key] for key in ("name", "weights")}
        assert config["backbones"][stream]["name"] == STREAMS[stream]
    if expected:
        assert (config["title"], config["exactness"], config.get("first_blocks")) == expected
        assert config.get("compute") == ("f32" if "first_blocks" in config else None)
    seams = {
        "av-pea-ladder": {
            "visual": [(1, "patches"), (2, "patches"), (3, "pooled")],
            "audio": [(0, "patches"), (3, "patches"), (3, "pooled")], "text": [(3, "pooled")]},
        "dtl": {stream: [(0, "all"), (1, "all"), (2, "all")] for stream in ("visual", "audio")},
        "lst": {stream: [(0, "patches"), (1, "patches"), (3, "patches"), (3, "pooled")] for stream in ("visual", "audio")},
        "mettle-some": {
            "visual": [(1, "patches"), (2, "patches")], "audio": [(3, "patches")], "text": [(3, "pooled")]},
        "vpt-deep-text": {"visual": [(2, "all")], "audio": [(1, "all")], "text": [(0, "all")]},
    }.get(name)
    if seams:
        found = {s: [(seam["layer"], seam["tokens"]) for seam in e["seam"]] for s, e in config["streams"].items()}
        assert found == seams


def test_only_the_adapter_is_trained(block_run):
    _, adapter, _, _ = block_run
    counts = adapter.config["parameters"]
    found = sum(p.numel() for p in adapter.parameters() if p.requires_grad)
    assert found == counts["trainable"] == counts["method"] + counts["head"]
    assert not any(backbone.training for backbone in adapter.train().backbones.values())
    adapter.eval()


def pixels(cache, clips):
    """What ViTImageProcessor makes of frames that have the size already."""
    feature = package.Cache(cache).feature("frames")
    frames = torch.stack([torch.from_numpy(feature.array("rgb", clip).copy()) for clip in clips])
    return ((frames.float() / 255 - 0.5) / 0.5).flatten(0, 1).permute(0, 3, 1, 2)


def test_whole_network_gives_the_same_from_pixels(block_run):
    _, adapter, expected, cache = block_run
    data = package.Cache(cache).dataset("test", adapter.features, adapter.layers)
    batch = next(iter(DataLoader(data, batch_size=3)))
    made = adapter.states({"visual": pixels(cache, batch["clip"])})["visual"]
    for layer, states in made.items():
        assert (states - batch["states"]["visual"][layer].flatten(0, 1)).abs().max() <= 1e-5 * states.abs().max()
        batch["states"]["visual"][layer] = states.unflatten(0, (3, 2))
    with torch.no_grad():
        logits = adapter(batch["states"], batch["valid"])
    assert (logits - expected).abs().max() <= 1e-5 * max(1, expected.abs().max())


def test_a_model_can_be_given_in_place_of_a_folder(block_run):
    name, adapter, expected, cache = block_run
    if name != "lora":
        pytest.skip("one run is enough")
    model = transformers.AutoModel.from_pretrained(CHECKPOINTS / "vit-hf")
    folder = cache.parent / "blocks-lora" / "adapter"
    assert difference(package.load_adapter(folder, {"visual": model, "audio": model}), cache, expected) <= 1e-5

    with pytest.raises(package.CacheError, match="its blocks run; give load_adapter backbones of audio: vit-hf"):
        package.load_adapter(folder, {"visual": model})
    with pytest.raises(package.CacheError, match="the adapter has streams visual, audio"):
        package.load_adapter(folder, {"visual": model, "audio": model, "text": model})
    with torch.no_grad():
        model.layernorm.bias += 1
    with pytest.raises(package.CacheError, match="its final norm is not that of vit-hf"):
        package.load_adapter(folder, {"visual": model, "audio": model})
    other = transformers.AutoModel.from_pretrained(CHECKPOINTS / "deit")
    with pytest.raises(package.CacheError, match="it has 2 blocks of width 32, the adapter is of 3 of 64"):
        package.load_adapter(folder, {"visual": other, "audio": other})
    swin = transformers.AutoModel.from_pretrained(CHECKPOINTS / "swin-hf")
    with pytest.raises(package.CacheError, match="cannot run a SwinModel .* it is no plain transformer"):
        package.load_adapter(folder, {"visual": swin, "audio": swin})


def test_weights_are_known_by_their_hash(block_run):
    pytest.importorskip("xxhash")
    name, _, _, cache = block_run
    if name != "lora-whole":
        pytest.skip("one run is enough")
    adapter = cache.parent / "blocks-lora-whole" / "adapter"
    folders = {stream: CHECKPOINTS / STREAMS[stream] for stream in STREAMS}
    with pytest.raises(package.CacheError, match="bert-odd/model.safetensors for stream text: its hash is"):
        package.load_adapter(adapter, {**folders, "text": CHECKPOINTS / "bert-odd"})
    with pytest.raises(package.CacheError, match="it has no model.safetensors"):
        package.load_adapter(adapter, {**folders, "text": cache.parent})


def test_one_clip_with_its_text_needs_no_batch(block_run):
    _, adapter, expected, cache = block_run
    item = package.Cache(cache).dataset("test", adapter.features, adapter.layers)[1]
    with torch.no_grad():
        found = adapter(item["states"], item["valid"])
    assert found.shape == (2, 4) and (found - expected[1]).abs().max() <= 1e-5 * max(1, expected.abs().max())


def test_gradients_reach_what_is_trained_and_nothing_else(block_run):
    name, adapter, _, cache = block_run
    item = package.Cache(cache).dataset("test", adapter.features, adapter.layers)[0]
    adapter.zero_grad()
    loss = adapter(item["states"], item["valid"]).square().sum()
    # Keys that only choose are pulled to what they are chosen by, which is a term of the loss.
    (loss + adapter.method.penalty if name == "copl-topk" else loss).backward()
    for path, p in adapter.named_parameters():
        is_used = p.requires_grad and not (name == "av-pea-unread" and path.endswith("crossGate"))
        assert (p.grad is not None) == is_used, path
    adapter.zero_grad()


@pytest.mark.parametrize("checkpoint, stream", [
    ("vit-hf", "visual"), ("deit", "visual"), ("dinov2", "visual"), ("dinov2-swiglu", "visual"), ("ast", "audio"),
    ("clip-vision", "visual"), ("bert", "text"), ("minilm", "text"), ("roberta", "text"), ("clip-text", "text")])
def test_blocks_are_those_of_transformers(checkpoint, stream):
    from avprep.adapters.blocks import Backbone

    model = transformers.AutoModel.from_pretrained(CHECKPOINTS / checkpoint).eval()
    ours = Backbone(model, stream)
    torch.manual_seed(0)
    if stream == "text":
        tower = getattr(model, "text_model", model)
        ids = torch.randint(3, tower.config.vocab_size, (2, 7))
        inputs = {"input_ids": ids}
    else:
        tower = getattr(model, "vision_model", model)
        size = tower.config.image_size if stream == "visual" else None
        inputs = torch.randn(2, 3, size, size) if size else torch.randn(
            2, tower.config.max_length, tower.config.num_mel_bins)
    depth = len(ours.blocks)
    with torch.no_grad():
        found = ours.states(inputs, range(depth + 1))
        name = "input_ids" if stream == "text" else "pixel_values" if stream == "visual" else "input_values"
        given = inputs if stream == "text" else {name: inputs}
        expected = tower(**given, output_hidden_states=True)
        # What CLIP's model returns of pictures has not been normalised.
        has_norm = ours.norm is not None and checkpoint != "clip-vision"
        last = ours.norm(found[depth]) if has_norm else found[depth]
    for layer in range(depth):
        assert torch.allclose(found[layer], expected.hidden_states[layer], rtol=1e-5, atol=1e-5), layer
    assert torch.allclose(last, expected.last_hidden_state, rtol=1e-5, atol=1e-5)
    assert (found[depth] - found[0]).abs().max() > 0.01
