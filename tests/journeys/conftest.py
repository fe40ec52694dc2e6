"""What journeys share: servers that a machine may lack, asked for by name."""

import shutil

import pytest

from tests import sshd

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
def migrated_database(migrated_sqlite, tmp_path_factory):
    """A SQLite database for all tests of a module."""
    path = tmp_path_factory.mktemp("module") / "hub.db"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite:///{path}"


def _need_sshd():
    if not sshd.is_installed():
        pytest.skip("OpenSSH's server is not installed")
