"""The gold table of pairs, written by hand before the comparison was first run. What must come of each stands beside it.

``merge`` and ``link`` are candidates for a person, ``blocked`` is set aside with
a reason, ``nothing`` never reaches the queue. Titles are real ones or vary them.
"""

from typing import NamedTuple

from app.citations.draft import Author, CitationDraft, CorrectionLink, Identifier, Journal, Term, TextPart


class Pair(NamedTuple):
    """Two records and what must come of them."""

    name: str
    first: CitationDraft
    second: CitationDraft
    wanted: str


def record(
    title: str | None, by: str | None = None, year: int | None = None, where: str | None = None, **more: object
) -> CitationDraft:
    """A record in one line: title, first author's family name, year, and ``Journal;volume:pages``."""
    journal, _, place = (where or "").partition(";")
    volume, _, pages = place.partition(":")
    found = [Identifier(scheme, str(more.pop(scheme))) for scheme in ("pmid", "doi") if scheme in more]
    types = tuple(Term(str(name)) for name in more.pop("types", ()))  # type: ignore[attr-defined]  # a tuple of words
    abstract = more.pop("abstract", None)
    return CitationDraft(
        source="pubmed" if found and found[0].scheme == "pmid" else "ris",
        identifiers=tuple(found),
        title=title,
        authors=(Author(family=by),) if by else (),
        issued_on=str(year) if year else None,
        journal=Journal(abbreviation=journal) if journal else None,
        volume=volume or None,
        pages=pages or None,
        publication_types=types,
        texts=(TextPart(str(abstract)),) if abstract else (),
        **more,  # type: ignore[arg-type]  # further fields of the draft
    )


COMPLEX = "A Complex Case of Kratom Dependence, Depression, and Chronic Pain in Opioid Use Disorder"
EFFECTS = ": Effects of Buprenorphine in Clinical Management"
PANIC = "Respiratory failure in a patient who used kratom and quetiapine"
LEAVES = "Effects of alkaloid-rich extract from Mitragyna speciosa leaves on naloxone-precipitated withdrawal"

PAIRS = (
    Pair("an unidentified report and PubMed's record of it",
         record(COMPLEX + EFFECTS, "Bowe", 2020, "J Psychoactive Drugs;52:447-452"),
         record(COMPLEX + EFFECTS + ".", "Bowe", 2020, "J Psychoactive Drugs;52:447-452", pmid=32314681), "merge"),
    Pair("a title cut off by a reference manager",
         record(COMPLEX, "Bowe", 2020, "J Psychoactive Drugs"),
         record(COMPLEX + EFFECTS, "Bowe", 2020, "J Psychoactive Drugs;52:447-452", pmid=32314681), "merge"),
    Pair("capitals, Greek letters and a slip of the pen",
         record("Effects of 7-Hydroxymitragynine on the α2 adrenoceptor in rats", "Obeng", 2020),
         record("EFFECTS OF 7-HYDROXYMITRAGYNINE ON THE ALPHA2 ADRENOCEPTER IN RATS", "Obeng", 2020), "merge"),
    Pair("electronic in December, in print in January",
         record(PANIC, "Hughes", 2018, "Oxf Med Case Reports", doi="10.1093/omcr/1"),
         record(PANIC, "Hughes", 2019, "Oxf Med Case Reports;2019:1-3", pmid=30949356), "merge"),
    Pair("a journal in full and in short",
         record("Kratom withdrawal in a neonate", "Smid", 2018, "Obstetrics and Gynecology;132:926-928"),
         record("Kratom withdrawal in a neonate", "Smid", 2018, "Obstet Gynecol;132:926-928", pmid=30204686), "merge"),
    Pair("a title and nothing else",
         record("Mitragynine reduced morphine-induced conditioned place preference and withdrawal in rodents"),
         record("Mitragynine reduced morphine-induced conditioned place preference and withdrawal in rodents", "Japarin",
                2023, "Sci Rep;13:1", pmid=37200000), "merge"),
    Pair("no title, but author, year and journal",
         record(None, "Swogger", 2015, "J Psychoactive Drugs"),
         record("Experiences of Kratom Users: A Qualitative Analysis", "Swogger", 2015,
                "J Psychoactive Drugs;47:360-7", pmid=26595229), "merge"),
    Pair("a retracted article and its record from before",
         record("RETRACTED: Kratom leaf improves sleep in rats", "Doe", 2020, "J Sleep Res;5:10"),
         record("Kratom leaf improves sleep in rats", "Doe", 2020, "J Sleep Res;5:10", pmid=33000001), "merge"),
    Pair("PubMed indexed one article twice",
         record(PANIC, "Hughes", 2019, "Oxf Med Case Reports;2019:1-3", pmid=30949356),
         record(PANIC, "Hughes", 2019, "Oxf Med Case Reports;2019:1-3", pmid=30999999), "merge"),
    Pair("Part II and Part 2",
         record("Alkaloids of Mitragyna, Part II", "Shellard", 1974, "Bull Narc;26:41"),
         record("Alkaloids of Mitragyna. Part 2", "Shellard", 1974, "Bull Narc;26:41"), "merge"),
    Pair("thousands with and without a comma",
         record("A survey of 1,000 people who take kratom for pain", "Grundmann", 2017),
         record("A survey of 1000 people who take kratom for pain", "Grundmann", 2017), "merge"),
    Pair("Part I and Part II",
         record("Alkaloids of Mitragyna, Part I", "Shellard", 1974, "Bull Narc;26:41"),
         record("Alkaloids of Mitragyna, Part II", "Shellard", 1974, "Bull Narc;26:51"), "blocked"),
    Pair("a second part whose first does not call itself one",
         record("The alkaloids of Mitragyna speciosa and their uses", "Shellard", 1974),
         record("The alkaloids of Mitragyna speciosa and their uses: part two", "Shellard", 1974), "blocked"),
    Pair("a series by year",
         record("Annual report of the poison centers' data system: kratom, 2014", "Mowry", 2015),
         record("Annual report of the poison centers' data system: kratom, 2015", "Mowry", 2016), "blocked"),
    Pair("case 1 and case 2",
         record("Kratom-induced cholestatic liver injury: case 1", "Osborne", 2019),
         record("Kratom-induced cholestatic liver injury: case 2", "Osborne", 2019), "blocked"),
    Pair("an article and the reply to it",
         record(LEAVES, "Cheaha", 2017, "J Ethnopharmacol;208:129-137", pmid=28687504),
         record("Reply to: " + LEAVES, "Cheaha", 2017, "J Ethnopharmacol;210:1"), "blocked"),
    Pair("an article and its erratum",
         record(LEAVES, "Cheaha", 2017, "J Ethnopharmacol;208:129-137", pmid=28687504),
         record(LEAVES, "Cheaha", 2018, "J Ethnopharmacol;211:9", pmid=28999999, types=("Published Erratum",)), "blocked"),
    Pair("an article and its correction, by the title",
         record(LEAVES, "Cheaha", 2017), record("Correction: " + LEAVES, "Cheaha", 2018), "blocked"),
    Pair("an article and a comment on it",
         record(PANIC, "Hughes", 2019), record("Comment on: " + PANIC, "Boyer", 2019), "blocked"),
    Pair("an article and the notice that retracts it",
         record("Kratom leaf improves sleep in rats", "Doe", 2020, "J Sleep Res;5:10"),
         record("Retraction: Kratom leaf improves sleep in rats", "Doe", 2021, "J Sleep Res;6:1"), "blocked"),
    Pair("an article and the comment that PubMed ties to it",
         record(PANIC, "Hughes", 2019, "Oxf Med Case Reports", pmid=30949356),
         record(PANIC, "Hughes", 2019, "Oxf Med Case Reports", pmid=30949999,
                corrections=(CorrectionLink("CommentOn", "30949356"),)), "blocked"),
    Pair("a systematic review and its update",
         record("Opioid antagonists for opioid withdrawal", "Gowing", 2014, "Cochrane Database Syst Rev", pmid=24500948),
         record("Opioid antagonists for opioid withdrawal", "Gowing", 2017, "Cochrane Database Syst Rev", pmid=28553701,
                corrections=(CorrectionLink("UpdateOf", "24500948"),)), "blocked"),
    Pair("a preprint by its type and the article",
         record("Kratom use and sleep quality among adults in the United States", "Smith", 2022, pmid=35900001,
                types=("Preprint",), doi="10.1101/2022.07.01.22277154"),
         record("Kratom use and sleep quality among US adults", "Smith", 2023, "Sleep;46:1", pmid=36900001,
                doi="10.1093/sleep/zsad001"), "link"),
    Pair("a preprint by its DOI and the article",
         record(LEAVES, "Cheaha", 2016, doi="10.21203/rs.3.rs-1/v1"),
         record(LEAVES, "Cheaha", 2017, "J Ethnopharmacol;208:129-137", pmid=28687504, doi="10.1016/j.jep.2017.07.008"),
         "link"),
    Pair("a preprint that PubMed ties to the article, under another title",
         record("What people tell of kratom", "Smith", 2021, pmid=34000001, types=("Preprint",),
                corrections=(CorrectionLink("UpdateIn", "35000001"),)),
         record("A content analysis of posts about kratom withdrawal", "Smith", 2022, "Addiction;117:1", pmid=35000001),
         "link"),
    Pair("the same short title in one journal, years apart",
         record("Editorial", "Boyer", 2008, "Addiction;103:1", pmid=18000001),
         record("Editorial", "West", 2015, "Addiction;110:1", pmid=25000001), "nothing"),
    Pair("a column that has one name, two articles",
         record("Drug of abuse of the month in clinical toxicology", "Smith", 2014, "Clin Toxicol;52:1", pmid=24000001,
                doi="10.3109/1"),
         record("Drug of abuse of the month in clinical toxicology", "Smith", 2014, "Clin Toxicol;52:90", pmid=24000002,
                doi="10.3109/2"), "nothing"),
    Pair("two papers of one author in one year",
         record("Prevalence of kratom use disorder among adults", "Smith", 2022, "Addiction;117:1"),
         record("Need for clarity in case reports on kratom assessment", "Smith", 2022, "Subst Abus;43:1"), "nothing"),
    Pair("nothing but an author and a year",
         record(None, "Huisman", 2023), record("Kratom and the liver of the rat", "Huisman", 2023, "Toxicon;1:1"), "nothing"),
    Pair("the same words about mice and about rats, by others",
         record("Mitragynine reduces morphine withdrawal in mice", "Harun", 2020, "Planta Med;1:2"),
         record("Mitragynine reduces morphine withdrawal in rats", "Jamil", 2013, "J Ethnopharmacol;3:4"), "nothing"),
)  # fmt: skip
