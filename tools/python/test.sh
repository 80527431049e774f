#!/usr/bin/env bash
# Tests the Python package against the program, and what the study is made of, in a virtual environment outside the project.
#
#     tools/python/test.sh AVPREP [option of pytest]...
#
# VENV=/path/to/venv uses another environment. Where pip knows a build of torch for processors alone (PIP_FIND_LINKS,
# PIP_EXTRA_INDEX_URL), it takes that one; the one of PyPI brings gigabytes of CUDA.

set -euo pipefail
avprep=$(realpath "$1")
shift
cd "$(dirname "$0")"
venv=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/avprep-python/venv}

if [ ! -e "$venv/complete" ] || [ requirements.txt -nt "$venv/complete" ]; then
    echo "python-test: installing PyTorch, transformers, TensorBoard and pytest into $venv" >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q -r requirements.txt
    touch "$venv/complete"
fi
AVPREP=$avprep OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD \
    "$venv/bin/python" -m pytest -q -p no:cacheprovider tests ../study/tests "$@"
