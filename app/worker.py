"""One process of the service, as the server starts it: the application of ``app.main``, which ends with its parent.

Where several processes serve, one starts the others and does nothing else. Without
this they would outlive it when it is killed, and keep its port.
"""

import os
import signal
import threading
from multiprocessing import connection, parent_process

from fastapi import FastAPI

from app.kit.collecting import pass_over_what_is_here
from app.main import create_app


def application() -> FastAPI:
    """The service; in a process that another one started, SIGTERM follows the end of that one."""
    if parent_process() is not None:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    app = create_app()
    pass_over_what_is_here()
    return app


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
