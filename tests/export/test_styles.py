"""Vancouver against the sample references of the ICMJE and *Citing Medicine*, APA against the Publication Manual (7th ed.)."""

from typing import Any

import pytest

from app.export import styles
from app.export.references import Person, Reference

Names = list[tuple[str, str]]


def people(*names: str) -> tuple[Person, ...]:
    """``Halpern SD`` → a person; a name in capital letters alone has no initials."""
    return tuple(Person(family=name.rpartition(" ")[0], initials=name.rpartition(" ")[2]) for name in names)


def article(*authors: Person, **fields: Any) -> Reference:
    return Reference(
        id=1, source="manual", source_type=fields.pop("source_type", "journal_article"), authors=authors, **fields
    )


TRANSPLANTS = {"title": "Solid-organ transplantation in HIV-infected patients", "journal_abbreviation": "N Engl J Med",
               "journal_title": "The New England Journal of Medicine", "issued_on": "2002-07-25", "volume": "347",
               "issue": "4", "pages": "284-7"}  # fmt: skip
CORTEX = {"title": "Regulation of interstitial excitatory amino acid concentrations after cortical contusion injury",
          "journal_abbreviation": "Brain Res", "issued_on": "2002", "volume": "935", "issue": "1-2", "pages": "40-6"}  # fmt: skip
BRAIN = ("Rose ME", "Huerbin MB", "Melick J", "Marion DW", "Palmer AM", "Schiding JK", "Kochanek PM", "Graham SH")
EMOTIONS = {"title": "Emotions in storybooks: A comparison of storybooks that represent ethnic and racial groups in the "
            "United States", "journal_title": "Psychology of Popular Media Culture", "issued_on": "2019", "volume": "8",
            "issue": "3", "pages": "207-217", "identifiers": (("doi", "10.1037/ppm0000185"),)}  # fmt: skip
REANALYSIS = (
    "Kalnay E", "Kanamitsu M", "Kistler R", "Collins W", "Deaven D", "Gandin L", "Iredell M", "Saha S", "White G",
    "Woollen J", "Zhu Y", "Chelliah M", "Ebisuzaki W", "Higgins W", "Janowiak J", "Mo KC", "Ropelewski C", "Wang J",
    "Leetmaa A", "Reynolds R", "Joseph D",
)  # fmt: skip

VANCOUVER = [
    (article(*people("Halpern SD", "Ubel PA", "Caplan AL"), **TRANSPLANTS),
     ("Halpern SD, Ubel PA, Caplan AL. Solid-organ transplantation in HIV-infected patients. N Engl J Med. 2002 Jul "
     "25;347(4):284-7.")),
    (article(*people(*BRAIN), **CORTEX),
     ("Rose ME, Huerbin MB, Melick J, Marion DW, Palmer AM, Schiding JK, et al. Regulation of interstitial excitatory amino "
     "acid concentrations after cortical contusion injury. Brain Res. 2002;935(1-2):40-6.")),
    (article(*people(*BRAIN[:6]), **CORTEX),
     ("Rose ME, Huerbin MB, Melick J, Marion DW, Palmer AM, Schiding JK. Regulation of interstitial excitatory amino "
     "acid concentrations after cortical contusion injury. Brain Res. 2002;935(1-2):40-6.")),
    (article(*people(*BRAIN[:7]), **CORTEX),
     ("Rose ME, Huerbin MB, Melick J, Marion DW, Palmer AM, Schiding JK, et al. Regulation of interstitial excitatory amino "
     "acid concentrations after cortical contusion injury. Brain Res. 2002;935(1-2):40-6.")),
    (article(Person(collective="Diabetes Prevention Program Research Group"),
             title="Hypertension, insulin, and proinsulin in participants with impaired glucose tolerance",
             journal_abbreviation="Hypertension", issued_on="2002", volume="40", issue="5", pages="679-686"),
     ("Diabetes Prevention Program Research Group. Hypertension, insulin, and proinsulin in participants with impaired "
     "glucose tolerance. Hypertension. 2002;40(5):679-86.")),
    (article(*people("Vallancien G", "Emberton M", "Harving N", "van Moorselaar RJ"), Person(collective="Alf-One Study Group"),
             title="Sexual dysfunction in 1,274 European men suffering from lower urinary tract symptoms",
             journal_abbreviation="J Urol", issued_on="2003", volume="169", issue="6", pages="2257-61"),
     ("Vallancien G, Emberton M, Harving N, van Moorselaar RJ; Alf-One Study Group. Sexual dysfunction in 1,274 European men "
     "suffering from lower urinary tract symptoms. J Urol. 2003;169(6):2257-61.")),
    (article(title="21st century heart solution may have a sting in the tail", journal_abbreviation="BMJ",
             issued_on="2002", volume="325", issue="7357", pages="184"),
     "21st century heart solution may have a sting in the tail. BMJ. 2002;325(7357):184."),
    (article(*people("Murray PR", "Rosenthal KS", "Kobayashi GS", "Pfaller MA"), source_type="book",
             title="Medical microbiology", edition="4th ed.", place="St. Louis", publisher="Mosby", issued_on="2002"),
     "Murray PR, Rosenthal KS, Kobayashi GS, Pfaller MA. Medical microbiology. 4th ed. St. Louis: Mosby; 2002."),
    (article(*people("Meltzer PS", "Kallioniemi A", "Trent JM"), source_type="book", place="New York",
             title="Chromosome alterations in human solid tumors", book_title="The genetic basis of human cancer",
             editors=("Vogelstein, B", "Kinzler, KW"), publisher="McGraw-Hill", issued_on="2002", pages="93-113"),
     ("Meltzer PS, Kallioniemi A, Trent JM. Chromosome alterations in human solid tumors. In: Vogelstein B, Kinzler KW, "
     "editors. The genetic basis of human cancer. New York: McGraw-Hill; 2002. p. 93-113.")),
    (article(*people("Borkowski MM"), source_type="thesis", place="Mount Pleasant (MI)", issued_on="2002",
             title="Infant sleep and feeding: a telephone survey of Hispanic Americans", publisher="Central Michigan University"),
     ("Borkowski MM. Infant sleep and feeding: a telephone survey of Hispanic Americans [dissertation]. Mount Pleasant (MI): "
     "Central Michigan University; 2002.")),
    (article(*people("Ellingsen AE", "Wilhelmsen I"), title="[Disease anxiety among medical students and law students].",
             journal_abbreviation="Tidsskr Nor Laegeforen", issued_on="2002-03-20", volume="122", issue="8", pages="785-7",
             languages=("nor",)),
     ("Ellingsen AE, Wilhelmsen I. [Disease anxiety among medical students and law students]. Tidsskr Nor Laegeforen. 2002 "
     "Mar 20;122(8):785-7. Norwegian.")),
    (article(*people("Smith KE"), authors_complete=False, title="Kratom use, effects, and motivations",
             journal_abbreviation="JAMA Netw Open", issued_on="2024-01-02", volume="7", issue="1", pages="e2353401",
             identifiers=(("pmid", "38277146"), ("doi", "10.1001/jamanetworkopen.2023.53401"), ("pmcid", "PMC10818224"))),
     ("Smith KE, et al. Kratom use, effects, and motivations. JAMA Netw Open. 2024 Jan 2;7(1):e2353401. doi: "
     "10.1001/jamanetworkopen.2023.53401. PMID: 38277146; PMCID: PMC10818224.")),
    (article(*people("Smith KE"), source_type="preprint", title="Does kratom help?", journal_abbreviation="medRxiv",
             issued_on="2023-02-03"),
     "Smith KE. Does kratom help? medRxiv [Preprint]. 2023 Feb 3."),
    (article(title="Kratom", journal_abbreviation="J. Sleep Res.", volume="3"), "Kratom. J Sleep Res. [date unknown];3."),
]  # fmt: skip

APA = [
    (article(*people("Grady JS", "Her M", "Moreno G", "Perez C", "Yelinek J"), **EMOTIONS),
     ("Grady, J. S., Her, M., Moreno, G., Perez, C., & Yelinek, J. (2019). Emotions in storybooks: A comparison of storybooks "
     "that represent ethnic and racial groups in the United States. Psychology of Popular Media Culture, 8(3), 207–217. "
     "https://doi.org/10.1037/ppm0000185")),
    (article(*people("Grady JS"), title="Emotions", journal_title="Psychology", issued_on="2019-05", volume="8", pages="207"),
     "Grady, J. S. (2019). Emotions. Psychology, 8, 207."),
    (article(*people("Grady JS", "Her M"), title="Emotions", journal_title="Psychology", issued_on="2019", volume="8"),
     "Grady, J. S., & Her, M. (2019). Emotions. Psychology, 8."),
    (article(*people(*REANALYSIS), title="The NCEP/NCAR 40-year reanalysis project", issued_on="1996", volume="77", issue="3",
             journal_title="Bulletin of the American Meteorological Society", pages="437-471"),
     ("Kalnay, E., Kanamitsu, M., Kistler, R., Collins, W., Deaven, D., Gandin, L., Iredell, M., Saha, S., White, G., "
     "Woollen, J., Zhu, Y., Chelliah, M., Ebisuzaki, W., Higgins, W., Janowiak, J., Mo, K. C., Ropelewski, C., Wang, J., "
     "Leetmaa, A., . . . Joseph, D. (1996). The NCEP/NCAR 40-year reanalysis project. Bulletin of the American "
     "Meteorological Society, 77(3), 437–471.")),
    (article(*people("Jerrentrup A", "Mueller T", "Glowalla U", "Herder M", "Henrichs N", "Neubauer A", "Schaefer JR"),
             title="Teaching medicine with the help of “Dr. House.”", journal_title="PLoS ONE", issued_on="2018",
             volume="13", issue="3", pages="e0193972", identifiers=(("doi", "10.1371/journal.pone.0193972"),)),
     ("Jerrentrup, A., Mueller, T., Glowalla, U., Herder, M., Henrichs, N., Neubauer, A., & Schaefer, J. R. (2018). Teaching "
     "medicine with the help of “Dr. House.” PLoS ONE, 13(3), Article e0193972. "
     "https://doi.org/10.1371/journal.pone.0193972")),
    (article(*people("Brown LS"), source_type="book", title="Feminist therapy", edition="2nd ed.", issued_on="2018",
             publisher="American Psychological Association", identifiers=(("doi", "10.1037/0000092-000"),)),
     ("Brown, L. S. (2018). Feminist therapy (2nd ed.). American Psychological Association. "
     "https://doi.org/10.1037/0000092-000")),
    (article(*people("Aron L", "Botella M", "Lubart T"), source_type="book", issued_on="2019", pages="345-359",
             title="Culinary arts: Talent and their development", publisher="American Psychological Association",
             book_title="The psychology of high performance: Developing human potential into domain-specific talent",
             editors=("Subotnik, R F", "Olszewski-Kubilius, P", "Worrell, F C"),
             identifiers=(("doi", "10.1037/0000120-016"),)),
     ("Aron, L., Botella, M., & Lubart, T. (2019). Culinary arts: Talent and their development. In R. F. Subotnik, P. "
     "Olszewski-Kubilius, & F. C. Worrell (Eds.), The psychology of high performance: Developing human potential into "
     "domain-specific talent (pp. 345–359). American Psychological Association. https://doi.org/10.1037/0000120-016")),
    (article(*people("Hampton S", "Rabagliati H", "Sorace A", "Fletcher-Watson S"), source_type="preprint", issued_on="2017",
             title="Autism and bilingualism: A qualitative interview study of parents’ perspectives and experiences",
             journal_title="PsyArXiv", identifiers=(("doi", "10.31234/osf.io/76xfs"),)),
     ("Hampton, S., Rabagliati, H., Sorace, A., & Fletcher-Watson, S. (2017). Autism and bilingualism: A qualitative interview "
     "study of parents’ perspectives and experiences. PsyArXiv. https://doi.org/10.31234/osf.io/76xfs")),
    (article(Person(collective="World Health Organization"), source_type="web_page", title="Kratom", issued_on="2021-07-31",
             identifiers=(("url", "https://www.who.int/kratom"),)),
     "World Health Organization. (2021, July 31). Kratom. https://www.who.int/kratom"),
    (article(title="Kratom", journal_title="Sleep"), "Kratom. (n.d.). Sleep."),
    (article(Person(family="Sartre", given="Jean-Paul"), Person(family="King", given="Martin Luther", suffix="Jr"), title="On",
             journal_title="Sleep", issued_on="1960"),
     "Sartre, J.-P., & King, M. L., Jr. (1960). On. Sleep."),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "expected"), VANCOUVER)
def test_vancouver_is_what_the_samples_show(reference: Reference, expected: str) -> None:
    assert expected == styles.vancouver(reference)


@pytest.mark.parametrize(("reference", "expected"), APA)
def test_apa_is_what_the_manual_shows(reference: Reference, expected: str) -> None:
    assert expected == styles.apa(reference)


def test_a_page_shows_the_italics_of_apa_and_no_markup_of_others() -> None:
    reference = article(
        *people("Grady JS"), title="A < B & C", journal_title="Psychology", issued_on="2019", volume="8", issue="3"
    )

    assert "Grady, J. S. (2019). A &lt; B &amp; C. <i>Psychology, 8</i>(3)." == styles.apa_html(reference)
    assert "Grady JS. A &lt; B &amp; C. Psychology. 2019;8(3)." == styles.vancouver_html(reference)


@pytest.mark.parametrize("standing", ["retracted", "withdrawn"])
def test_a_retracted_report_says_so_in_every_style_and_only_once(standing: str) -> None:
    plain = article(title="Kratom", standing=standing)
    marked = article(title=f"{standing.capitalize()}: Kratom", standing=standing)

    assert styles.apa(plain).startswith(f"{standing.upper()}: Kratom.")
    assert styles.vancouver(marked).startswith(f"{standing.capitalize()}: Kratom.")


def test_what_has_no_title_is_described_in_brackets() -> None:
    reference = article(*people("Huisman G"), source_type="preprint", issued_on="2023")

    assert {"vancouver": "Huisman G. [Preprint]. 2023.", "apa": "Huisman, G. (2023). [Preprint]."} == _texts(reference)


def test_a_name_that_was_corrected_since_is_not_printed() -> None:
    wrong, right = Person(family="Smiht", initials="KE", valid=False), Person(family="Smith", initials="KE")

    assert "Smith KE. Kratom. [date unknown]." == styles.vancouver(article(wrong, right, title="Kratom"))


def _texts(reference: Reference) -> dict[str, str]:
    return {style: told["text"] for style, told in styles.citations(reference).items()}
