"""``evidence doctor``: says whether this program can work here, and why not. It changes nothing."""

import re
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from sqlalchemy import make_url

from app.cli.endings import DONE, FAILED
from app.cli.examining import GOOD, REFUSAL, Check, database_checks, quick_checks
from app.cli.speaking import give, give_json, without_secrets
from app.config import PROGRAM_VERSION, Settings, load_settings
from app.errors import UnusableSetting

_USER_IN_URL = re.compile(r"//[^/@]*@")


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> int:
    """Check SQLite or PostgreSQL, file system, schema, disk and settings; exit 1 on a refusal."""
    try:
        settings = load_settings()
    except UnusableSetting as error:
        checks, shown = [Check("settings", REFUSAL, error.message)], {}
    else:
        checks = [*quick_checks(settings), *database_checks(settings)]
        shown = settings_in_force(settings)
    checks = [Check(each.name, each.state, without_secrets(each.text)) for each in checks]
    refused = any(each.state == REFUSAL for each in checks)
    if as_json:
        give_json({"program": PROGRAM_VERSION, "refused": refused, "checks": checks, "settings": shown})
    else:
        _give_lines(checks, shown)
    return FAILED if refused else DONE


def settings_in_force(settings: Settings) -> dict[str, Any]:
    """Every setting by its variable: of secrets only whether they are set, of addresses no password."""
    shown = {f"EVIDENCE_{name.upper()}": _shown(getattr(settings, name)) for name in Settings.model_fields}
    return shown | {
        "EVIDENCE_DATABASE_URL": make_url(settings.store_url).render_as_string(hide_password=True),
        "EVIDENCE_EUTILS_URL": _USER_IN_URL.sub("//***@", settings.eutils_url),
        "EVIDENCE_SECRET_KEY": "set" if settings.secret_key else "not set",
        "EVIDENCE_NCBI_API_KEY": "set" if settings.ncbi_api_key else "not set",
    }


def _shown(value: Any) -> Any:
    if value is None:
        return "not set"
    if isinstance(value, SecretStr):
        return "set"
    return value if isinstance(value, int) else str(value)


def _give_lines(checks: list[Check], shown: dict[str, Any]) -> None:
    for each in checks:
        mark = "ok" if each.state == GOOD else each.state
        give(f"{mark:8} {each.name}: {each.text}")
    if shown:
        give("")
    for name, value in shown.items():
        give(f"{name} = {value}")
