#!/usr/bin/env python3
"""Writes small tokenizers, and what the libraries tokenizers and transformers make of difficult texts with them.

    venv/bin/python tools/references/subwords.py Tests/References [--seed N]

tokenizers/NAME, folders with both forms of one tokenizer, trained on the sentences below:

    bert-uncased bert-cased        tokenizer.json, vocab.txt, tokenizer_config.json
    roberta roberta-space          tokenizer.json, vocab.json, merges.txt, tokenizer_config.json
    clip clip-published            the same; the latter as in the files that OpenAI published, with another pattern
                                   and with special tokens that are looked for in normalised text

tokenizer-ids.json, with `texts` and `cases`, each of them a folder, a form (`json` by the library tokenizers from
tokenizer.json, `files` by transformers from a folder without it), a maximum, and the ids of each text.

tokenizer-sweep.json: for normaliser and pre-tokeniser together, CRC-32 of the words of all scalars, 4,096 at a time.
The words of scalar c are those of "acb c1 Ac" + U+0323 U+0345 + c, each followed by U+001F.
"""

import argparse
import json
import random
import shutil
import tempfile
import zlib
from pathlib import Path

import cpu_torch  # noqa: F401
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizer, CLIPTokenizer, RobertaTokenizer

SENTENCES = """
What is the instrument that is played first in the video? How many people are clapping?
Is the violin on the left louder than the cello on the right? Where is the barking dog, and what's it doing?
The quick brown fox jumps over the lazy dog; it doesn't matter. They'll say we've been here since 1999.
Der schnelle braune Fuchs springt über den faulen Hund. Größe, Straße, Äpfel, Öl und Übung.
Le garçon naïf a mangé des crêpes à l'hôtel, où l'élève était déjà allé cet été.
El niño pequeño comió piñas mañana por la mañana en la montaña. ¿Dónde está el sonido más fuerte?
Быстрая коричневая лиса перепрыгивает через ленивую собаку. Где играет скрипка?
Η γρήγορη καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί. Ποιος παίζει κιθάρα;
Tiếng Việt có nhiều dấu thanh: sắc, huyền, hỏi, ngã, nặng. Đàn ghi ta ở đâu?
視頻中第一個演奏的樂器是什麼？ 中文分詞需要特別處理。 バイオリンの音はどこから聞こえますか。カタカナとひらがな。
동영상에서 처음 연주되는 악기는 무엇입니까? 한국어 문장입니다.
ما هي الآلة الموسيقية التي تُعزف أولاً في الفيديو؟ مرحبا بالعالم
वीडियो में सबसे पहले कौन सा वाद्य यंत्र बजाया जाता है? नमस्ते दुनिया
เครื่องดนตรีชนิดใดที่เล่นเป็นครั้งแรกในวิดีโอ สวัสดีชาวโลก
שלום עולם, איפה הכינור? 0123456789 3.14 1,000,000 $5 €10 50% #tag @name http://example.org/a?b=c&d=e
""".strip().split("\n")

TEXTS = SENTENCES + [
    "", " ", "   ", "\n", "a", " a", "a ", "  two  spaces  ", "tab\tand\nline\r\nbreaks\u000bvertical\u000cfeed\u0085next",
    "What is the first instrument?", "DON'T SHOUT! IT'S 'QUOTED' we'Re they'LL I'M 'tis ''s '' ' 's", "'s't're've'm'll'd",
    "hello\u00a0no\u2003break\u3000wide\u202fnarrow\u200bzero\u200dwidth\ufeffmark\u00adsoft\u2060join",
    "nul\u0000bell\u0007esc\u001bdel\u007fc1\u0081repl\ufffd private\ue000 nonchar\uffff\U0010ffff",
    "café cafe\u0301 CAFÉ CAFE\u0301 naïve nai\u0308ve", "e\u0323\u0301 e\u0301\u0323 \u1ec7 \u0345\u0300a a\u0345\u0300\u0301",
    "Ångström Å \u212b A\u030a Ω \u2126 \ufb01 \ufb03 ² ½ ⅷ Ⅷ ① ǅ ß ẞ ı İ I ſ", "ΑΣ ΣΑΣ ὈΔΥΣΣΕΎΣ ᾼ ᾳ",
    "한국어 \u1112\u1161\u11ab\u1100\u116e\u11a8 \uac00\u11a8 ᄀ 각", "か\u3099 が ｶﾞ ガ ﾊﾟ", "漢字\uf900\u2f800\U00020000\U0002b820\U0002b920𠮷野家",
    "😀", "👍🏽 👩‍👩‍👧‍👦 🇩🇪🇫🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️ ☺︎ 1️⃣ 🧑🏿‍🚀text😀text", "a😀b 😀😀 😀!", "«quotes» “curly” ‘single’ — – … ‚„ ¿¡ § ¶ † ‡ • ·",
    "math ∑ ∫ √ ≤ ≥ ± × ÷ ∞ π ° ′ ″ ™ © ® ¢ £ ¥ ₿", "snake_case camelCase kebab-case path/to/file.txt C++ C# a*b^c~d`e|f\\g",
    "[CLS] [SEP] [MASK] [UNK] [PAD] [cls] x[MASK]y [MASK][MASK]  [MASK]  .", "<s> </s> <mask> <pad> <unk> a <mask> b  <mask>  c <MASK> <s></s>",
    "<|startoftext|> <|endoftext|> a<|endoftext|>b <|STARTOFTEXT|> <|ENDOFTEXT|>! !<|StartOfText|> <| endoftext |> <|startoftext|",
    "an <extra> token <Extra> <EXTRA>x  <extra>  and Ünïque ünïque UNIQUE", "## ##a a##b # ### <#> &amp; &lt;b&gt;",
    "x" * 100, "x" * 101, "é" * 100, "é" * 101, "e\u0301" * 100, "ab" * 400, "漢" * 120, "a" * 5000, "1" * 300, "!" * 300, " " * 300,
    "word " * 300, "कि की कु क्षत्रिय श्री", "ก็ กี่ น้ำ ไทย", "لا إله إلا الله ﷺ ﷽ ﻻ", "שָׁלוֹם שָׁלוֹם", "ಠ_ಠ ༼ つ ◕_◕ ༽つ (╯°□°）╯︵ ┻━┻",
    "Z̷̡̛͔͎̗̭͉̽́̿͗͊a̴̢͖̻̩͗̀̎̕l̶̰̭̬̺̦͖̏g̵̘̰̼͕͖̈o̴̭̓̈́̐̊̚͝", "ⓐⓑⓒ 𝐛𝐨𝐥𝐝 𝔣𝔯𝔞𝔨 ｆｕｌｌｗｉｄｔｈ ＦＵＬＬ", "\u0e33 \u0f77 \u0344 \u0340\u0341 \u1fee \u2000",
    "ꙮ ᏣᎳᎩ Ꭰ ꭰ 𐐀 𐐨 Ჰ ა Ა ⴀ Ⴀ 𞤀 𞤢", "١٢٣ १२३ ๑๒๓ 一二三 ⅓ ¼ ৳১০", "\u0600\u06dd\u070f \u110bd\u2066\u2069\u061c\U000e0001",
]

ALPHABET = [
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "    \t\n\u00a0\u3000", ".,;:!?'\"()-_[]<>|#", "'s't're",
    "àéîõüçñÅØß", "\u0300\u0301\u0308\u0323\u0327\u0345\u05b0\u0e38", "漢字仮名中文", "가각힣각", "नमस्तेकि", "สวัสดีกำ", "مرحباالعربية", "😀👍🏽🇩🇪\u200d\ufe0f",
    "абвгдЯЖ", "αβγΣΩ", "\u0000\u0001\u007f\u0085\u200b\ufeff\ufffd",
]


def fuzz(generator, count):
    """Texts of characters that have something to do with each other, and of any scalars."""
    texts = []
    for number in range(count):
        groups = generator.sample(ALPHABET, generator.randint(1, 4))
        text = "".join(generator.choice(generator.choice(groups)) for _ in range(generator.randint(1, 40)))
        if number % 4 == 0:
            scalars = [code for code in (generator.randrange(0x11_0000) for _ in range(6)) if not 0xD800 <= code <= 0xDFFF]
            text += "".join(map(chr, scalars))
        texts.append(text)
    return texts


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def save_bert(folder, lowercase):
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=700, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    count = len(vocabulary)
    # Added tokens beyond the vocabulary; one looked for in the text as it is, one in the normalised text.
    extra = [AddedToken("<extra>", lstrip=True, rstrip=not lowercase, normalized=False), AddedToken("Ünïque", normalized=True)]
    tokenizer.add_tokens(extra)
    if lowercase:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    else:
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.decoder = decoders.WordPiece()
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token, _ in vocabulary))
    decoder = {str(index): dict(content=token, lstrip=False, normalized=False, rstrip=False, single_word=False, special=True)
               for index, token in enumerate(special)}
    for index, token in enumerate(extra):
        decoder[str(count + index)] = dict(
            content=token.content, lstrip=token.lstrip, normalized=token.normalized, rstrip=token.rstrip, single_word=False,
            special=False)
    write_json(folder / "tokenizer_config.json", dict(
        do_lower_case=lowercase, strip_accents=None, tokenize_chinese_chars=True, unk_token="[UNK]", sep_token="[SEP]",
        pad_token="[PAD]", cls_token="[CLS]", mask_token="[MASK]", model_max_length=512, tokenizer_class="BertTokenizer",
        added_tokens_decoder=decoder))


def trained_merges(normalizer, pre_tokenizer, suffix):
    tokenizer = Tokenizer(models.BPE(**(dict(end_of_word_suffix=suffix) if suffix else {})))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=900, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False,
        **(dict(end_of_word_suffix=suffix) if suffix else {}))
    tokenizer.train_from_iterator(SENTENCES, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge) for merge in merges]


def save_byte_pairs(folder, vocabulary, merges, config):
    write_json(folder / "vocab.json", vocabulary)
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    write_json(folder / "tokenizer_config.json", config)


def save_roberta(folder, space):
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=space)
    merges = trained_merges(None, pre_tokenizer, "")
    tokens = ["<s>", "<pad>", "</s>", "<unk>"] + letters + list(dict.fromkeys(a + b for a, b in merges)) + ["<mask>"]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens([
        *(AddedToken(token, normalized=space) for token in tokens[:4]), AddedToken("<mask>", lstrip=True, normalized=False)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, space)
    tokenizer.decoder = decoders.ByteLevel()
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    mask = dict(__type="AddedToken", content="<mask>", lstrip=True, normalized=False, rstrip=False, single_word=False)
    save_byte_pairs(folder, vocabulary, merges, dict(
        add_prefix_space=space, bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>", unk_token="<unk>",
        pad_token="<pad>", mask_token=mask, model_max_length=512, tokenizer_class="RobertaTokenizer"))


CLIP_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def save_clip(folder, published):
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    pattern = CLIP_PATTERN if published else r"<\|startoftext\|>|<\|endoftext\|>|" + CLIP_PATTERN
    pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    merges = trained_merges(normalizer, pre_tokenizer, "</w>")
    ends = [letter + "</w>" for letter in letters]
    if published:  # Bytes without a token become the unknown one.
        ends = [end for end in ends if end not in ("Ł</w>", "z</w>", "!</w>")]
        merges = [(a, b) for a, b in merges if "Ł</w>" not in b and "z</w>" not in b and "!</w>" not in b]
    tokens = letters + ends + list(dict.fromkeys(a + b for a, b in merges))
    tokens = list(dict.fromkeys(tokens)) + ["<|startoftext|>", "<|endoftext|>"]
    known = set(tokens)
    merges = [(a, b) for a, b in merges if a in known and b in known]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    start, end = len(tokens) - 2, len(tokens) - 1
    tokenizer = Tokenizer(models.BPE(
        vocab=vocabulary, merges=merges, unk_token="<|endoftext|>", continuing_subword_prefix="", end_of_word_suffix="</w>",
        fuse_unk=False))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens([
        AddedToken(token, normalized=published) for token in ("<|startoftext|>", "<|endoftext|>")])
    tokenizer.post_processor = processors.RobertaProcessing(
        ("<|endoftext|>", end), ("<|startoftext|>", start), False, False)
    tokenizer.decoder = decoders.ByteLevel()
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    special = {f"{role}_token": "<|endoftext|>" for role in ("unk", "eos", "pad")} | {"bos_token": "<|startoftext|>"}
    save_byte_pairs(folder, vocabulary, merges, special | dict(model_max_length=77, tokenizer_class="CLIPTokenizer"))


def json_ids(folder, texts, maximum):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(maximum)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def file_ids(folder, texts, maximum):
    kind = {"bert": BertTokenizer, "robe": RobertaTokenizer, "clip": CLIPTokenizer}[folder.name[:4]]
    with tempfile.TemporaryDirectory() as bare:
        for file in folder.iterdir():
            if file.name != "tokenizer.json":
                shutil.copy(file, bare)
        return kind.from_pretrained(bare)(texts, truncation=True, max_length=maximum)["input_ids"]


def sweep(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    normalize = tokenizer.normalizer.normalize_str if tokenizer.normalizer else str
    split, is_bytes, decode = tokenizer.pre_tokenizer.pre_tokenize_str, folder.name[:4] != "bert", decoders.ByteLevel().decode
    sums = []
    for block in range(0, 0x110000, 4096):
        lines = []
        for code in range(block, block + 4096):
            if 0xD800 <= code <= 0xDFFF:
                continue
            c = chr(code)
            words = [word for word, _ in split(normalize(f"a{c}b {c}1 A{c}\u0323\u0345{c}"))]
            lines += [(decode([word]) if is_bytes else word) + "\x1f" for word in words]
        sums.append(zlib.crc32("".join(lines).encode()))
    return sums


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    generator = random.Random(options.seed)
    if options.seed:
        generator.shuffle(SENTENCES)

    root = options.output / "tokenizers"
    shutil.rmtree(root, ignore_errors=True)
    save_bert(root / "bert-uncased", True)
    save_bert(root / "bert-cased", False)
    save_roberta(root / "roberta", False)
    save_roberta(root / "roberta-space", True)
    save_clip(root / "clip", False)
    save_clip(root / "clip-published", True)

    texts = TEXTS + fuzz(generator, 120)
    cases = []
    for folder in sorted(root.iterdir()):
        for maximum in (77, 8):
            ids = json_ids(folder, texts, maximum)
            cases.append(dict(folder=folder.name, form="json", maximum=maximum, ids=ids))
            files = file_ids(folder, texts, maximum)
            print(folder.name, maximum, "tokens", sum(map(len, ids)), "texts that differ by form",
                  sum(a != b for a, b in zip(ids, files)))
            cases.append(dict(folder=folder.name, form="files", maximum=maximum, ids=files))
    note = f"tools/references/subwords.py with tokenizers {tokenizers.__version__}"
    write_json(options.output / "tokenizer-ids.json", dict(written_by=note, texts=texts, cases=cases))
    names = ["bert-uncased", "bert-cased", "roberta", "clip"]
    write_json(options.output / "tokenizer-sweep.json", dict(
        written_by=note, sums={name: sweep(root / name) for name in names}))
    for file in root.rglob("*"):
        if file.is_file():
            file.chmod(0o644)


if __name__ == "__main__":
    main()
