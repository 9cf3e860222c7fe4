import pytest
import typer
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from app import errors
from app.cli.endings import code_of, plainly
from app.cli.speaking import without_secrets

FAMILIES = [
    (errors.NotFound, 1),
    (errors.Conflict, 1),
    (errors.SchemaMismatch, 1),
    (errors.Invalid, 2),
    (errors.MalformedQuery, 2),
    (errors.UnusableSetting, 2),
    (errors.UnreadableFile, 1),
    (errors.Forbidden, 1),
    (errors.SourceUnavailable, 4),
    (errors.SourceRefused, 4),
    (errors.StoreUnavailable, 1),
    (errors.StoreFull, 1),
]


@pytest.mark.parametrize(("family", "code"), FAMILIES, ids=lambda value: getattr(value, "__name__", ""))
def test_each_family_of_failures_has_its_exit_code(family: type[errors.EvidenceError], code: int) -> None:
    assert code == code_of(family("What happened. What to do."))


def _ended_by(error: BaseException) -> tuple[int, str]:
    def verb() -> int:
        raise error

    program = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
    program.command()(plainly(verb))
    result = CliRunner().invoke(program, [])
    assert "" == result.stdout
    return result.exit_code, result.stderr


def test_what_the_database_says_is_one_line() -> None:
    code, said = _ended_by(OperationalError("SELECT 1", {}, Exception("out of memory\nDETAIL: more\n")))

    assert (1, "The database answered: out of memory.\n") == (code, said)


def test_a_defect_is_called_so_without_a_trace() -> None:
    code, said = _ended_by(ZeroDivisionError("secret inside"))

    assert 1 == code
    assert said.startswith("This is a defect of the program: ZeroDivisionError in test_endings.py:")
    assert 1 == len(said.splitlines())


def test_ctrl_c_has_its_exit_code() -> None:
    assert (130, "Stopped; nothing is left half done.\n") == _ended_by(KeyboardInterrupt())


def test_secrets_are_blotted_out_in_every_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVIDENCE_DATABASE_URL", "postgresql+psycopg://me:p%40ss@host/db")
    monkeypatch.setenv("EVIDENCE_NCBI_API_KEY", "a b+c")

    assert "*** and *** and *** and ***" == without_secrets("p%40ss and p@ss and a b+c and a%20b%2Bc")
