"""What sentences seem to say: a table of our own sentences, written by hand before it was first run."""

import pytest

from app.findings.wording import directions_said, names_outcome, names_substance, phases_named
from app.vocabulary.quote_words import names_of, quote_words
from app.vocabulary.words import vocabulary

MORE, LESS, SAME, EITHER = "increased", "decreased", "no_change", "unclear"

SAYS = [
    # It occurred
    ("Twelve of 40 users reported insomnia.", "insomnia", MORE),
    ("The most common adverse event was nausea.", "nausea_vomiting", MORE),
    ("He developed seizures after two weeks of kratom.", "seizure", MORE),
    ("Insomnia while taking kratom was reported by nine people.", "insomnia", MORE),
    # More and less
    ("Kratom increased anxiety in rats.", "anxiety", MORE),
    ("Mitragynine attenuated withdrawal signs.", "opioid_withdrawal", LESS),
    ("Anxiety scores were significantly reduced.", "anxiety", LESS),
    ("Sleep duration was shorter in users.", "sleep_duration", LESS),
    ("Insomnia decreased and anxiety increased.", "anxiety", MORE),
    ("Insomnia decreased and anxiety increased.", "insomnia", LESS),
    ("Pain was lower, but anxiety was higher in users.", "pain", LESS),
    ("Pain was lower, but anxiety was higher in users.", "anxiety", MORE),
    # Better and worse follow what more of the outcome means
    ("Sleep quality improved.", "sleep_quality", MORE),
    ("Insomnia improved.", "insomnia", LESS),
    ("Insomnia worsened after the dose was doubled.", "insomnia", MORE),
    ("Users had poor sleep quality.", "sleep_quality", LESS),
    ("The extract improved cognitive deficits.", "cognition", MORE),
    ("Participants slept better with kratom.", "sleep_quality", MORE),
    # A score where higher is worse
    ("The PSQI score increased.", "sleep_quality", LESS),
    ("PSQI scores were lower after four weeks.", "sleep_quality", MORE),
    # Words that say the direction themselves
    ("Most took kratom and reported pain relief.", "pain", LESS),
    ("Analgesia was increased.", "pain", LESS),
    # Negation and its reach
    ("Kratom did not cause insomnia.", "insomnia", SAME),
    ("Kratom caused no insomnia or anxiety.", "insomnia", SAME),
    ("Kratom caused no insomnia or anxiety.", "anxiety", SAME),
    ("The patient denied insomnia.", "insomnia", SAME),
    ("Seizures were not observed.", "seizure", SAME),
    ("There were no deaths.", "death", SAME),
    ("There was no nausea, but tremor occurred in five.", "tremor", MORE),
    ("There was no nausea, but tremor occurred in five.", "nausea_vomiting", SAME),
    ("Not only insomnia but also anxiety increased.", "anxiety", MORE),
    ("Kratom was taken without medical advice; insomnia developed in three.", "insomnia", MORE),
    # Compared and not different
    ("Insomnia did not differ between users and non-users.", "insomnia", SAME),
    ("No significant difference in sleep duration was found.", "sleep_duration", SAME),
    ("Kratom use was not associated with depression.", "depressive_symptoms", SAME),
    # Associations
    ("Kratom use was associated with anxiety.", "anxiety", EITHER),
    ("Daily dose correlated positively with anxiety.", "anxiety", MORE),
    ("Daily dose was inversely associated with anxiety.", "anxiety", LESS),
    ("It remains inconclusive whether kratom reduces anxiety.", "anxiety", EITHER),
    # Nothing said
    ("A man with a history of insomnia had seizures.", "insomnia", None),
    ("Insomnia is classified by ICD-11.", "insomnia", None),
    ("Kratom and tramadol were found in serum.", "insomnia", None),
]


@pytest.mark.parametrize(("sentence", "outcome", "expected"), SAYS)
def test_a_sentence_says_the_direction_of_the_outcome(sentence: str, outcome: str, expected: str | None) -> None:
    assert ({expected} if expected else set()) == directions_said(sentence, outcome)


@pytest.mark.parametrize(
    ("text", "outcome", "expected"),
    [
        ("Sleeplessness was common.", "insomnia", True),
        ("INSOMNIA", "insomnia", True),
        ("Insomnia was common.", "sleep_disturbance", True),
        ("Sleep problems were common.", "insomnia", False),
        ("A high dose", "euphoria_drug_liking", False),
        ("They work at sea.", "functioning", False),
        ("Frequency bands", "kratom_use", False),
        ("Mood was low.", None, False),
    ],
)
def test_an_outcome_is_named_by_its_synonyms_and_by_what_is_narrower(
    text: str, outcome: str | None, expected: bool
) -> None:
    assert expected is names_outcome(text, outcome)


@pytest.mark.parametrize(
    "text", ["Ketum users", "mitragynine", "7-OH products", "Mitragyna speciosa extract", "MMX-1 rats"]
)
def test_a_substance_is_named_by_any_of_its_names(text: str) -> None:
    assert names_substance(text, "MMX-1")
    assert not names_substance("Tramadol was taken.", "MMX-1", None)


def test_the_name_of_an_outcome_is_not_a_phase() -> None:
    text = "Opioid withdrawal decreased"

    assert ("withdrawal",) == phases_named(text)
    assert () == phases_named(text, but_for="opioid_withdrawal")
    assert ("during_use",) == phases_named("Insomnia while taking kratom", but_for="insomnia")


def test_the_lists_speak_of_outcomes_and_phases_that_there_are() -> None:
    lists, known = quote_words(), vocabulary()
    plain = {each.id for each in known.outcomes.values() if each.kind != "group"}

    assert set() == set(lists.outcome) - plain
    assert set() == set(lists.phase) - set(known.groups["phase"])
    assert all(names_of(each) for each in plain)
