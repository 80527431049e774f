"""Tools as processes that answer lines, and measurements in pairs: ours, theirs, ours, theirs."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path


class Worker:
    """A process that is told a file's name and answers how long it took; idle between."""

    def __init__(self, arguments, greets):
        self.process = subprocess.Popen(
            list(map(str, arguments)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        self.greeting = self.read() if greets else {}
        self.missing = self.greeting.get("missing")
        self.versions = self.greeting.get("versions", [])

    def read(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"missing": "it ended without an answer"}

    def __call__(self, path):
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        answer = self.read()
        if "missing" in answer:
            raise RuntimeError(f"cannot measure {path}: {answer['missing']}")
        if "seconds" not in answer:
            raise RuntimeError(answer.get("message", f"cannot measure {path}"))
        answer["wall"] = statistics.median(answer["seconds"])
        answer["busy"] = statistics.median(answer["processor_seconds"])
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def ours(avprep, what, repeat=1):
    return Worker([avprep, "bench", what, "-", "--repeat", repeat, "--json"], greets=False)


def peer(name, repeat=1, folder=None):
    script = Path(__file__).with_name("peers.py")
    return Worker([sys.executable, script, name, repeat, *([folder] if folder else [])], greets=True)


def spread(values):
    """Median, least and greatest."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


class Arena:
    """Our process for a kind of work, and those of the others, started when they are first wanted."""

    def __init__(self, avprep, what, repeat=1):
        self.mine, self.repeat, self.peers = ours(avprep, what, repeat), repeat, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in [self.mine, *self.peers.values()]:
            worker.close()

    def compare(self, name, clips, pairs):
        """Pairs of measurements of the same file, one right after the other.

        The speed ratio is theirs over ours: how many times as many files we get through. Beside the clock on the wall,
        which counts, stands the time that the processors spent, which other programs on the machine disturb less.
        """
        if name not in self.peers:
            self.peers[name] = peer(name, self.repeat)
        theirs = self.peers[name]
        if theirs.missing:
            return {"peer": name, "missing": theirs.missing}
        try:
            for worker in (self.mine, theirs):
                worker(clips[0]["path"])  # What happens once per process, or size, is not the subject.
            rows = []
            for number in range(pairs):
                clip = clips[number % len(clips)]
                us, them = self.mine(clip["path"]), theirs(clip["path"])
                rows.append({"clip": clip, "avprep": us, "peer": them})
            return {"peer": name, "versions": theirs.versions, **summary(rows), "rows": rows}
        except RuntimeError as error:
            theirs.missing = str(error)
            return {"peer": name, "versions": theirs.versions, "missing": theirs.missing}


def summary(rows):
    return {
        "pairs": len(rows),
        "ratio": spread([row["peer"]["wall"] / row["avprep"]["wall"] for row in rows]),
        "processor_ratio": spread([row["peer"]["busy"] / row["avprep"]["busy"] for row in rows]),
        "avprep_seconds": spread([row["avprep"]["wall"] for row in rows]),
        "peer_seconds": spread([row["peer"]["wall"] for row in rows]),
        "peer_threads": statistics.median(row["peer"]["busy"] / row["peer"]["wall"] for row in rows),
    }


def ceiling(avprep, clips):
    """How much two processes that know nothing of each other get done, against one: what the machine allows."""
    def run(lists):
        start = time.perf_counter()
        processes = [
            subprocess.Popen([avprep, "bench", "clips", *paths, "--quiet"], stdout=subprocess.DEVNULL) for paths in lists]
        assert all(process.wait() == 0 for process in processes)
        return time.perf_counter() - start

    paths = [clip["path"] for clip in clips]
    return 2 * run([paths]) / run([paths, paths])
