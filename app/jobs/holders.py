"""Who does long work: a process, named so that others can tell whether it is gone. Nothing here touches the database."""

import os
import socket


def holder() -> str:
    """Name the present process as runs and leases do: ``host:pid``."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}"


def is_gone(named: str) -> bool:
    """Whether this is a process of this machine that no longer runs; of other machines nobody here can tell."""
    host, _, pid = named.rpartition(":")
    if host != socket.gethostname()[:100] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
