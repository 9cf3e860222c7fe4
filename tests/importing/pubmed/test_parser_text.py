"""Texts and dates: what a reader sees on PubMed's page is what is stored, and nothing is invented."""

import pytest

from app.citations.draft import TextPart
from app.importing.pubmed.parser import Tally
from tests.importing.pubmed.records import article, article_set, draft_of, read

MATH = "<mml:math xmlns:mml='http://www.w3.org/1998/Math/MathML'>{}</mml:math>"


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("Plain.", "Plain."),
        ("<i>First</i> is an element", "First is an element"),
        ("  laid\n   out\tin a file ", "laid out in a file"),
        ("thin\u2009space and\u00a0hard one", "thin\u2009space and\u00a0hard one"),
        ("café\n  κ", "café κ"),
        ("CO<sub>2</sub>", "CO₂"),
        ("10<sup>-3</sup>, 10<sup>−3</sup>", "10⁻³, 10⁻³"),
        ("5-HT<sub>1A</sub>", "5-HT1A"),
        ("C<sub>max</sub>", "Cₘₐₓ"),
        ("x<sup><i>n</i></sup>", "xⁿ"),
        ("Ca<sup>2+ </sup>now", "Ca²⁺ now"),
        ("H<sub>2<sub>3</sub></sub>", "H2₃"),
        ("B --&gt; K*gamma &amp; &lt;b&gt;", "B --> K*gamma & <b>"),
        ("cut<!-- never --> by a comment", "cut by a comment"),
        ("cut<?pi never?> by an instruction", "cut by an instruction"),
        ("<![CDATA[a < b]]> &#38; c", "a < b & c"),
        ("nested <b>bold <i>italic</i> bold</b>.", "nested bold italic bold."),
        ("astral 𝛼 stays", "astral 𝛼 stays"),
        ("old\u0085line, Peri\u0099word", "old line, Periword"),
    ],
)
def test_a_title_is_the_text_people_read(xml: str, expected: str) -> None:
    assert expected == draft_of(f"<ArticleTitle>{xml}</ArticleTitle>").title


@pytest.mark.parametrize("title", ["", "<ArticleTitle/>", "<ArticleTitle>  </ArticleTitle>"])
def test_a_record_without_a_title_is_counted_and_read(title: str) -> None:
    tally = Tally()
    read(article_set(article(title)), tally)

    assert (1, 1) == (tally.records, tally.without_title)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("<mml:msub><mml:mi>V</mml:mi><mml:mn>2</mml:mn></mml:msub>", "V₂"),
        ("<mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup>", "x²"),
        ("<mml:msup><mml:mi>e</mml:mi><mml:mi>kt</mml:mi></mml:msup>", "e^kt"),
        ("<mml:msup><mml:mi>e</mml:mi><mml:mrow><mml:mi>k</mml:mi><mml:mo>/</mml:mo></mml:mrow></mml:msup>", "e^(k/)"),
        ("<mml:msubsup><mml:mi>x</mml:mi><mml:mn>1</mml:mn><mml:mn>2</mml:mn></mml:msubsup>", "x₁²"),
        (
            "<mml:mfrac><mml:mi>a</mml:mi><mml:mrow><mml:mi>b</mml:mi><mml:mo>+</mml:mo></mml:mrow></mml:mfrac>",
            "a/(b+)",
        ),
        ("<mml:msqrt><mml:mi>y</mml:mi></mml:msqrt>", "√y"),
        ("<mml:mroot><mml:mi>y</mml:mi><mml:mn>3</mml:mn></mml:mroot>", "³√y"),
        ("<mml:mover><mml:mi>V</mml:mi><mml:mo>.</mml:mo></mml:mover>", "V"),
        ("<mml:mover><mml:mi>V</mml:mi><mml:mi>max</mml:mi></mml:mover>", "V^max"),
        ("<mml:mi>p</mml:mi><mml:mo>=</mml:mo><mml:mn>1</mml:mn>", "p = 1"),
        ("<mml:mfenced><mml:mi>a</mml:mi><mml:mi>b</mml:mi></mml:mfenced>", "(a, b)"),
        ("<mml:mtable><mml:mtr><mml:mtd>1</mml:mtd><mml:mtd>2</mml:mtd></mml:mtr></mml:mtable>", "1, 2"),
        (
            "<mml:mmultiscripts><mml:mi>Xe</mml:mi><mml:mprescripts/><mml:none/><mml:mn>129</mml:mn></mml:mmultiscripts>",
            "¹²⁹Xe",
        ),
        ("<mml:munderover><mml:mo>∑</mml:mo><mml:mi>i</mml:mi><mml:mi>n</mml:mi></mml:munderover>", "∑ᵢⁿ"),
        ("<mml:mi>a</mml:mi><mml:mspace/><mml:mtext>of b</mml:mtext><mml:annotation>no</mml:annotation>", "a of b"),
        ("<mml:msub/><mml:mfrac/><mml:mmultiscripts/><mml:mtable/>", ""),
    ],
)
def test_a_formula_becomes_one_readable_line(formula: str, expected: str) -> None:
    draft = draft_of(f"<Abstract><AbstractText>[{MATH.format(formula)}]</AbstractText></Abstract>")

    assert (TextPart(f"[{expected}]"),) == draft.texts


def test_a_displayed_formula_is_part_of_the_sentence() -> None:
    formula = f"<DispFormula>{MATH.format('<mml:mi>y</mml:mi>')}</DispFormula>"
    draft = draft_of(f"<Abstract><AbstractText>so {formula} it is</AbstractText></Abstract>")

    assert (TextPart("so y it is"),) == draft.texts


def test_a_named_entity_of_a_dtd_that_was_never_loaded_is_read_as_its_character() -> None:
    doctype = '<!DOCTYPE PubmedArticleSet SYSTEM "http://127.0.0.1:9/never.dtd">'
    (draft,) = read(doctype + article_set(article("<ArticleTitle>a&eacute;b</ArticleTitle>")))

    assert "aéb" == getattr(draft, "title", None)


@pytest.mark.parametrize(
    ("date", "on", "raw"),
    [
        ("<Year>2019</Year><Month>Feb</Month><Day>8</Day>", "2019-02-08", "2019 Feb 8"),
        ("<Year>2019</Year><Month>06</Month>", "2019-06", "2019 06"),
        ("<Year>2019</Year><Month>6</Month>", "2019-06", "2019 6"),
        ("<Year>2019</Year><Month>September</Month>", "2019-09", "2019 September"),
        ("<Year>2019</Year>", "2019", "2019"),
        ("<Year>\n 2019 </Year>", "2019", "2019"),
        ("<Year>1990</Year><Season>Spring</Season>", "1990", "1990 Spring"),
        ("<Year>2019</Year><Month>Jan-Feb</Month><Day>3</Day>", "2019", "2019 Jan-Feb 3"),
        ("<Year>2019</Year><Month>Feb</Month><Day>30</Day>", "2019-02", "2019 Feb 30"),
        ("<Year>2019</Year><Day>3</Day>", "2019", "2019 3"),
        ("<Year>19</Year>", None, "19"),
        ("<Year>0000</Year>", None, "0000"),
        ("<MedlineDate>2010 Sep-Oct</MedlineDate>", "2010", "2010 Sep-Oct"),
        ("<MedlineDate>2000 Spring-Summer</MedlineDate>", "2000", "2000 Spring-Summer"),
        ("<MedlineDate>2000 Dec 23-30</MedlineDate>", "2000-12", "2000 Dec 23-30"),
        ("<MedlineDate>2000 Oct-2001 Mar</MedlineDate>", "2000", "2000 Oct-2001 Mar"),
        ("<MedlineDate>1944-1945</MedlineDate>", "1944", "1944-1945"),
        ("<MedlineDate>2000 Dec 23</MedlineDate>", "2000-12-23", "2000 Dec 23"),
        ("<MedlineDate>2000 Dec</MedlineDate>", "2000-12", "2000 Dec"),
        ("<MedlineDate>2000 Dec 30-Jan 5</MedlineDate>", "2000", "2000 Dec 30-Jan 5"),
        ("<MedlineDate>Fall 2017</MedlineDate>", "2017", "Fall 2017"),
        ("<MedlineDate>undated</MedlineDate>", None, "undated"),
        ("", None, None),
    ],
)
def test_a_date_is_as_exact_as_the_source_and_its_words_are_kept(date: str, on: str | None, raw: str | None) -> None:
    draft = draft_of(f"<Journal><JournalIssue><PubDate>{date}</PubDate></JournalIssue></Journal>")

    assert (on, raw) == (draft.issued_on, draft.issued_raw)


def test_an_article_date_of_another_kind_is_not_the_electronic_one() -> None:
    draft = draft_of('<ArticleDate DateType="Print"><Year>2031</Year></ArticleDate>')

    assert None is draft.electronic_on
    assert {"ArticleDate": ["Print:2031"]} == draft.extras


def test_pages_come_from_start_and_end_where_there_is_no_printed_form() -> None:
    assert "e7-e9" == draft_of("<Pagination><StartPage>e7</StartPage><EndPage>e9</EndPage></Pagination>").pages
    assert "e7" == draft_of("<Pagination><StartPage>e7</StartPage></Pagination>").pages


def test_a_label_of_the_source_is_kept_even_when_it_says_unlabelled() -> None:
    draft = draft_of('<Abstract><AbstractText Label="UNLABELLED">Text.</AbstractText></Abstract>')

    assert (TextPart("Text.", label="UNLABELLED"),) == draft.texts


def test_unknown_elements_are_counted_by_path_at_every_depth() -> None:
    tally = Tally()
    author = "<AuthorList><Author><LastName>A</LastName><Odd/></Author><Odd/></AuthorList>"
    read(article_set(article(author, data="<Odd/><History><Odd/></History>"), "<Odd/>"), tally)

    expected = {
        "PubmedArticle/MedlineCitation/Article/AuthorList/Author/Odd": 1,
        "PubmedArticle/MedlineCitation/Article/AuthorList/Odd": 1,
        "PubmedArticle/PubmedData/Odd": 1,
        "PubmedArticle/PubmedData/History/Odd": 1,
        "Odd": 1,
    }
    assert expected == tally.unknown
