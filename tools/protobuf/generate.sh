#!/usr/bin/env bash
# Makes the Swift of event.proto anew, with the generator of the swift-protobuf that the package resolves.
#
#     tools/protobuf/generate.sh          PROTOC=/path/to/protoc, of Debian's protobuf-compiler or any other
#
# The generator is built in a folder of its own, which takes minutes; what it wrote is committed, so that nobody else waits.

set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

version=$(sed -n 's/.*swift-protobuf.git", from: "\([0-9.]*\)".*/\1/p' Package.swift)
git clone -q --depth 1 --branch "$version" https://github.com/apple/swift-protobuf.git "$work/swift-protobuf"
swift build -c debug --package-path "$work/swift-protobuf" --product protoc-gen-swift
"${PROTOC:-protoc}" --plugin="$work/swift-protobuf/.build/debug/protoc-gen-swift" \
    --proto_path=tools/protobuf --swift_out=Sources/Training/Metrics/TensorBoard event.proto
