#!/usr/bin/env python3
"""Writes small files, most of them wrong in one way, and whether the safetensors library accepts each.

    venv/bin/python tools/references/safetensors_files.py Tests/References

safetensors-files.json is a list of {"name", "base64", "accepted", "error"}; `error` is the library's own message.
"""

import base64
import json
import struct
import sys
from pathlib import Path

import safetensors


def file(header, payload=16, length=None):
    header = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + bytes(range(payload))


def tensor(name="a", dtype="F32", shape="[4]", offsets="[0,16]"):
    return f'"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}'


PLAIN = "{" + tensor() + "}"
HALF = tensor("a", shape="[2]", offsets="[0,8]")
OTHER = tensor("b", shape="[2]", offsets="[8,16]")

CASES = {
    "plain": file(PLAIN),
    "two tensors": file("{" + HALF + "," + OTHER + "}"),
    "two tensors in the other order": file("{" + OTHER + "," + HALF + "}"),
    "padded with spaces": file(PLAIN + "      "),
    "padded with line ends": file(PLAIN + "\n\n"),
    "white space everywhere": file(PLAIN.replace(":", " : ").replace(",", " ,\t").replace("]", "\n]")),
    "metadata": file('{"__metadata__":{"format":"pt"},' + tensor() + "}"),
    "metadata at the end": file("{" + tensor() + ',"__metadata__":{"format":"pt"}}'),
    "empty metadata": file('{"__metadata__":{},' + tensor() + "}"),
    "no tensors": file("{}", 0),
    "no tensors but bytes": file("{}", 4),
    "scalar": file("{" + tensor(shape="[]", offsets="[0,4]") + "}", 4),
    "empty tensor": file("{" + tensor(shape="[0]", offsets="[0,0]") + "}", 0),
    "empty tensor between others": file(
        "{" + HALF + "," + tensor("e", shape="[3,0]", offsets="[8,8]") + "," + OTHER + "}"),
    "every type of whole bytes": file(
        "{" + ",".join(tensor(name, name, "[0]", "[0,0]") for name in [
            "BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "F64",
            "I64", "U64"]) + "}", 0),
    "escaped name": file("{" + tensor(r"\u0061\n\"\\\/\ud83d\ude00é") + "}"),
    "keys in another order": file('{"a":{"data_offsets":[0,16],"shape":[2,2],"dtype":"F32"}}'),

    "nothing": b"",
    "seven bytes": bytes(7),
    "no header": file("", 0),
    "header of zero bytes before data": file(""),
    "header longer than the file": file(PLAIN, length=1000),
    "header of 100 MB and one byte": file(PLAIN, length=100_000_001),
    "header of 2^64 - 1 bytes": file(PLAIN, length=2**64 - 1),
    "header cut short": file(PLAIN, length=len(PLAIN) - 3),
    "a list": file("[1]"),
    "a number": file("1"),
    "space before": file(" " + PLAIN),
    "zeros behind": file(PLAIN.encode() + bytes(3)),
    "another object behind": file(PLAIN + "{}"),
    "comma behind": file("{" + tensor() + ",}"),
    "no comma": file("{" + HALF + OTHER + "}"),
    "comment": file("{/* */" + tensor() + "}"),
    "single quotes": file(PLAIN.replace('"', "'")),
    "not UTF-8": file(b"{" + tensor().encode().replace(b'"a"', b'"\xff\xfe"') + b"}"),
    "overlong UTF-8": file(b"{" + tensor().encode().replace(b'"a"', b'"\xc0\xaf"') + b"}"),
    "half a surrogate": file("{" + tensor(r"\ud83d") + "}"),
    "low surrogate alone": file("{" + tensor(r"\ude00") + "}"),
    "two high surrogates": file("{" + tensor(r"\ud83d\ud83d") + "}"),
    "unknown escape": file("{" + tensor(r"\x") + "}"),
    "control character": file(b"{" + tensor().encode().replace(b'"a"', b'"\x01"') + b"}"),
    "text without end": file('{"a'),
    "deep nesting": file("[" * 10_000 + "]" * 10_000),
    "deep nesting in a shape": file("{" + tensor(shape="[" * 10_000 + "]" * 10_000) + "}"),
    "deep nesting in metadata": file('{"__metadata__":' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "}", 0),

    "same name twice": file("{" + tensor() + "," + tensor() + "}"),
    "same name twice, elsewhere": file("{" + HALF + "," + OTHER.replace('"b"', '"a"') + "}"),
    "same name in another spelling": file("{" + tensor() + "," + tensor(r"\u0061") + "}"),
    "type twice": file(PLAIN.replace('"dtype":"F32"', '"dtype":"F32","dtype":"F32"')),
    "metadata twice": file('{"__metadata__":{},"__metadata__":{},' + tensor() + "}"),
    "metadata key twice": file('{"__metadata__":{"a":"1","a":"2"},' + tensor() + "}"),
    "metadata of numbers": file('{"__metadata__":{"a":1},' + tensor() + "}"),
    "metadata of objects": file('{"__metadata__":{"a":{}},' + tensor() + "}"),
    "metadata of nulls": file('{"__metadata__":{"a":null},' + tensor() + "}"),
    "metadata as list": file('{"__metadata__":[],' + tensor() + "}"),
    "metadata as null": file('{"__metadata__":null,' + tensor() + "}"),
    "unknown key": file(PLAIN.replace('"dtype"', '"x":1,"dtype"')),

    "no type": file('{"a":{"shape":[4],"data_offsets":[0,16]}}'),
    "no shape": file('{"a":{"dtype":"F32","data_offsets":[0,16]}}'),
    "no offsets": file('{"a":{"dtype":"F32","shape":[4]}}'),
    "null for a tensor": file('{"a":null}'),
    "number for a type": file(PLAIN.replace('"F32"', "32")),
    "unknown type": file("{" + tensor(dtype="Q4") + "}"),
    "type in small letters": file("{" + tensor(dtype="f32") + "}"),
    "wrong type": file("{" + tensor(dtype="F64") + "}"),
    "one offset": file("{" + tensor(offsets="[16]") + "}"),
    "three offsets": file("{" + tensor(offsets="[0,16,16]") + "}"),
    "offsets as texts": file("{" + tensor(offsets='["0","16"]') + "}"),
    "fraction": file("{" + tensor(shape="[4.5]") + "}"),
    "whole fraction": file("{" + tensor(shape="[4.0]") + "}"),
    "exponent": file("{" + tensor(shape="[4e0]") + "}"),
    "leading zero": file("{" + tensor(shape="[04]") + "}"),
    "plus sign": file("{" + tensor(shape="[+4]") + "}"),
    "minus zero": file("{" + tensor(shape="[-0]", offsets="[0,0]") + "}", 0),
    "boolean": file("{" + tensor(shape="[true]", offsets="[0,4]") + "}", 4),
    "negative extent": file("{" + tensor(shape="[-4]") + "}"),
    "two negative extents": file("{" + tensor(shape="[-2,-2]") + "}"),
    "negative offset": file("{" + tensor(offsets="[-16,0]") + "}"),
    "extents whose product overflows": file("{" + tensor(shape="[4611686018427387904,4]") + "}"),
    "extents whose product overflows to the size": file("{" + tensor(shape="[9223372036854775807,2,4]") + "}"),
    "overflow and zero": file("{" + tensor(shape="[4611686018427387904,4611686018427387904,0]", offsets="[0,0]") + "}", 0),
    "extent of 2^64": file("{" + tensor(shape="[18446744073709551616]") + "}"),
    "offset of 2^64 - 1": file("{" + tensor(offsets="[0,18446744073709551615]") + "}"),
    "shape too small": file("{" + tensor(shape="[3]") + "}"),
    "shape too large": file("{" + tensor(shape="[5]") + "}"),
    "offsets turned round": file("{" + tensor(offsets="[16,0]") + "}"),
    "beyond the end": file("{" + tensor(shape="[5]", offsets="[0,20]") + "}"),
    "overlap": file("{" + HALF + "," + tensor("b", shape="[3]", offsets="[4,16]") + "}"),
    "the same bytes twice": file("{" + tensor() + "," + tensor("b") + "}"),
    "gap at the start": file("{" + tensor(shape="[2]", offsets="[8,16]") + "}"),
    "gap between": file("{" + tensor(shape="[1]", offsets="[0,4]") + "," + OTHER + "}"),
    "gap at the end": file("{" + HALF + "}"),
    "empty tensor beyond": file("{" + tensor() + "," + tensor("e", shape="[0]", offsets="[20,20]") + "}"),
    "empty tensor inside another": file("{" + tensor() + "," + tensor("e", shape="[0]", offsets="[8,8]") + "}"),
}


def main(root):
    table = []
    for name, data in CASES.items():
        error = None
        try:
            safetensors.deserialize(data)
        except Exception as failure:  # The library has an error type of its own, and raises others too.
            error = str(failure)
        table.append({
            "name": name, "base64": base64.b64encode(data).decode(), "accepted": error is None, "error": error})
    (root / "safetensors-files.json").write_text(json.dumps(
        {"written_by": f"tools/references/safetensors_files.py with safetensors {safetensors.__version__}",
         "files": table}, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
