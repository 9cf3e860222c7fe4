"""A few thousand documents by their texts, and which of them a tree asks for: what ``syntax.matches`` says, of all at once.

Documents share texts (the title of a study with all its findings), and each
different text is looked at once for a term, as one string. Nothing here knows where documents are from.
"""

from collections.abc import Mapping

from pyroaring import BitMap

from app.kit.tokens import fold
from app.search.syntax import Both, Document, Joint, Leaf, Term, Tree, Without, Years, collapse, field_of


class DocumentSets:
    """Documents by number."""

    def __init__(self, documents: Mapping[int, Document]) -> None:
        self._of_text: dict[str, dict[str, BitMap]] = {}
        self._folded: dict[str, list[tuple[str, BitMap]]] = {}
        for number, document in documents.items():
            for part, texts in document.items():
                having = self._of_text.setdefault(part, {})
                for text in texts:
                    having.setdefault(text, BitMap()).add(number)

    def matching(self, tree: Tree) -> BitMap:
        """The numbers of the documents that are what ``tree`` asks for."""
        return collapse(tree, self._holding, _cut)

    def _holding(self, leaf: Leaf) -> BitMap:
        if isinstance(leaf, Years):
            years = self._of_text.get("year", {})
            return BitMap.union(
                BitMap(), *(found for year, found in years.items() if leaf.first <= int(year) <= leaf.last)
            )
        field = field_of(leaf)
        if field.holds == "identifier":
            having = (self._of_text.get(part, {}).get(leaf.words[0], BitMap()) for part in field.parts)
            return BitMap.union(BitMap(), *having)
        sought = _Sought(leaf, whole=field.holds == "name")
        return BitMap.union(
            BitMap(), *(found for part in field.parts for text, found in self._texts(part) if sought.stands_in(text))
        )

    def _texts(self, part: str) -> list[tuple[str, BitMap]]:
        """The different texts of a part, folded, with a space at both ends so that a word is found as one."""
        known = self._folded.get(part)
        if known is None:
            known = [(f" {fold(text)} ", found) for text, found in self._of_text.get(part, {}).items()]
            self._folded[part] = known
        return known


class _Sought:
    """The words of a term as they stand in a folded text."""

    def __init__(self, term: Term, *, whole: bool) -> None:
        self._words = f" {' '.join(term.words)}{'' if term.truncated else ' '}"
        self._whole, self._truncated = whole, term.truncated

    def stands_in(self, text: str) -> bool:
        if not self._whole:
            return self._words in text
        return text.startswith(self._words) if self._truncated else text == self._words


def _cut(joint: Joint, parts: list[BitMap]) -> BitMap:
    if isinstance(joint, Without):
        return parts[0] - parts[1]
    return BitMap.intersection(*parts) if isinstance(joint, Both) else BitMap.union(*parts)
