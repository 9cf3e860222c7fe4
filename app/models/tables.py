"""The whole metadata: importing this module imports every table."""

from app.models import (
    account,
    citation,
    curation,
    duplicate,
    finding,
    flag,
    history,
    imports,
    screening,
    searches,
    study,
    vocabulary,
)
from app.models.base import Base

METADATA = Base.metadata
ROOMS = (
    vocabulary,
    citation,
    duplicate,
    study,
    finding,
    history,
    imports,
    searches,
    account,
    flag,
    curation,
    screening,
)
"""The modules that define tables, in the order in which they may be filled."""
