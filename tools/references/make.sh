#!/usr/bin/env bash
# Remakes Tests/References with PyTorch and its relatives, in a virtual environment outside the project.
#
#     tools/references/make.sh          VENV=/path/to/venv to keep the environment and use it again
#
# The tables of real speech and music need the folder of shared media, beside the project or in $MEDIA. Versions are
# those that the committed values were made with; each file names them in its metadata.

set -euo pipefail
cd "$(dirname "$0")/../.."

venv=${VENV:-$(mktemp -d)/venv}
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q -r tools/references/requirements.txt
fi
for script in vit vision tiny swin htsat subwords text av_pea in_block methods hybrid ladders copl_lstta trajectory optimisers neural operations resize safetensors_files heads; do
    "$venv/bin/python" "tools/references/$script.py" Tests/References
done
"$venv/bin/python" tools/references/logmel.py "${MEDIA:-../shared/media}"
"$venv/bin/python" tools/references/logmel_presets.py
