"""Results as a table in Markdown, with each target and whether it is met."""

NAMES = {
    "torchcodec": "torchcodec, the ten frames alone, not resized",
    "torchcodec-approximate": "the same, `seek_mode=\"approximate\"`",
    "torchcodec-resized": "torchcodec, the ten frames, resized",
    "torchcodec-all": "torchcodec and torchaudio: resized frames, audio, log-mel",
    "decord": "decord, the ten frames alone, not resized",
    "decord-resized": "decord, the ten frames, resized",
    "pyav": "PyAV, the ten frames, resized",
    "ffmpeg": "the program ffmpeg, ten frames, resized, its start included",
    "torchaudio": "torchaudio `kaldi.fbank`, 128 bands",
    "kaldi-native-fbank": "kaldi-native-fbank, 128 bands",
    "librosa": "librosa `melspectrogram`, 128 bands",
}


def number(value, digits=2):
    return f"{value:.{digits}f}"


def spread(values, digits=2):
    return f"{number(values['median'], digits)} ({number(values['min'], digits)}…{number(values['max'], digits)})"


def verdict(target):
    """`target` has the words, the value, and whether it is met; None where it was not judged."""
    if target is None:
        return ""
    return {True: "met", False: "**missed**", None: "not judged"}[target["met"]] + f": {target['words']}"


def comparison(title, results):
    lines = [
        f"### {title}", "",
        "| beside | avprep | it | speed ratio | by processor time | pairs | target |", "|---|--:|--:|--:|--:|--:|---|"]
    for result in results:
        name = NAMES[result["peer"]] + result.get("note", "")
        if "missing" in result:
            lines.append(f"| {name} | | not measured: {result['missing']} | | | | {verdict(result.get('target'))} |")
            continue
        lines.append(
            f"| {name} | {number(1000 * result['avprep_seconds']['median'], 1)} ms "
            f"| {number(1000 * result['peer_seconds']['median'], 1)} ms | {spread(result['ratio'])} "
            f"| {spread(result['processor_ratio'])} | {result['pairs']} | {verdict(result.get('target'))} |")
    return lines + [""]


def facts(title, rows):
    lines = [f"### {title}", "", "| what | result | target |", "|---|---|---|"]
    return lines + [f"| {row['what']} | {row['result']} | {verdict(row.get('target'))} |" for row in rows] + [""]


def clips(title, clips):
    lines = [
        f"### {title}", "", "| clip | pictures | key frames | B | on which none depends | kbit/s |",
        "|---|--:|--:|--:|--:|--:|"]
    for clip in clips:
        lines.append(
            f"| {clip['height']}p, {clip['rate']} a second, keyint {clip['keyint']}, {clip['source']} | {clip['frames']} "
            f"| {clip['key_frames']} | {100 * clip['b_frames']:.0f} % | {100 * clip['non_reference']:.0f} % "
            f"| {clip['kilobits_per_second']} |")
    return lines + [""]
