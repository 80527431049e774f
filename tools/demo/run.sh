#!/usr/bin/env bash
# The main job from media files to a table of results: extract, encode, train twice, evaluate.
#
#     tools/demo/run.sh AVPREP [ROOT]
#
# Without ROOT it makes a small data set first and builds its cache anew. With ROOT, the folder of a data set in AVE's
# layout, an earlier run's cache and trainings are continued. Everything is written below demo/, or $DEMO.
# BACKBONE is the folder of a ViT, or builtin:tiny; LAYERS its tapped layers and last one, SIZE the pixels of a picture's
# side and TOKENS what is kept of a state. The defaults are those of builtin:tiny; for a ViT-B of 224 pixels take
# LAYERS=3,6,9,12 SIZE=224 TOKENS=grid:4x4.

set -euo pipefail

avprep=$(realpath "$1")
root=${2:-}
tools=$(cd "$(dirname "$0")" && pwd)
recipes=$tools/../../manifests/recipes
work=${DEMO:-$tools/../../demo}
mkdir -p "$work"
work=$(cd "$work" && pwd)
backbone=${BACKBONE:-builtin:tiny}
layers=${LAYERS:-2,4,6}
size=${SIZE:-96}
tokens=${TOKENS:-grid:3x3}
name=$(basename "${backbone#builtin:}")

# The clips that the made data set has broken on purpose, and how they are to be classified.
expected='-MgyMjHuilR unreadable
HXJoQyYmmiU missing
z264pZzuhiC unreadable'

rows=()

# Runs a stage, keeps its seconds and its summary; a status of 3, some clips failed, is for the table to tell.
stage() {
    local title=$1 status=0 start=${EPOCHREALTIME/./} log
    shift
    echo "── $title"
    log=$work/${title// /-}.log
    "$@" >"$log.json" 2> >(tee "$log" >&2) || status=$?
    if [ $status -ne 0 ] && [ $status -ne 3 ]; then
        echo "demo: $title ended with status $status" >&2
        exit $status
    fi
    local milliseconds=$(((${EPOCHREALTIME/./} - start) / 1000))
    rows+=("$(printf '%-24s %7d.%d' "$title" $((milliseconds / 1000)) $((milliseconds % 1000 / 100)))")
}

# The value of a number in a line of JSON.
number() { sed -n "s/.*\"$1\":\([0-9.e-]*\).*/\1/p" "$2" | tail -n 1; }

percent() { awk -v x="$1" 'BEGIN { printf "%.2f", 100 * x }'; }

megabytes() { find "$cache/$1" -name '*.h5' -printf '%s\n' | awk '{ s += $1 } END { printf "%.1f", s / 1e6 }'; }

if [ -z "$root" ]; then
    root=$work/AVE_Dataset dataset=$tools/dataset.yaml
    cache=$work/cache runs=$work/runs
    rm -rf "$cache" "$runs"
    stage 'make data set' "$tools/make-dataset.sh" "$root"
else
    dataset=ave cache=$work/ave-cache runs=$work/ave-runs expected=
fi

stage extract "$avprep" extract "$root" --dataset "$dataset" --cache "$cache" --size "$size"
for stream in visual audio; do
    stage "encode $stream" "$avprep" encode --cache "$cache" --backbone "$backbone" --stream $stream \
        --layers "$layers" --tokens "$tokens"
done
taps="[${layers//,/, }]"
for method in linear-probe av-pea; do
    settings=(--set "features.visual=states-$name-visual" --set "features.audio=states-$name-audio")
    [ $method = linear-probe ] || settings+=(--set "placement.ladder=$taps")
    resume=()
    [ ! -e "$runs/$method" ] || resume=(--resume)
    stage "train $method" "$avprep" train --cache "$cache" --recipe "$recipes/ave-$method.yaml" \
        --run "$runs/$method" --leave-out failed "${settings[@]}" "${resume[@]}"
    stage "evaluate $method" "$avprep" evaluate --cache "$cache" --run "$runs/$method" --split test \
        --leave-out failed --json
done

failures=$cache/frames/failures.jsonl
touch "$work/none"
[ -e "$failures" ] || failures=$work/none
found=$(sed -n 's/.*"clip":"\([^"]*\)".*"outcome":"\([^"]*\)".*/\1 \2/p' "$failures" | LC_ALL=C sort)
failed=$(grep -c . "$failures" || true)
# Its exit status tells that some clips failed.
clips=$({ "$avprep" status --cache "$cache" --json || true; } | sed -n 's/.*"clips":\([0-9]*\).*"feature":"frames".*/\1/p')

echo
echo "clips: $clips, of which $failed without all data"
sed -n 's/.*"clip":"\([^"]*\)".*"message":"\([^"]*\)".*"outcome":"\([^"]*\)".*/  \3: \2/p' "$failures" |
    sed "s|$root/||"
echo
echo "stage                    seconds"
printf '%s\n' "${rows[@]}"
echo
printf 'cache: %s MB frames, %s MB log-mel, %s MB visual and %s MB audio token states\n' \
    "$(megabytes frames)" "$(megabytes logmel)" \
    "$(megabytes "states-$name-visual")" "$(megabytes "states-$name-audio")"
echo
echo "segment accuracy, %          val     test"
for method in linear-probe av-pea; do
    best=$(sed -n 's/.*"val_accuracy":\([0-9.]*\).*/\1/p' "$runs/$method/metrics.jsonl" | sort -g | tail -n 1)
    result="$work/evaluate-$method.log.json"
    printf '%-24s %7s  %7s\n' "$method" "$(percent "$best")" "$(percent "$(number accuracy "$result")")"
done
printf '%-24s %7s  %7s\n' 'most frequent label' '' "$(percent "$(number chance "$result")")"

if [ -n "$expected" ] && [ "$found" != "$expected" ]; then
    echo "demo: these clips were to fail, and no others:" >&2
    printf '%s\n' "$expected" >&2
    exit 1
fi
