"""How the service logs: one line of JSON per event on standard error, without secrets."""

import logging
import sys
from contextlib import suppress

import structlog
from structlog.tracebacks import ExceptionDictTransformer

_FRAMES = 30


class StandardError:
    """Writes lines to standard error as it is now. A log that cannot be written costs no reader an answer."""

    def msg(self, line: str) -> None:
        """Write ``line`` at once and whole."""
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg


def _standard_error(*_arguments: object) -> StandardError:
    return StandardError()


def configure_logs(level: str) -> None:
    """Log events of ``level`` and above, from now on and everywhere in the process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without the values of local variables: they hold addresses of databases, and make a line of 200 kB.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=_FRAMES)),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=_standard_error,
        cache_logger_on_first_use=False,
    )
