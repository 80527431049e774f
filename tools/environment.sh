# Sourced by the scripts that need Python: makes a virtual environment, and makes it anew when its requirements change.
#
#     environment TOOL WHAT VENV REQUIREMENTS
#
# Where pip knows a build of torch for processors alone (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL), it takes that one; the one
# of PyPI brings gigabytes of CUDA.
environment() {
    local tool=$1 what=$2 venv=$3 requirements=$4
    if [ ! -e "$venv/complete" ] || [ "$requirements" -nt "$venv/complete" ]; then
        echo "$tool: installing $what into $venv" >&2
        python3 -m venv "$venv"
        "$venv/bin/pip" install -q -r "$requirements"
        touch "$venv/complete"
    fi
}
