"""What tests of channels share: files to send, and settings for the counterparties they start."""

import hashlib
from dataclasses import replace
from pathlib import Path

from banks.channel import OutboundFile
from banks.settings import (
    AfterFetch,
    Directories,
    FolderSettings,
    HttpsSettings,
    OAuthSettings,
    Pickup,
    SftpSettings,
)
from tests import bank_api
from tests.sshd import Sshd

PICKUP = Pickup(after_fetch=AfterFetch.ARCHIVE, stable_wait_s=0)


def outbound(
    content: bytes = b"<Document/>", *, name: str = "bank_20260930_000001.xml", token: str = "1"
) -> OutboundFile:
    return OutboundFile(
        name=name,
        staging_name=f".{name}.{token}.tmp",
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        reference=f"MSG-{name}",
        key=f"KEY-{name}",
    )


def sftp_settings(server: Sshd, **changes: object) -> SftpSettings:
    usual = SftpSettings(
        host=server.host,
        port=server.port,
        username=server.username,
        host_keys=(server.host_key,),
        private_key="env:KEY",
        directories=Directories(
            outbox=server.remote("in"),
            staging=server.remote("in"),
            inbox=(server.remote("out"),),
            work=server.remote("work"),
            done=server.remote("done"),
            archive=server.remote("archive"),
        ),
        pickup=PICKUP,
        connect_timeout_s=30,
        io_timeout_s=5,
    )
    return replace(usual, **changes)


def sftp_secrets(server: Sshd):
    return lambda reference: {"env:KEY": server.private_key}[reference]


def folder_settings(root: Path, **changes: object) -> FolderSettings:
    for name in ("in", "out", "work", "done", "archive"):
        (root / name).mkdir(exist_ok=True)
    usual = FolderSettings(
        directories=Directories(
            outbox=str(root / "in"),
            staging=str(root / "in"),
            inbox=(str(root / "out"),),
            work=str(root / "work"),
            done=str(root / "done"),
            archive=str(root / "archive"),
        ),
        pickup=PICKUP,
    )
    return replace(usual, **changes)


def https_settings(url: str, **changes: object) -> HttpsSettings:
    usual = HttpsSettings(
        base_url=url,
        oauth=OAuthSettings(token_url=f"{url}/oauth/token", client_id=bank_api.CLIENT, client_secret="env:SECRET"),
        connect_timeout_s=5,
        io_timeout_s=5,
    )
    return replace(usual, **changes)


def https_secrets(reference: str) -> str:
    return {"env:SECRET": bank_api.SECRET}[reference]
