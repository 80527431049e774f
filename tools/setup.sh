#!/usr/bin/env bash
# Installs the Debian packages that avprep is built and tested with, as far as they are missing.
set -euo pipefail

packages=(
    libavcodec-dev libavformat-dev libavutil-dev libswresample-dev libswscale-dev
    libfftw3-dev libhdf5-dev libopenblas-dev libxxhash-dev
    ffmpeg pkg-config
)

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "setup: installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "setup: cannot install: run 'apt-get install ${missing[*]}' as root" >&2
        exit 13
    }
    as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
echo "setup: done"
