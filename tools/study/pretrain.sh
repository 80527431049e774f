#!/usr/bin/env bash
# Pretrains builtin:tiny: writes Sources/CWeights/tiny.safetensors and tools/study/pretraining.log.
#
#     tools/study/pretrain.sh AVPREP [option of pretrain.py]...
#
# Environment, media and their cache lie in $PRETRAIN, outside the project; VENV=/path/to/venv uses another environment.
# Afterwards the program and the reference values (tools/references/tiny.py) are to be made again.

set -euo pipefail
avprep=$(realpath "$1")
shift
tools=$(cd "$(dirname "$0")" && pwd)
work=${PRETRAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/avprep-pretraining}
venv=${VENV:-$work/venv}
mkdir -p "$work"
command -v ffmpeg >/dev/null || { echo "pretrain: the program ffmpeg is missing" >&2; exit 1; }

source "$tools/../environment.sh"
[ -n "${VENV:-}" ] || environment pretrain PyTorch "$venv" "$tools/pretraining-requirements.txt"

# Clips are drawn one a core; pictures and spectrograms are trained on a thread each.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" "$tools/pretrain.py" "$avprep" "$work/media" \
    "$tools/../../Sources/CWeights/tiny.safetensors" "$tools/pretraining.log" "$@"
