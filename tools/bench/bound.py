"""How much can be gained by not decoding what nobody wants: the program ffmpeg with all pictures and with references only."""

import os
import statistics
import subprocess


def processor_seconds(arguments):
    command = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", *arguments, "-an", "-f", "null", "-"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"cannot decode: ffmpeg {' '.join(arguments)}")
    return usage.ru_utime + usage.ru_stime


def gain(group, repeats):
    """Speed of decoding reference pictures only over that of decoding all, up to the last wanted time; start-up left out.

    Pictures on which others depend cannot be left out without changing them, so no decoder that gives libavcodec's
    pictures can gain more over one that decodes everything, even if it decoded no wanted picture that is no reference.
    """
    ratios = []
    for clip in group:
        def median(arguments):
            return statistics.median(processor_seconds(arguments) for _ in range(repeats))

        start = median(["-t", "0.01", "-i", clip["path"]])
        everything = median(["-t", "9.5", "-i", clip["path"]])
        references = median(["-skip_frame", "noref", "-t", "9.5", "-i", clip["path"]])
        ratios.append((everything - start) / (references - start))
    return ratios
