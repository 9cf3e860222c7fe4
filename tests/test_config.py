"""Settings come from the environment; a bad one is named without its value."""

from pathlib import Path

import pytest

from app.config import PROJECT_DIR, Settings, load_settings
from app.errors import UnusableSetting


def test_the_embedded_database_lies_beside_the_project_and_not_where_one_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("EVIDENCE_VAR_DIR")
    monkeypatch.chdir(tmp_path)

    assert f"sqlite:///{PROJECT_DIR / 'var' / 'evidence.db'}" == load_settings().store_url


@pytest.mark.parametrize("url", ["sqlite:////data/e.db", "postgresql+psycopg://u:p@h/n"])
def test_the_database_may_be_set(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EVIDENCE_DATABASE_URL", url)

    assert url == load_settings().store_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EVIDENCE_DATABASE_URL", "mysql://root:hunter2@localhost/x"),
        ("EVIDENCE_DATABASE_URL", "postgresql://u:hunter2@h/n"),
        ("EVIDENCE_DATABASE_URL", "sqlite://"),
        ("EVIDENCE_MAX_UPLOAD_MB", "hunter2"),
        ("EVIDENCE_MAX_UPLOAD_MB", "0"),
        ("EVIDENCE_MAX_IMPORT_MB", "-1"),
        ("EVIDENCE_LOG_LEVEL", "hunter2"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UnusableSetting) as refused:
        load_settings()

    assert name == refused.value.field
    assert name in refused.value.message
    assert "hunter2" not in refused.value.message


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVIDENCE_NCBI_API_KEY", "hunter2")
    monkeypatch.setenv("EVIDENCE_SECRET_KEY", "hunter2")

    assert "hunter2" not in repr(load_settings()) + str(load_settings())


def test_a_setting_left_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        if name != "var_dir":
            monkeypatch.setenv(f"EVIDENCE_{name.upper()}", "")

    assert 64 == load_settings().max_upload_mb


def test_hosts_and_levels_are_read_leniently(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVIDENCE_ALLOWED_HOSTS", " a.example , b.example,, ")
    monkeypatch.setenv("EVIDENCE_LOG_LEVEL", "debug")

    assert (("a.example", "b.example"), "DEBUG") == (load_settings().hosts, load_settings().log_level)
