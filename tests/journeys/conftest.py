"""What journeys share: servers that a machine may lack, asked for by name."""

import pytest

from tests import sqlite, sshd

FOLDERS = ("in", "in/processed", "out", "archive")


@pytest.fixture
def openssh():
    """A running OpenSSH server."""
    _need_sshd()
    with sshd.running(folders=FOLDERS) as server:
        yield server


@pytest.fixture(scope="module")
def sshd_of_the_module():
    """The same for all tests of a module."""
    _need_sshd()
    with sshd.running(folders=FOLDERS) as server:
        yield server


@pytest.fixture(scope="module")
def migrated_database(tmp_path_factory):
    """A SQLite database for all tests of a module."""
    return sqlite.fresh(tmp_path_factory.mktemp("module") / "hub.db")


def _need_sshd():
    if not sshd.is_installed():
        pytest.skip("OpenSSH's server is not installed")
