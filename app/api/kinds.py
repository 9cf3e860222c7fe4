"""Every kind of problem that the service answers with: its status, when it happens, what to do then. Nothing here answers.

``/docs/errors`` shows them, ``docs/errors.md`` is the same text, and a test
compares the two with each other and with the tree of ``app.errors``.
"""

from html import escape
from http import HTTPStatus

from msgspec import Struct

ADDRESS = "/docs/errors"


class Kind(Struct, frozen=True):
    """A kind of problem. ``status`` is None for a failure that only the command line meets."""

    name: str
    status: int | None
    when: str
    remedy: str

    @property
    def line(self) -> str:
        """Its status in words."""
        if self.status is None:
            return "Command line only"
        # Python 3.13 renamed some phrases; RFC 9110's are the same everywhere.
        return f"{self.status} {_PHRASES.get(self.status) or HTTPStatus(self.status).phrase}"


_PHRASES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}

KINDS: dict[str, Kind] = {
    each.name: each
    for each in (
        Kind("NotFound", 404, "Nothing has this id or address, or what has it is not public.",
             "Check the letter of the id (`S12` study, `F345` finding, `R678` citation); search for the record instead."),
        Kind("Gone", 410, "The record was here and was retired; the detail gives the reason.",
             "Take it out of what you keep. Its place in `/api/v1/changes` says when it left."),
        Kind("Conflict", 409, "The state of the store does not allow it now.",
             "Read the record again; the detail says what stands in the way."),
        Kind("Stale", 412, "Somebody changed the record since it was read. `current_version` says to which version, "
             "`differences` which of the fields sent now hold something else.",
             "Read it again, apply the change to what is there now, send it with the new `ETag`."),
        Kind("SchemaMismatch", 503, "The database is at another schema version than the program.",
             "The operator runs `evidence migrate`, or starts the program that fits."),
        Kind("Invalid", 422, "What was sent cannot be right, whatever the state of the store; `errors` names the field.",
             "Correct the field named. Sending the same again gives the same answer."),
        Kind("UnknownParameter", 422, "A parameter that this address does not know; none is ever ignored.",
             "Use one of those that the detail and `errors[].allowed` list."),
        Kind("UnknownValue", 422, "A value outside its vocabulary.",
             "Use one of `errors[].allowed`; `/api/v1/vocabulary` explains each."),
        Kind("AmbiguousWord", 422, "A word that fits several outcomes, such as *cravings*. Guessing would merge evidence.",
             "Ask for one of `errors[].allowed`."),
        Kind("MalformedCursor", 422, "A page cursor that this service did not make, or made for another question.",
             "Start again without `cursor`; change no filter between two pages."),
        Kind("MalformedQuery", 422, "A search text that cannot be read; `errors[].position` says where reading stopped.",
             "Correct the text at that place."),
        Kind("UnreadableFile", 415, "A file that cannot be read as any format known here.",
             "Check that it is whole; the formats are listed in the documentation of imports."),
        Kind("UnusableSetting", None, "A setting from the environment cannot be used; the message says which and why.",
             "Correct the variable named and start again."),
        Kind("VersionMissing", 428, "A change without `If-Match`, so that it could undo somebody else's.",
             "Send the `ETag` of the record as you read it as `If-Match`; only the part before the dot is compared."),
        Kind("NotAuthenticated", 401, "No credential was shown, or it is unknown, expired, revoked or of a disabled account.",
             "Log in, or send `Authorization: Bearer` with a token that holds."),
        Kind("TooOften", 429, "More requests than the limits allow, by this token or from this address.",
             "Go on after `Retry-After` seconds."),
        Kind("Forbidden", 403, "It may exist, but it is not public, or not yours to change.",
             "Ask for submitted and accepted work, or log in as its author or an editor."),
        Kind("SourceUnavailable", 503, "An outside source, such as PubMed, did not answer usefully in time.",
             "Try again after `Retry-After`; what is stored stays searchable."),
        Kind("SourceRefused", 503, "An outside source answered that it will not do this.",
             "Change what is asked; trying the same again does not help."),
        Kind("StoreUnavailable", 503, "The database cannot be reached or opened.",
             "Try again after `Retry-After`; the operator checks `EVIDENCE_DATABASE_URL`."),
        Kind("StoreBusy", 503, "Too many ask for the same thing at once.",
             "Try again after `Retry-After` seconds."),
        Kind("StoreFull", 507, "The disk is full or read-only. What was being written is undone; reading goes on.",
             "The operator frees space or mends the permissions."),
        Kind("Paused", 503, "The operator has switched writing, or importing, off for now; the detail says why.",
             "Try again after `Retry-After`; reading goes on."),
        Kind("UnsupportedBody", 415, "The body is not of a media type that this address takes.",
             "Send `application/json`, or for changes `application/merge-patch+json`, as the detail says."),
        Kind("UnknownHost", 400, "The request names a host that this service does not answer to.",
             "Use one of the names in `EVIDENCE_ALLOWED_HOSTS`."),
        Kind("MethodNotAllowed", 405, "The address exists and does not take this method; `Allow` lists those it takes.",
             "Use one of them."),
        Kind("TooLarge", 413, "The body is larger than `EVIDENCE_MAX_UPLOAD_MB`.",
             "Send it in parts."),
        Kind("TooLong", 414, "The address with its query is longer than 16,384 bytes.",
             "Ask for less at once."),
        Kind("Refused", 400, "The request is not well-formed HTTP or belongs to none of the other kinds.",
             "The detail says what is wrong with it."),
        Kind("Unforeseen", 500, "A defect of the service. It was logged under the request id of the answer.",
             "Report it with the `X-Request-ID` header of the answer."),
    )
}  # fmt: skip
"""Every kind by name; the name is the fragment of the problem's ``type``."""

_BEFORE = (
    "Every failure is an `application/problem+json` document (RFC 9457) with `type`, `title`, `status` and `detail`: "
    "what happened and what to do. Where a field or parameter is at fault, `errors` lists `field` and `detail` of each, "
    "with `allowed` where only certain values are. `type` is the address of one of the entries below."
)


def as_markdown() -> str:
    """The text of ``docs/errors.md``."""
    parts = ["# Errors", _BEFORE]
    parts += [
        f'<a id="{each.name}"></a>\n\n## {each.name}\n\n**{each.line}.** {each.when}\n\n{each.remedy}'
        for each in KINDS.values()
    ]
    return "\n\n".join(parts) + "\n"


def as_page() -> str:
    """The page at :data:`ADDRESS`, to which the ``type`` of every problem points."""
    entries = "\n".join(
        f'<section id="{each.name}"><h2>{each.name}</h2>'
        f"<p><strong>{each.line}.</strong> {_html(each.when)}</p><p>{_html(each.remedy)}</p></section>"
        for each in KINDS.values()
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Errors – Kratom Evidence API</title>
</head>
<body>
<h1>Errors</h1>
<p>{_html(_BEFORE)}</p>
{entries}
<p><a href="/docs">Reference of the API</a></p>
</body>
</html>
"""


def _html(text: str) -> str:
    for mark, tag in (("`", "code"), ("*", "em")):
        pieces = text.split(mark) if tag == "em" else escape(text).split(mark)
        text = "".join(f"<{tag}>{piece}</{tag}>" if i % 2 else piece for i, piece in enumerate(pieces))
    return text
