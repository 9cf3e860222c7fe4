"""Settings from the environment, prefix ``EVIDENCE_``. Secrets are never printed; nothing here opens a file or a connection."""

import re
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import UnusableSetting

PROJECT_DIR = Path(__file__).resolve().parent.parent
"""Where the project lies; defaults are relative to this, never to the working directory."""

PROGRAM_VERSION = version("kratom-evidence")

NCBI_EUTILS_URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"

_DATABASE_URL = re.compile(r"sqlite:///.+|postgresql\+psycopg://.+")


class Settings(BaseSettings):
    """Everything an operator can set.

    ``var_dir`` holds the embedded database, the generated secret key and the
    file that paces requests to NCBI for the whole machine.
    """

    model_config = SettingsConfigDict(env_prefix="EVIDENCE_", extra="ignore", frozen=True, env_ignore_empty=True)

    var_dir: Path = PROJECT_DIR / "var"
    database_url: str = Field(default="", repr=False)
    eutils_url: str = NCBI_EUTILS_URL
    ncbi_api_key: SecretStr | None = None
    ncbi_email: str | None = None
    ncbi_tool: str = "kratom-evidence"
    secret_key: SecretStr | None = None
    screening_reviewers: int = Field(default=1, ge=1, le=5)
    max_upload_mb: int = Field(default=64, ge=1, le=4096)
    max_import_mb: int = Field(default=2048, ge=1)
    reads_per_minute: int = Field(default=6_000, ge=1)
    writes_per_minute: int = Field(default=600, ge=1)
    limit_loopback: bool = False
    allowed_hosts: str = "127.0.0.1,localhost,[::1]"
    log_level: str = "INFO"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not _DATABASE_URL.fullmatch(value):
            raise ValueError("use sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("use DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @cached_property
    def store_url(self) -> str:
        """The database to use: the one set, or the embedded one in ``var_dir``."""
        return self.database_url or f"sqlite:///{self.var_dir / 'evidence.db'}"

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """Host names this service answers to, without ports."""
        return tuple(host.strip() for host in self.allowed_hosts.split(",") if host.strip())


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises :class:`UnusableSetting` naming the first variable that cannot be
    used, without its value: it may be a secret.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "EVIDENCE_" + "_".join(str(part) for part in first["loc"]).upper()
        reason = first["msg"].removeprefix("Value error, ")
        raise UnusableSetting(f"The setting {name} cannot be used: {reason}.", field=name) from None
