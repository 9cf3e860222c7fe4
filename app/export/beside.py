"""Tables of citations, made by two processes that read the same moment of the store, each some of the batches.

Reading and making lines keep a processor busy, so two of them share a large
set. The other is a program of its own (``making``). Where it cannot be
started, does not see what this one sees, or ends too soon, its work is done here.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from sqlalchemy.orm import Session

from app.config import PROJECT_DIR
from app.database import driver
from app.export import making, rows
from app.export.making import Task, encode, made
from app.export.reading import moment, questions
from app.kit.pipes import widen

_AHEAD = 3
"""Batches that the other process has besides the one that it gives back next."""
_MOST = 32
"""Batches that wait for one of the other's before this process waits, too."""
_PATIENCE_S = 10.0
"""How long it waits for one before it does without the other."""

Make = Callable[[Sequence[int]], bytes]


def table(session: Session, form: str, ids: Iterator[int], *, alone: bool) -> Iterator[bytes]:
    """The bytes of a table of the citations with these rising ``ids``; ``alone`` for what is too little to share."""
    asked = questions(session)
    same = None if alone or (os.cpu_count() or 1) == 1 else moment(session)
    batches = rows.in_batches(ids, rows.AT_ONCE)
    with driver(session.connection()) as its:
        make = partial(made, form, its, asked)
        other = Other.started(Task(form, same, asked), rows.head(its, asked)) if same else None
        with other or nullcontext():
            # Without a row there is still what stands above the first one.
            yield make(next(batches, []), first=True)
            yield from shared(make, batches, other) if other else map(make, batches)


def shared(make: Make, batches: Iterable[Sequence[int]], other: "Other") -> Iterator[bytes]:
    """What ``make`` makes of each batch of ids, made by the other process, or here while that has enough to do."""
    waiting: deque[_Part] = deque()
    for ids in batches:
        if other.has_joined() and sum(each.bytes is None for each in waiting) <= _AHEAD:
            other.give(ids)
            waiting.append(_Part(ids))
        else:
            waiting.append(_Part(ids, make(ids)))
        while waiting and (waiting[0].bytes is not None or other.has_finished() or len(waiting) >= _MOST):
            yield _taken(make, waiting.popleft(), other)
    while waiting:
        yield _taken(make, waiting.popleft(), other)


class _Part:
    """A batch on its way: ``bytes`` are what was made of it here, None where the other process has it."""

    def __init__(self, ids: Sequence[int], its_bytes: bytes | None = None) -> None:
        self.ids = ids
        self.bytes = its_bytes


def _taken(make: Make, part: _Part, other: "Other") -> bytes:
    done = other.take() if part.bytes is None else part.bytes
    return make(part.ids) if done is None else done


class Other:
    """The other process, to which ids are given and from which their bytes are taken in the same order."""

    def __init__(self, task: Task, head: tuple[int, str]) -> None:
        theirs, to = os.pipe()
        try:
            back, written = os.pipe()
        except OSError:
            os.close(theirs)
            os.close(to)
            raise
        self._to, self._back = Connection(to, readable=False), Connection(back, writable=False)
        self._sees = encode(head)
        self._joined: bool | None = None
        command = [sys.executable, "-m", making.__name__, str(theirs), str(written)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, which is given nothing but numbers
                command, cwd=PROJECT_DIR, pass_fds=[theirs, written], stdin=subprocess.DEVNULL
            )
        except OSError:
            self._close()
            raise
        finally:
            os.close(theirs)
            os.close(written)
        widen(back)  # it goes on while nobody reads
        self._send(encode(task))

    @classmethod
    def started(cls, task: Task, head: tuple[int, str]) -> Self | None:
        """The process, which is to see a store that ends with ``head``; None where none can be started now."""
        with suppress(OSError):
            return cls(task, head)
        return None

    def has_joined(self, patience_s: float = 0) -> bool:
        """Whether it reads what is read here. One that came after the next write never will, and is ended."""
        if self._joined is None and self._ready(patience_s):
            self._joined = self.take() == self._sees
            if not self._joined:
                self.end()
        return bool(self._joined)

    def give(self, ids: Sequence[int]) -> None:
        """Let lines be made of these; nothing happens when the process is gone."""
        self._send(encode(ids))

    def has_finished(self) -> bool:
        """Whether taking would not have to wait; also when the process is gone, which taking will tell."""
        return self._ready(0)

    def take(self) -> bytes | None:
        """The oldest that it has to give; None when the process is gone, or stands still and is ended."""
        if not self._ready(_PATIENCE_S):
            self.end()
        try:
            return self._back.recv_bytes()
        except (EOFError, OSError):
            # What it may still have finished is not taken: the order would not be that of what was given.
            self._close()
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    @property
    def process_id(self) -> int:
        """Its number."""
        return self._process.pid

    def end(self) -> None:
        """End the process, whatever it still has."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _send(self, message: bytes) -> None:
        with suppress(OSError):
            self._to.send_bytes(message)

    def _ready(self, patience_s: float) -> bool:
        try:
            return self._back.poll(patience_s)
        except OSError:
            return True

    def _close(self) -> None:
        self._to.close()
        self._back.close()
