"""Pipes between two processes of this program. Nothing here knows what goes through them."""

import fcntl
from contextlib import suppress

_BYTES = 1 << 20
"""The most that Linux gives whoever asks; other systems have no longer ones."""


def widen(pipe: int) -> None:
    """Let a pipe hold more, where the system can: what is large goes through in few steps, and its writer waits less."""
    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _BYTES)
