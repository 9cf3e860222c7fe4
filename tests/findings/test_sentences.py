"""Cutting abstracts into sentences, and which of them may report a result."""

import gzip
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citations.draft import CitationDraft
from app.findings.sentences import around, kind_of, sentences
from app.findings.wording import directions_said, names_outcome
from app.importing.pubmed.parser import Tally, read_records
from app.kit.verbatim import Span

CUT = [
    ("Users slept badly. Some did not.", ["Users slept badly.", "Some did not."]),
    ("Kratom vs. placebo was compared. 12 took it.", ["Kratom vs. placebo was compared.", "12 took it."]),
    ("See Smith et al. Kratom is new.", ["See Smith et al. Kratom is new."]),
    ("It was 0.5 mg. (See Fig. 2.) Why? Nobody knows!", ["It was 0.5 mg.", "(See Fig. 2.)", "Why?", "Nobody knows!"]),
    ("It rose (p < .05). “Kratom,” they said.", ["It rose (p < .05).", "“Kratom,” they said."]),
    ("In M. Speciosa leaves", ["In M. Speciosa leaves"]),
    ("  No end", ["No end"]),
    ("", []),
]  # fmt: skip

KINDS = [
    ("Kratom is a tree of South-East Asia.", None, "background"),
    ("Little is known about sleep in users.", None, "background"),
    ("Insomnia may follow.", None, "background"),
    ("We aimed to describe insomnia in users.", None, "aim"),
    ("Insomnia was measured with the ISI.", None, "methods"),
    ("Twelve of 40 users reported insomnia.", None, "result"),
    ("A man presented with seizures after taking kratom.", None, "result"),
    ("Further research on insomnia is needed.", None, "plan"),
    ("Twelve of 40 users reported insomnia.", "BACKGROUND", "background"),
    ("Twelve of 40 users reported insomnia.", "Aims", "aim"),
    ("Twelve of 40 users reported insomnia.", "METHODS", "methods"),
    ("Insomnia was measured and had risen.", "RESULTS", "result"),
    ("Kratom is linked to insomnia.", "CONCLUSIONS", "result"),
    ("Further research on insomnia is needed.", "CONCLUSIONS", "plan"),
]


@pytest.mark.parametrize(("text", "expected"), CUT)
def test_a_text_is_cut_where_a_sentence_ends(text: str, expected: list[str]) -> None:
    assert expected == [text[start:end] for start, end in sentences(text)]


@given(st.lists(st.sampled_from(["A", "b.", "C. ", "vs. ", "?", " ", "(1)", "\n", "”", "é"])).map("".join))
def test_sentences_leave_out_white_space_only(text: str) -> None:
    spans = list(sentences(text))
    kept = "".join(text[start:end] for start, end in spans)

    assert text.split() == " ".join(text[start:end] for start, end in spans).split()
    assert len(kept) <= len(text)
    assert spans == sorted(spans)


def test_words_are_seen_in_their_whole_sentences() -> None:
    text = "First one. Second one. Third one."

    assert "Second one." == around(text, Span(11, 15))
    assert "First one. Second one." == around(text, Span(6, 15))


@pytest.mark.parametrize(("sentence", "label", "expected"), KINDS)
def test_background_aims_methods_and_plans_are_told_from_results(
    sentence: str, label: str | None, expected: str
) -> None:
    assert expected == kind_of(sentence, label)


Key = tuple[str, int, int, str]


@pytest.mark.shared
def test_suggestions_for_labelled_abstracts_are_mostly_right_and_mostly_there(shared_files: Path) -> None:
    """Sentence labels made by hand on 54 real abstracts, as ``GUIDE.md`` beside them says."""
    gold: defaultdict[Key, set[str]] = defaultdict(set)
    for line in (shared_files / "data/gold/dev.jsonl").read_bytes().splitlines():
        one = msgspec.json.decode(line)
        gold[one["pmid"], one["part"], one["i"], one["outcome"]].add(one["direction"])
    with gzip.open(shared_files / "data/pubmed/on_topic.xml.gz") as file:
        drafts = {each.pmid or "": each for each in read_records(file, Tally()) if isinstance(each, CitationDraft)}
    asked = {(pmid, outcome) for pmid, _, _, outcome in gold}
    offered: dict[Key, frozenset[str]] = {}
    for pmid, outcome in asked:
        for part, text in enumerate(drafts[pmid].texts):
            for i, (start, end) in enumerate(sentences(text.text)):
                words = text.text[start:end]
                if names_outcome(words, outcome) and kind_of(words, text.label) == "result":
                    offered[pmid, part, i, outcome] = directions_said(words, outcome)
    right = offered.keys() & gold.keys()
    told = [key for key in right if offered[key]]
    agreeing = [key for key in told if gold[key] & offered[key]]

    assert len(right) / len(offered) >= 0.75
    assert len(right) / len(gold) >= 0.68
    assert len(agreeing) / len(told) >= 0.75
