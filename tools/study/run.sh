#!/usr/bin/env bash
# Makes the study's data sets, trains all methods on them, and writes docs/study.md.
#
#     tools/study/run.sh AVPREP [option of run.py]...
#
# Environment, data, caches and runs lie in $STUDY, outside the project; VENV=/path/to/venv uses another environment.
# The work is done by the program; Python, with numpy, draws, starts and counts.

set -euo pipefail
avprep=$(realpath "$1")
shift
tools=$(cd "$(dirname "$0")" && pwd)
work=${STUDY:-${XDG_CACHE_HOME:-$HOME/.cache}/avprep-study}
venv=${VENV:-$work/venv}
mkdir -p "$work"
command -v ffmpeg >/dev/null || { echo "study: the program ffmpeg is missing" >&2; exit 1; }

source "$tools/../environment.sh"
[ -n "${VENV:-}" ] || environment study numpy "$venv" "$tools/requirements.txt"

# Clips are drawn and runs trained one a core.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" "$tools/run.py" "$avprep" "$work" "$@"
