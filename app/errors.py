"""Every foreseen failure, as one tree; the doors map families to status and exit codes, nothing here knows them.

EvidenceError
├── NotFound
│   └── Gone
├── Conflict
│   ├── Stale
│   └── SchemaMismatch
├── Invalid
│   ├── UnknownParameter
│   ├── UnknownValue
│   │   └── AmbiguousWord
│   ├── MalformedCursor
│   ├── MalformedQuery
│   ├── UnreadableFile
│   ├── UnusableSetting
│   └── VersionMissing
├── Forbidden
│   ├── NotAuthenticated
│   └── TooOften
├── SourceUnavailable
│   └── SourceRefused
└── StoreUnavailable
    ├── StoreBusy
    ├── StoreFull
    └── Paused

A message says what happened and what to do. Bad records are data
(``Rejected``), never exceptions.
"""


class EvidenceError(Exception):
    """A failure that was foreseen. ``message`` is for people; ``field`` names what was wrong where there is one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(EvidenceError):
    """What was asked for is not here."""


class Gone(NotFound):
    """It was here and was retired, with a reason."""


class Conflict(EvidenceError):
    """The state of the store does not allow it now."""


class Stale(Conflict):
    """Somebody changed the record since it was read: to ``current_version``; ``differences`` are fields sent that now differ."""

    def __init__(
        self, message: str, *, current_version: int | None = None, differences: tuple[dict[str, object], ...] = ()
    ) -> None:
        super().__init__(message)
        self.current_version = current_version
        self.differences = differences


class SchemaMismatch(Conflict):
    """The database is at another schema version than this program."""


class Invalid(EvidenceError):
    """What was sent cannot be right, whatever the state of the store; ``places`` names every field at fault where several are."""

    def __init__(self, message: str, *, field: str | None = None, places: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message, field=field)
        self.places = places


class UnknownParameter(Invalid):
    """A parameter that does not exist; the message names those that do, and ``choices`` holds them where they are known."""

    def __init__(self, message: str, *, field: str | None = None, choices: tuple[str, ...] = ()) -> None:
        super().__init__(message, field=field)
        self.choices = choices


class UnknownValue(Invalid):
    """A value outside its vocabulary; ``choices`` holds the allowed ones."""

    def __init__(self, message: str, *, field: str | None = None, choices: tuple[str, ...] = ()) -> None:
        super().__init__(message, field=field)
        self.choices = choices


class AmbiguousWord(UnknownValue):
    """A word that fits several outcomes; ``choices`` holds them. Guessing would merge opposite evidence."""


class MalformedCursor(Invalid):
    """A page cursor that this service did not make, or made for another query."""


class MalformedQuery(Invalid):
    """A search text that cannot be read; ``position`` is the code point where reading stopped."""

    def __init__(self, message: str, *, field: str | None = "q", position: int = 0) -> None:
        super().__init__(message, field=field)
        self.position = position


class UnreadableFile(Invalid):
    """A file that cannot be read as any format known here."""


class UnusableSetting(Invalid):
    """A setting that cannot be used; the message says which and why."""


class VersionMissing(Invalid):
    """A change that does not say which version of the record it is a change of."""


class Forbidden(EvidenceError):
    """The caller may not do or see this."""


class NotAuthenticated(Forbidden):
    """The caller showed no credential, or one that does not hold."""


class TooOften(Forbidden):
    """The caller asks more often than is allowed; ``retry_after_s`` says when to go on."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SourceUnavailable(EvidenceError):
    """An outside source did not answer usefully within its deadline; trying later may help."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SourceRefused(SourceUnavailable):
    """An outside source answered that it will not do this; trying again does not help."""


class StoreUnavailable(EvidenceError):
    """The database cannot take this now; reads may still work."""


class StoreBusy(StoreUnavailable):
    """Too many writers wait; try again shortly."""


class StoreFull(StoreUnavailable):
    """The disk is full or not writable."""


class Paused(StoreUnavailable):
    """The operator has switched this off for now; the message says why."""
