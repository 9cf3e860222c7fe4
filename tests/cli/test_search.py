import json
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from app.cli.export import WITHOUT as NOT_FOR_EXPORT
from app.cli.main import program
from app.cli.search import WITHOUT as NOT_FOR_SEARCH
from app.export.columns import NAMES
from app.search.reading import PARAMETERS

CITED = (
    "Kratom (Mitragyna speciosa) dependence, withdrawal symptoms and craving in regular users. "
    "Drug Alcohol Depend 2014. PMID 24698080."
)


@pytest.fixture
def starter(starter_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs verbs on the starter corpus, inside this process."""
    monkeypatch.setenv("EVIDENCE_DATABASE_URL", starter_url)
    return CliRunner()


def _options(*path: str) -> set[str]:
    command: Any = get_command(program)
    for name in path:
        command = command.commands[name]
    return {option for parameter in command.params for option in parameter.opts}


def test_every_filter_of_the_service_is_an_option() -> None:
    wanted = {f"--{name.replace('_', '-')}" for name in PARAMETERS}

    assert not (wanted - {f"--{name}" for name in NOT_FOR_SEARCH}) - _options("search")
    assert not (wanted - {f"--{name}" for name in NOT_FOR_EXPORT}) - _options("export", "findings")


def test_findings_are_told_in_words_with_their_citation(starter: CliRunner) -> None:
    result = starter.invoke(program, ["search", "--outcome", "insomnia", "--phase", "withdrawal", "--limit", "1"])

    assert 0 == result.exit_code
    assert [
        "Findings: Insomnia; in any withdrawal (evidence of effects).",
        "5 findings, 4 studies, 4 independent samples, 4 reports.",
        "",
        "F19  2014  Insomnia after stopping kratom, people: reported by users in 1 survey of users (n = 293)",
        "    Difficulty sleeping was one of the usual bodily complaints on stopping.",
        f"    {CITED}",
        "",
        "1 of 5 are shown; --limit shows up to 100, evidence export all of them.",
    ] == result.stdout.splitlines()


def test_with_json_the_answer_is_one_document_like_that_of_the_service(starter: CliRunner) -> None:
    result = starter.invoke(program, ["search", "--outcome", "insomnia", "--limit", "2", "--json"])
    answer = json.loads(result.stdout)

    assert ["data", "page", "meta"] == list(answer)
    assert (2, 2, 7) == (len(answer["data"]), answer["page"]["limit"], answer["page"]["total"])
    assert list(NAMES) == list(answer["data"][0])
    assert {"query", "expanded", "counts", "by_review_level", "data_revision"} == set(answer["meta"])


def test_a_cursor_leads_to_the_next_page(starter: CliRunner) -> None:
    ids = []
    more: list[str] = []
    for _ in range(3):
        answer = starter.invoke(program, ["search", "--outcome", "insomnia", "--limit", "3", "--json", *more])
        document = json.loads(answer.stdout)
        ids += [row["id"] for row in document["data"]]
        more = ["--cursor", document["page"]["next"] or ""]

    assert 7 == len(ids) == len(set(ids))


def test_a_repeated_filter_means_or_and_different_ones_hold_together(starter: CliRunner) -> None:
    def total(*arguments: str) -> int:
        return int(json.loads(starter.invoke(program, ["search", *arguments, "--json"]).stdout)["page"]["total"])

    insomnia, nausea = total("--outcome", "insomnia"), total("--outcome", "nausea_vomiting")

    assert insomnia + nausea == total("--outcome", "insomnia", "--outcome", "nausea_vomiting")
    assert insomnia == total("--outcome", "insomnia", "--subject", "human") + total(
        "--outcome", "insomnia", "--subject", "animal"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--phase", "soon"], "'soon' is not a value of phase. Allowed: during_use, withdrawal,"),
        (["--evidence", "strong"], "'strong' is not a value of evidence. Allowed: effect, reason, context, all."),
        (["--outcome", "qqqqqqqq"], "Allowed: sleep, mental, opioid,"),
        (["--year-from", "last"], "'last' is not a year; write four digits, like 2021."),
        (["--sort", "year", "--sort", "n"], "sort is given 2 times; give it once."),
        (["--bogus", "1"], "No such option: --bogus"),
        (["--limit", "0"], "--limit"),
        (["--cursor", "abc"], "This cursor cannot be read"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_asked_is_a_wrong_use_and_says_what_can(
    starter: CliRunner, arguments: list[str], said: str
) -> None:
    result = starter.invoke(program, ["search", *arguments])

    assert (2, "") == (result.exit_code, result.stdout)
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_failure_with_json_is_one_document_too(starter: CliRunner) -> None:
    result = starter.invoke(program, ["search", "--phase", "soon", "--json"])
    error = json.loads(result.stdout)["error"]

    assert 2 == result.exit_code
    assert ("UnknownValue", 2) == (error["kind"], error["exit_code"])
    assert result.stderr == error["message"] + "\n"


def test_the_past_is_searched_and_exported_as_it_was(starter: CliRunner) -> None:
    told, none = (json.loads(starter.invoke(program, ["search", "--json", "--as-of", n]).stdout) for n in ("1", "0"))
    written = starter.invoke(program, ["export", "findings", "-o", "-", "--as-of", "0"])
    refused = starter.invoke(program, ["search", "kratom", "--as-of", "1"])

    assert (1, 1, 0, 0) == (told["meta"]["as_of"]["data_revision"], told["meta"]["data_revision"], none["page"]["total"],
                            none["meta"]["data_revision"])  # fmt: skip
    assert [",".join(NAMES)] == written.stdout.splitlines()
    assert 2 == refused.exit_code
