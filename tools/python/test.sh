#!/usr/bin/env bash
# Tests the Python package against the program, and what the study is made of, in a virtual environment outside the project.
#
#     tools/python/test.sh AVPREP [option of pytest]...
#
# VENV=/path/to/venv uses another environment.

set -euo pipefail
avprep=$(realpath "$1")
shift
cd "$(dirname "$0")"
venv=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/avprep-python/venv}

source ../environment.sh
environment python-test "PyTorch, transformers, TensorBoard and pytest" "$venv" requirements.txt
AVPREP=$avprep OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD \
    "$venv/bin/python" -m pytest -q -p no:cacheprovider tests ../study/tests "$@"
