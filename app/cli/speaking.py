"""What goes where: data to standard output, messages to standard error, and no secret to either."""

import os
import re
import sys
from typing import Any
from urllib.parse import quote, unquote

import msgspec

_SECRETS = ("EVIDENCE_NCBI_API_KEY", "EVIDENCE_SECRET_KEY")
_PASSWORD = re.compile(r"://[^:/@]*:(.*)@|[?&]password=([^&]+)")


def say(message: str) -> None:
    """One message for the person at the terminal."""
    sys.stderr.write(without_secrets(message) + "\n")
    sys.stderr.flush()


def give(text: str) -> None:
    """One line of data."""
    sys.stdout.write(text + "\n")


def give_json(document: Any) -> None:
    """The one JSON document of a run with ``--json``."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")


def without_secrets(text: str) -> str:
    """``text`` with every secret of the environment blotted out, as it was written and as URLs write it."""
    for secret in _known_secrets():
        text = text.replace(secret, "***")
    return text


def _known_secrets() -> set[str]:
    found = {os.environ.get(name, "") for name in _SECRETS}
    for match in _PASSWORD.finditer(os.environ.get("EVIDENCE_DATABASE_URL", "")):
        found.add(match[1] or match[2])
    spelled = {form(secret) for secret in found for form in (str, quote, unquote)}
    # A secret of one or two letters would blot out half of every message, and is none.
    return {secret for secret in spelled if len(secret) > 2}
