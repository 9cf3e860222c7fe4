"""Readers of the formats, as unforgiving as the standards and as generous as programs are; written for tests alone."""

import re

_TAG = re.compile(r"([A-Z][A-Z0-9])  - (.*)")
_ENTRY = re.compile(r"@(\w+)\{([^\s,{}\"#%~\\]+),\n")
_FIELD = re.compile(r"  ([a-z]+) = ")


def ris(text: str) -> list[dict[str, list[str]]]:
    """The records of a RIS file. Any character that some program takes for the end of a line is one here."""
    records: list[dict[str, list[str]]] = []
    now: dict[str, list[str]] | None = None
    for line in text.splitlines():
        if not line:
            assert now is None
            continue
        found = _TAG.fullmatch(line)
        assert found, line
        tag, value = found.groups()
        if now is None:
            assert tag == "TY"
            now = {}
        if tag == "ER":
            records.append(now)
            now = None
            continue
        assert tag != "TY" or not now
        now.setdefault(tag, []).append(value)
    assert now is None
    return records


def bibtex(text: str) -> list[dict[str, str]]:
    """The entries of a BibTeX file: braces count also behind a backslash, as they do for BibTeX itself."""
    entries = []
    place = 0
    while place < len(text):
        head = _ENTRY.match(text, place)
        assert head, text[place : place + 80]
        entry = {"ENTRYTYPE": head[1], "ID": head[2]}
        place = head.end()
        while not text.startswith("}\n\n", place):
            name = _FIELD.match(text, place)
            assert name, text[place : place + 80]
            value, place = _value(text, name.end())
            assert name[1] not in entry
            entry[name[1]] = value
            assert text[place] in ",\n"
            place += 2 if text[place] == "," else 1
        entries.append(entry)
        place += 3
    return entries


def _value(text: str, place: int) -> tuple[str, int]:
    if text[place] != "{":
        word = re.compile(r"[a-z]{3}").match(text, place)
        assert word
        return word[0], word.end()
    depth, start = 0, place
    while True:
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        place += 1
        if depth == 0:
            return text[start + 1 : place - 1], place


_MEANT = {
    r"\textbackslash{}": "\\", r"\textbraceleft{}": "{", r"\textbraceright{}": "}", r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^", **{f"\\{sign}": sign for sign in "$&%#_"},
}  # fmt: skip
_COMMAND = re.compile("|".join(map(re.escape, _MEANT)))


def printed(text: str) -> str:
    """What LaTeX prints of a field. Any command or group but those of the escapes is a failure."""
    assert re.fullmatch(r"[^\\{}$&%#_~^]*", _COMMAND.sub("", text)), text
    return _COMMAND.sub(lambda found: _MEANT[found[0]], text)
