#!/usr/bin/env python3
"""Writes the tables of characters that tokenizers go by, as the reference library's own tables have them.

    venv/bin/python tools/references/unicode_tables.py Sources/Models/Tokenizers/Unicode/UnicodeTables.swift

The Rust library `tokenizers` reads characters through several crates, each with the tables of another version of Unicode:
letters and numbers come from its regular expressions, punctuation, control characters and marks from a much older
table. Every scalar is passed through the library here, so that its tokens do not depend on what Swift's runtime knows.

Ranges are written as "gap length" from the end of the range before, in base 36; see UnicodeTables.swift.
"""

import sys
import unicodedata
from pathlib import Path

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

SCALARS = [code for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number):
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


def ranges(codes):
    """Runs of codes as [first, last]."""
    runs = []
    for code in sorted(codes):
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return runs


def encode_ranges(codes):
    words, end = [], 0
    for first, last in ranges(codes):
        words += [base36(first - end), base36(last + 1 - first)]
        end = last + 1
    return words


def bert(**steps):
    chosen = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False) | steps
    return normalizers.BertNormalizer(**chosen).normalize_str


def matching(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return [code for code in SCALARS if len(split.pre_tokenize_str("\x01" + chr(code))) == 2]


def combining_classes(nfd):
    """Canonical combining classes, found by what stays behind what when a pair is put in order."""
    last = "\u0345"  # The only one of class 240; all others come before it.
    moves = [c for c in map(chr, SCALARS) if c != last and nfd(c) == c and nfd(last + c) == c + last]
    probes = {240: last}
    for c in moves:
        probes.setdefault(unicodedata.combining(c), c)
    assert 0 not in probes
    classes = {}
    for c in [*moves, last]:
        classes[ord(c)] = max(order for order, probe in probes.items() if nfd(probe + c) == probe + c)
    return classes


def wrapped(words, width=96):
    lines, line = [], ""
    for word in words:
        if len(line) + 1 + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return "\n".join(["        " + line for line in [*lines, line]])


def main(file):
    nfd, nfc = normalizers.NFD().normalize_str, normalizers.NFC().normalize_str
    clean, strip = bert(clean_text=True), bert(strip_accents=True)
    punctuation = pre_tokenizers.BertPreTokenizer()
    tables = {
        "letters": ("`\\p{L}` of its regular expressions.", encode_ranges(matching(r"\p{L}"))),
        "numbers": ("`\\p{N}` of its regular expressions.", encode_ranges(matching(r"\p{N}"))),
        "punctuation": (
            "What its BERT pre-tokenizer isolates.",
            encode_ranges(c for c in SCALARS if len(punctuation.pre_tokenize_str(f"a{chr(c)}b")) == 3)),
        "accents": (
            "What its BERT normalizer removes of canonically decomposed text.",
            encode_ranges(c for c in SCALARS if nfd(chr(c)) == chr(c) and strip(chr(c)) == "")),
        "dropped": (
            "What its BERT normalizer removes when it cleans text.",
            encode_ranges(c for c in SCALARS if clean(chr(c)) == "")),
    }

    words, end = [], 0
    classes = combining_classes(nfd)
    for order in sorted(set(classes.values())):
        for first, last in ranges(code for code, value in classes.items() if value == order):
            words += [base36(first), base36(last + 1 - first), base36(order)]
    tables["combiningClasses"] = (
        "Canonical combining classes other than 0, as \"first length class\".", words)

    words, end = [], 0
    for code in SCALARS:
        parts = nfd(chr(code))
        if parts == chr(code) or 0xAC00 <= code < 0xAC00 + 11172:
            continue
        composes = len(parts) > 1 and nfc(chr(code)) == chr(code)
        mark = "" if composes else "!"
        words.append(f"{base36(code - end)}{mark}=" + ".".join(base36(ord(part)) for part in parts))
        end = code
    tables["decompositions"] = (
        "Full canonical decompositions but those of Hangul syllables, as \"gap=first.second…\"; those marked\n"
        "    /// with ! are never composed again.", words)

    text = f"""// Written by tools/references/unicode_tables.py with tokenizers {tokenizers.__version__}: do not edit.

/// Which characters the reference library for tokenizers takes for what.
///
/// Ranges are written as "gap length" from the end of the range before, in base 36.
enum UnicodeTables {{
"""
    for name, (comment, words) in tables.items():
        text += f'    /// {comment}\n    static let {name} = """\n{wrapped(words)}\n        """\n\n'
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.rstrip() + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
