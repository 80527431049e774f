#!/usr/bin/env bash
# Measures avprep side by side with other tools, which it installs into a virtual environment.
#
#     tools/bench/run.sh AVPREP [option of bench.py]...
#
# Environment, clips and results lie in $BENCH, outside the project; VENV=/path/to/venv uses another environment.
# Where pip knows a build of torch for processors alone (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL), it takes that one; the
# one of PyPI brings gigabytes of CUDA. What cannot be installed is named in the table, and left out.

set -euo pipefail
avprep=$(realpath "$1")
shift
tools=$(cd "$(dirname "$0")" && pwd)
work=${BENCH:-${XDG_CACHE_HOME:-$HOME/.cache}/avprep-bench}
venv=${VENV:-$work/venv}
mkdir -p "$work"

if [ ! -e "$venv/complete" ] || [ "$tools/requirements.txt" -nt "$venv/complete" ]; then
    echo "bench: installing the other tools into $venv" >&2
    python3 -m venv "$venv"
    while read -r requirement; do
        "$venv/bin/pip" install -q -c "$tools/requirements.txt" "$requirement" ||
            echo "bench: cannot install $requirement" >&2
    done <"$tools/requirements.txt"
    touch "$venv/complete"
fi

# One thread each, and the kernels that each tool chooses by itself.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1
unset OPENBLAS_CORETYPE
exec "$venv/bin/python" "$tools/bench.py" "$avprep" "$work" "$@"
