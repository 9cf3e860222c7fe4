"""Search texts that nobody means well with: a list of nasty ones, and random ones, the same for the same seed."""

import random
from collections.abc import Iterator

_COMMON = [
    "patients",
    "cells",
    "treatment",
    "results",
    "study",
    "clinical",
    "human",
    "effect",
    "activity",
    "disease",
    "group",
    "blood",
    "rats",
    "protein",
    "increase",
    "levels",
    "method",
    "response",
    "tissue",
    "normal",
    "control",
    "data",
    "cases",
    "time",
    "acid",
    "plasma",
    "serum",
    "liver",
    "brain",
    "heart",
    "lung",
    "kidney",
    "muscle",
    "bone",
    "skin",
    "cancer",
    "tumor",
]
_PREFIXES = [
    "con",
    "pro",
    "int",
    "pre",
    "tra",
    "dis",
    "per",
    "sub",
    "res",
    "str",
    "inf",
    "com",
    "ant",
    "hyp",
    "mic",
    "met",
    "car",
    "the",
    "ana",
    "exp",
]
_PIECES = (
    *_COMMON, *"()[]\"*:-—&#!?~/^,.;'＊（“<>%_\\{}|\0\n\t", "AND", "OR", "NOT", "NEAR", "[ti]", "[au]", "[dp]", "[zz]", "sleep*",
    "co*", '"of the', "2015:2024[dp]", "10.1000/x", "α", "ß", "漢字", "\u200b", "\U0001f600", "\u0301", "' OR 1=1 --", "x'00'",
    "{title}:", "tags : a", "rowid", "citation_index", "kratom:*", "!!", "<->", "·pt·", "¦",
)  # fmt: skip

NASTY = (
    " OR ".join(f"{each}*" for each in _PREFIXES),
    " AND ".join(f"{each}*" for each in _PREFIXES),
    " OR ".join(f'"of the {each}*"' for each in _PREFIXES),
    " OR ".join((_COMMON * 5)[:190])[:1_990],
    "(" + " OR ".join(_COMMON[:20]) + ") AND (" + " OR ".join(_COMMON[20:]) + ")",
    "patients NOT (" + " OR ".join(_COMMON[1:]) + ")",
    "patients" + " NOT cells OR treatment" * 80,
    "(" * 50 + "patients" + ")" * 50,
    "(" * 60 + "patients" + ")" * 60,
    "patients" + " OR 1[pmid] AND cells" * 60,
    "1000:2999[dp]",
    " OR ".join(f"{year}[dp]" for year in range(1900, 2020)),
    "a " * 200,
    '"' + "of the " * 200 + '"',
    '"' + "of the " * 30 + '"',
    "k" * 2_000,
    "k" * 2_001,
    "α" * 2_000,
    "\u0301" * 500,
    "the", "of", '"of the"', "*", '"', "((", "))", "[ti]", "AND", "NOT", "a AND", "' OR 1=1 --", "x; DROP TABLE citation; --",
    "\0", "\ud7ff", "{title} : x", "tags : x", "x*y", "NEAR(a b, 5)", "^kratom", "kratom:*", "'a' <-> 'b'", "·pt·review", "¦",
    "%00", "\U0001f600",
)  # fmt: skip


def random_texts(number: int, seed: int = 1) -> Iterator[str]:
    """Texts made of pieces of the language and of any characters."""
    chance = random.Random(seed)  # noqa: S311 - the same texts every time
    for _ in range(number):
        if chance.random() < 0.2:
            yield "".join(chr(chance.randrange(1, 0xD800)) for _ in range(chance.randrange(1, 60)))
        else:
            joint = chance.choice(("", " ", " ", " AND ", " OR "))
            yield joint.join(chance.choices(_PIECES, k=chance.randrange(1, 14)))
