"""A data set, caches of it and runs on them, made once by the binary that AVPREP names."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
CHECKPOINTS = PROJECT / "Tests" / "References"
sys.path.append(str(PROJECT / "tools" / "references"))
import cpu_torch  # noqa: E402, F401  Where torchvision is installed, transformers asks for it.

CLASSES = ["Bark", "Bell", "Horn"]


class Program:
    """The binary, and the folder that everything is made in."""

    def __init__(self, path, folder):
        self.path = path
        self.folder = folder

    def __call__(self, *arguments):
        """Runs a command to its end; what it printed as JSON, an object to a line."""
        result = subprocess.run(
            [self.path, *map(str, arguments), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert result.returncode == 0, (arguments, result.stderr.decode(), result.stdout.decode())
        return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="session")
def avprep(tmp_path_factory):
    if "AVPREP" not in os.environ:
        pytest.skip("AVPREP names no binary")
    program = Program(os.path.abspath(os.environ["AVPREP"]), tmp_path_factory.mktemp("avprep"))
    make_dataset(program.folder)
    program("extract", program.folder / "data", "--dataset", program.folder / "two.yaml",
            "--cache", program.folder / "clips", "--size", "224")
    return program


def make_dataset(folder):
    """Twelve clips of two seconds in AVE's layout: the event of clip i begins at second i mod 2 and lasts one."""
    media = folder / "data" / "AVE"
    media.mkdir(parents=True)
    splits = {"train": [], "val": [], "test": []}
    for i in range(12):
        clip, name, start = f"clip{i:02}", CLASSES[i % 3], i % 2
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i",
             f"testsrc=s=64x48:r=10:d=2,hue=h={30 * i}", "-f", "lavfi", "-i", f"sine={200 + 150 * i}:d=2",
             "-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", str(media / f"{clip}.mp4")], check=True)
        line = f"{name}&{clip}&good&{start}&{start + 1}"
        splits["train" if i < 6 else "val" if i < 9 else "test"].append(line)
    (folder / "data" / "Annotations.txt").write_text("\n".join(sum(splits.values(), [])))
    for split, lines in splits.items():
        (folder / "data" / f"{split}Set.txt").write_text("\n".join(lines))
    (folder / "two.yaml").write_text(
        "name: two\nreader: AVE\nannotations: Annotations.txt\nmedia: AVE/{id}.mp4\n"
        "splits: {train: trainSet.txt, val: valSet.txt, test: testSet.txt}\nsegments: 2\nsegmentDuration: 1\n")


# By stream, the checkpoint and the layers that are cached; texts are in words of that of BERT.
STREAMS = {"visual": "vit-hf", "audio": "vit-hf", "text": "bert"}


@pytest.fixture(scope="session")
def block_cache(avprep):
    """Makes a cache with all tokens of all layers of small backbones: of the clips, or of clips with texts.

    No data set has events and texts; what is trained with texts knows background alone.
    """
    made = {}

    def make(has_texts):
        if has_texts in made:
            return made[has_texts]
        root, manifest = avprep.folder / "data", avprep.folder / "two.yaml"
        if has_texts:
            root, manifest = root / "AVE", avprep.folder / "texts.yaml"
            texts = ["what sounds", "how many bells ring in this room"]
            lines = [
                {"clip": f"clip{i:02}", "split": "train" if i < 6 else "val" if i < 9 else "test",
                 "labels": [CLASSES[i % 3]], "text": texts[i // 2 % 2]} for i in range(12)]
            (root / "annotations.jsonl").write_text("\n".join(map(json.dumps, lines)))
            manifest.write_text("name: texts\nreader: folder\nmedia: \"{id}\"\nsegments: 2\nsegmentDuration: 1\n")
        path = made[has_texts] = avprep.folder / f"cache-{'texts' if has_texts else 'blocks'}"
        avprep("extract", root, "--dataset", manifest, "--cache", path, "--size", "64")
        for stream, checkpoint in STREAMS.items():
            if stream != "text" or has_texts:
                avprep("encode", "--cache", path, "--stream", stream, "--backbone", CHECKPOINTS / checkpoint,
                       "--layers", "0,1,2,3", "--tokens", "all", "--dtype", "f32")
        return path

    return make


@pytest.fixture(scope="session", params=["f16", "f32", "int8"])
def cache(request, avprep):
    """A cache whose token states are of some number type."""
    path = avprep.folder / f"cache-{request.param}"
    subprocess.run(["cp", "-r", str(avprep.folder / "clips"), str(path)], check=True)
    for stream in ["visual", "audio"]:
        avprep("encode", "--cache", path, "--stream", stream, "--layers", "1,2,6", "--tokens", "grid:2x2",
               "--dtype", request.param)
    return path


@pytest.fixture(scope="session", params=["linear-probe", "av-pea"])
def run(request, avprep, cache):
    """A run on it, its adapter, and its predictions of test by sample."""
    folder = Path(f"{cache}-{request.param}")
    folder.mkdir()
    placement = {"linear-probe": "head", "av-pea": "{ladder: [1, 2, 6]}"}[request.param]
    options = {"linear-probe": "", "av-pea": ", width: 16"}[request.param]
    head = {"linear-probe": "{name: linear, standardise: true}",
            "av-pea": "{name: lavish, hidden: 12, standardise: false}"}[request.param]
    (folder / "recipe.yaml").write_text(
        f"method: {{name: {request.param}{options}}}\nplacement: {placement}\nhead: {head}\nbatch: 3\nepochs: 6\n"
        "optimizer: {learningRate: 1.0e-2, headLearningRate: 3.0e-2}\n")
    avprep("train", "--cache", cache, "--recipe", folder / "recipe.yaml", "--run", folder / "run")
    avprep("export", "--run", folder / "run", "--to", folder / "adapter")
    avprep("predict", "--run", folder / "run", "--cache", cache, "--split", "test",
           "--output", folder / "test.jsonl", "--scores", "--logits")
    return folder


@pytest.fixture
def predictions(run):
    return [json.loads(line) for line in (run / "test.jsonl").read_text().splitlines()]
