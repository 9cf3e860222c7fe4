import signal
import socket
import sqlite3
import time
import urllib.request
from pathlib import Path

import pytest

from tests.cli.terminal import evidence_process, serving


def _status(address: str) -> int:
    with urllib.request.urlopen(address + "/health/ready", timeout=20) as answer:  # noqa: S310 - our own server
        return int(answer.status)


def test_a_fresh_database_is_made_ready_and_served(tmp_path: Path) -> None:
    with serving(database_url=f"sqlite:///{tmp_path}/new/evidence.db") as (_, address):
        status = _status(address)

    assert 200 == status


def test_a_server_on_either_database_ends_well_on_sigterm(starter_copy_url: str) -> None:
    with serving(database_url=starter_copy_url) as (process, address):
        status = _status(address)
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)

    assert (200, 0) == (status, code)


def test_ctrl_c_is_the_ordinary_end_of_a_server(tmp_path: Path) -> None:
    with serving(database_url=f"sqlite:///{tmp_path}/evidence.db") as (process, _):
        process.send_signal(signal.SIGINT)
        code = process.wait(20)

    assert 0 == code


@pytest.mark.slow
def test_several_workers_serve_and_end_together(tmp_path: Path) -> None:
    with serving("--workers", "2", database_url=f"sqlite:///{tmp_path}/evidence.db") as (process, address):
        status = _status(address)
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)

    assert (200, 0) == (status, code)


@pytest.mark.slow
def test_workers_end_when_the_process_that_started_them_is_killed(tmp_path: Path) -> None:
    with serving("--workers", "2", database_url=f"sqlite:///{tmp_path}/evidence.db") as (process, address):
        before = _status(address)
        process.kill()
        process.wait(20)
        ends = time.monotonic() + 20
        while _is_open(address) and time.monotonic() < ends:
            time.sleep(0.05)

        assert (200, False) == (before, _is_open(address))


def _is_open(address: str) -> bool:
    host, _, port = address.removeprefix("http://").partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError:
        return False
    return True


def test_a_port_in_use_is_said_before_the_database_is_touched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = evidence_process("serve", "--port", port, database_url=f"sqlite:///{tmp_path}/evidence.db")

    assert (1, "") == (ended.code, ended.stdout)
    assert (
        f"Cannot listen on 127.0.0.1 port {port}: another program listens there. "
        "Stop it, or choose another port with --port.\n"
    ) == ended.stderr
    assert not (tmp_path / "evidence.db").exists()


def test_a_host_that_is_none_is_a_wrong_use() -> None:
    ended = evidence_process("serve", "--host", "no such host")

    assert 2 == ended.code
    assert "'no such host' is no address of this machine" in ended.stderr


def test_without_init_the_database_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "evidence.db"
    sqlite3.connect(path).close()
    with serving("--no-init", database_url=f"sqlite:///{path}") as (process, _):
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    with sqlite3.connect(path) as database:
        tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    database.close()

    assert (0,) == tables
