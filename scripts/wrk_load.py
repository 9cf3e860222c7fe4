"""The writers of ``tests.api.writers`` as threads of ``wrk`` (``writers.lua``), which leave the processors to the service.

Where there is no wrk the writers in Python do the same. Nothing here judges what they were told.
"""

import asyncio
import shutil
import tempfile
from pathlib import Path

from tests.api.writers import Kind, Told

SCRIPT = Path(__file__).with_name("writers.lua")


def wrk() -> str | None:
    """Where the program is; None where it is not."""
    return shutil.which("wrk")


async def write(
    port: int, headers: list[dict[str, str]], seconds: float, *, writers: int, shared: list[tuple[Kind, str]]
) -> Told:
    """Let so many threads of one connection each write for so long; what they were told."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "people").write_text("\n".join(each["Authorization"] for each in headers) + "\n")
        (place / "shared").write_text("".join(f"{kind.path} {path}\n" for kind, path in shared))
        load = (f"-t{writers}", f"-c{writers}", f"-d{round(seconds)}s", "--timeout", "30s", "-s", str(SCRIPT))
        process = await asyncio.create_subprocess_exec(
            wrk() or "wrk", *load, f"http://127.0.0.1:{port}", "--", folder, "w", stdout=asyncio.subprocess.PIPE
        )
        said = (await process.communicate())[0].decode()
        if process.returncode:
            raise RuntimeError(f"wrk ended with {process.returncode}: {said}")
        told = Told(cut=int(said.rpartition("CUT ")[2]))
        for file in place.glob("told.*"):
            _take(told, file.read_text().splitlines())
    return told


def _take(told: Told, lines: list[str]) -> None:
    for line in lines:
        what, first, *rest = line.split("\t")
        if what == "wrote":
            told.statuses[int(first)] += 1
            told.seconds.append(float(rest[0]))
        elif what == "done":
            told.marks[first].append(rest[0])
        else:
            told.bad.append(first)
