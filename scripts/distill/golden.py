# ruff: noqa: RUF001, E501 - letters that look like others are the point
"""Record the answers of the original tokenizer to odd texts: ``python scripts/distill/golden.py FILE``."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from teacher import weights

UNKNOWN = 100
PLAIN = [
    "Fix crash when the store is empty",
    "doctor --deep",
    "Improve performance of tokenize() by 20-30% (see core/src/engine.py:42)",
    "don't; can't -- won't... #123 @someone <tag> {json: [1, 2]} C++ C# 3.14159e-10 $HOME/.config ~user a_b_c",
    "CamelCaseIdentifiers, snake_case_names and SCREAMING_CASE",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "tab\tnew\nline\r\nreturn\x0bvertical\x0cform",
    "nul\x00 bell\x07 escape\x1b[31mred\x1b[0m delete\x7f",
    " leading and trailing   ",
    "",
    "x" * 100 + " " + "x" * 101,
]
ODD = [
    "Zażółć gęślą jaźń — naïve café, Ångström, Mañana, Straße, İstanbul ıI, ﬁne ﬂow",
    "e\u0301 cafe\u0301 n\u0303 o\u0308\u0304 a\u0323\u0302",
    "Ελληνικά ΣΊΣΥΦΟΣ ὈΔΥΣΣΕΎΣ",
    "Привет, мир! Ёлка й Україна",
    "שלום עולם שָׁלוֹם",
    "مرحبا بالعالم مُحَمَّد",
    "नमस्ते दुनिया हिन्दी",
    "สวัสดีชาวโลก",
    "한국어 텍스트 각",
    "日本語のテキスト、仕様書を書く。カタカナ ガ",
    "中文字符測試，標點。㐀𠀀豈 mixed中文text",
    "👍 ok 👩‍👩‍👧‍👦 🇫🇷 ❤️ ☃ ♥ → ⇒ ✓ ✗ ©®™ °C µm ½ ² ₂ №",
    "“curly” ‘quotes’ «guillemets» – — … ‐ ‑ • § ¶ † ‡ ¿ ¡ · ، ؟ 。、！？「」【】",
    "non\u00a0breaking thin\u2009space ideographic\u3000space zero\u200bwidth joiner\u200dx soft\u00adhyphen bom\ufeffx",
    "line\u2028separator paragraph\u2029separator next\u0085line",
    "replacement\ufffd private\ue000use \U000f0000 \U0010ffff tag\U000e0001",
    "\u202eright to left\u202c \u2066isolate\u2069",
    "ℝ ℕ ℵ ∑ ∫ ∞ ≠ ≤ 𝐁𝐨𝐥𝐝 𝒮𝒸𝓇𝒾𝓅𝓉 ｆｕｌｌ ｗｉｄｔｈ",
    "Tiếng Việt có dấu: Đường đi",
    "ǅ ǈ ǋ ß ẞ ŉ ǰ ΐ և ﬀ Ⅷ Ⓐ",
    "ⴰⵣⵓⵍ ᚠᚢᚦ ꙮ ⰀⰁ 𐍈 𝄞 𓀀",
    "\u0300\u0301 lone marks \u20dd\u0488 enclosing",
]


def noise(seed: int = 7, count: int = 120) -> list[str]:
    """Letters drawn from all of Unicode 8, the version that the original knows, among plain ones."""
    source = random.Random(seed)
    ranges = [(0x20, 0x7E)] * 6 + [(0xA0, 0x24F), (0x250, 0x52F), (0x5D0, 0x7AD), (0x900, 0xE5B), (0x2000, 0x2BD1)]
    ranges += [(0x3000, 0x9FCC), (0xAC00, 0xD7A3), (0xE000, 0xFFFD), (0x10000, 0x10FFF), (0x1F300, 0x1F5FF)]
    return ["".join(chr(source.randint(*source.choice(ranges))) for _ in range(40)) for _ in range(count)]


def main(target: Path) -> None:
    """Write each text with its tokens."""
    from tokenizers import Tokenizer

    original = Tokenizer.from_file(str(weights() / "tokenizer.json"))
    original.no_truncation()
    original.no_padding()
    texts = PLAIN + ODD + noise()
    read = original.encode_batch(texts, add_special_tokens=False)
    cases = [
        {"text": text, "tokens": [one for one in tokens.ids if one != UNKNOWN]}
        for text, tokens in zip(texts, read, strict=True)
    ]
    lines = ",\n".join(json.dumps(case) for case in cases)
    target.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
