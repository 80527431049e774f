"""Clips of 10 s as the video sites give them: H.264 with B-frames, AAC in stereo.

Half of them are real footage where the project's shared media are at hand; the rest are scenes of moving, detailed
patterns. They alternate between 25 and 30 frames a second, and between key frames every 250 frames (the encoder's
default) and every 48. By the encoder's default some B-pictures are references of others; flat clips have none of these.
"""

import json
import subprocess
from pathlib import Path

SECONDS = 10
BIT_RATES = {720: 2000, 360: 700}  # Kilobits per second, about YouTube's.
COUNT = 8

# Real footage: files of the shared media, from which second on; more than one file follow each other.
FOOTAGE = [
    [("av/big_buck_bunny_0_30.webm", 0)],
    [("av/big_buck_bunny_0_30.webm", 10)],
    [("av/big_buck_bunny_0_30.webm", 20)],
    [("av/internal_emulator_transformer_output_270_rotated.mp4", 0), ("av/frog.webm", 0)],
]


def ffmpeg(*arguments):
    """Runs the program; its complaints become an error."""
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


def scene(kind, seed, width, height, rate, seconds):
    """A source of pictures in motion, as a filter graph without labels."""
    shake = (f"scale={width * 9 // 8}:{height * 9 // 8},crop={width}:{height}"
             f":x='(in_w-out_w)/2*(1+sin({1 + seed % 3}.3*t))':y='(in_h-out_h)/2*(1+cos(1.7*t))'")
    small = f"s={width // 4}x{height // 4}"
    sources = [
        f"mandelbrot=s={width // 2}x{height // 2}:r={rate}:start_x=-0.74{seed}:start_scale=0.{1 + seed % 9}:end_pts=400",
        f"life={small}:r=3:seed={seed + 1}:mold=20:ratio=0.2:life_color=#D8C080:death_color=#204060:mold_color=#802020"
        f",fps={rate},noise=alls=5:allf=t",
        f"gradients=s={width}x{height}:r={rate}:seed={seed + 1}:nb_colors=8:speed=0.03,noise=alls=5:allf=t",
        f"cellauto={small}:r=5:rule={[30, 110, 45][seed % 3]}:seed={seed + 1}:scroll=1,fps={rate},noise=alls=5:allf=t",
    ]
    return f"{sources[kind % 4]},{shake},setsar=1,format=yuv420p,trim=duration={seconds},setpts=PTS-STARTPTS"


def synthetic(number, width, height, rate):
    """Arguments for a clip of four scenes."""
    length = SECONDS / 4
    scenes = [f"{scene(number + i, 10 * number + i, width, height, rate, length)}[s{i}]" for i in range(4)]
    graph = ";".join(scenes) + ";" + "".join(f"[s{i}]" for i in range(4)) + "concat=n=4[v];" + (
        f"anoisesrc=c=pink:r=44100:a=0.3:seed={number},tremolo=f={3 + number}[n];"
        f"sine=f={180 + 70 * number}:r=44100:b=4[t];[n][t]join=inputs=2:channel_layout=stereo[a]")
    return ["-filter_complex", graph, "-map", "[v]", "-map", "[a]"]


def footage(media, pieces, width, height, rate):
    """Arguments for a clip of real pictures, scaled to fill; each piece has its share of the time."""
    inputs, graph = [], ""
    length = SECONDS / len(pieces)
    for i, (name, start) in enumerate(pieces):
        inputs += ["-ss", start, "-t", length, "-i", media / name]
        graph += (f"[{i}:v:0]fps={rate},scale={width}:{height}:force_original_aspect_ratio=increase,"
                  f"crop={width}:{height},setsar=1,format=yuv420p,tpad=stop_mode=clone:stop=-1,"
                  f"trim=duration={length},setpts=PTS-STARTPTS[v{i}];"
                  f"[{i}:a:0]aresample=44100,aformat=channel_layouts=stereo,apad,atrim=duration={length}[a{i}];")
    labels = "".join(f"[v{i}][a{i}]" for i in range(len(pieces)))
    return [*inputs, "-filter_complex", f"{graph}{labels}concat=n={len(pieces)}:a=1[v][a]", "-map", "[v]", "-map", "[a]"]


def describe(path):
    """Share of the picture types, and of the pictures that no other depends on."""
    types = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pict_type", "-of", "csv=p=0", path],
        check=True, capture_output=True, text=True).stdout.split()
    trace = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "trace", "-i", path, "-map", "0:v:0", "-c", "copy", "-bsf:v", "trace_headers",
         "-f", "null", "-"], check=True, capture_output=True, text=True).stderr.splitlines()
    slices = [(a, int(line.rsplit("=", 1)[1])) for line in trace for a in ("nal_ref_idc", "nal_unit_type")
              if f" {a} " in line]
    references = [value for (name, value), (_, kind) in zip(slices, slices[1:]) if name == "nal_ref_idc" and kind in (1, 5)]
    return {
        "frames": len(types), "b_frames": sum(t.startswith("B") for t in types) / len(types),
        "non_reference": references.count(0) / max(1, len(references)),
        "key_frames": sum(t.startswith("I") for t in types),
        "kilobits_per_second": round(Path(path).stat().st_size * 8 / 1000 / SECONDS)}


def make(folder, media, height, flat=False):
    """Makes what is missing of the clips of a size, and says what each is; four flat ones suffice."""
    width = height * 16 // 9
    clips = []
    for number in [0, 1, 6, 7] if flat else range(COUNT):
        rate = 25 if number % 4 < 2 else 30
        keyint = 250 if number % 2 == 0 else 48
        pieces = FOOTAGE[number // 2] if number // 2 % 2 == number % 2 else None
        if pieces and not all((media / name).exists() for name, _ in pieces):
            pieces = None
        source = "footage" if pieces else "patterns"
        path = folder / f"{height}p-{number}-{source}{'-flat' * flat}.mp4"
        facts = path.with_suffix(".json")
        if not facts.exists():
            picture = footage(media, pieces, width, height, rate) if pieces else synthetic(number, width, height, rate)
            bits = BIT_RATES[height]
            partial = path.with_suffix(".partial.mp4")
            ffmpeg(
                *picture, "-t", SECONDS, "-c:v", "libx264", "-preset", "medium", "-b:v", f"{bits}k",
                "-maxrate", f"{bits * 3 // 2}k", "-bufsize", f"{2 * bits}k", "-g", keyint,
                "-x264-params", "b-pyramid=none" if flat else "", "-c:a", "aac", "-ar", 44100,
                "-ac", 2, "-b:a", "128k", "-movflags", "+faststart", partial)
            partial.rename(path)
            facts.write_text(json.dumps(describe(path)))
        clips.append({"path": str(path), "height": height, "rate": rate, "keyint": keyint,
                      "source": source + ", flat" * flat, **json.loads(facts.read_text())})
    return clips


def make_short(folder):
    """Eight clips of one second, small enough that what is done once per clip shows."""
    paths = []
    for number in range(8):
        path = folder / f"short-{number}.mp4"
        if not path.exists():
            partial = path.with_suffix(".partial.mp4")
            ffmpeg("-f", "lavfi", "-i", scene(number, number, 320, 180, 25, 1), "-f", "lavfi", "-i",
                   f"sine=f={200 + 40 * number}:d=1", "-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", partial)
            partial.rename(path)
        paths.append(str(path))
    return paths


def make_folder(root, paths, count, segments):
    """A data set in AVE's layout of `count` clips that are links to these files, and its manifest."""
    (root / "AVE").mkdir(parents=True)
    ids = [f"clip{number:05d}" for number in range(count)]
    for number, name in enumerate(ids):
        (root / "AVE" / f"{name}.mp4").symlink_to(paths[number % len(paths)])
    lines = "".join(f"Bark&{name}&good&0&{segments}\n" for name in ids)
    for file, text in [("Annotations.txt", lines), ("trainSet.txt", lines), ("valSet.txt", ""), ("testSet.txt", "")]:
        (root / file).write_text(text)
    manifest = root / "dataset.yaml"
    manifest.write_text(
        "name: bench\nreader: AVE\nannotations: Annotations.txt\nmedia: AVE/{id}.mp4\n"
        "splits: {train: trainSet.txt, val: valSet.txt, test: testSet.txt}\n"
        f"segments: {segments}\nsegmentDuration: 1\n")
    return ids, manifest
