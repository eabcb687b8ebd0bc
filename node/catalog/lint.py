"""The words that advertising law forbids, in Chinese and English (广告法 Art. 9(3); domain lists).

Every text that the node shows or speaks passes here. A hard word refuses the text; a soft one is
a claim that needs evidence. The lists are engineering's reading, to be checked by counsel.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_HARD: Final = re.compile(
    "国家级|最高级|最佳(?!赏味期)|世界级|全球第一|全网第一|销量第一|顶级|极品|独一无二|史无前例"
    "|万能|永久|包治|根治"
)
# 第一 before a counter is a number; 最近 and 最后 are not on the list, hence never met.
_SOFT: Final = re.compile("第一(?![集步次天])|唯一|首选|首个|最好|最低|最便宜")
_SOFT_ENGLISH: Final = re.compile(
    r"\bbest\s+ever\b|\bcheapest\b|\bno\.\s*1\b|\bnumber\s+one\b|\bguaranteed\s+cure\b"
)
# A quoted trade mark is a name, not a claim; the mark must say so itself, or quoting would dodge.
_TRADE_MARK: Final = re.compile(r"(?:“[^”]{1,20}”|「[^」]{1,20}」|\"[^\"]{1,20}\")\s?[®™]")


@dataclass(frozen=True, slots=True)
class Words:
    """The words found in a text, in its order, each once."""

    hard: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()


def lint(text: str) -> Words:
    """The hard and soft words of `text`.

    Full-width letters count as plain ones, and spaces or invisible characters within a Chinese
    word do not hide it. A soft word inside a hard one (第一 in 全网第一) counts as hard only.
    """
    plain = unicodedata.normalize("NFKC", _TRADE_MARK.sub(" ", text)).casefold()
    dense = "".join(char for char in plain if not char.isspace() and char.isprintable())
    hard = _HARD.findall(dense)
    soft = _SOFT.findall(_HARD.sub(" ", dense)) + _SOFT_ENGLISH.findall(plain)
    return Words(tuple(dict.fromkeys(hard)), tuple(dict.fromkeys(soft)))
