"""Which connector speaks for a profile: one line each."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from banks.channel import Channel
from banks.connectors.folder import FolderChannel
from banks.connectors.https import HttpsChannel
from banks.connectors.sftp import SftpChannel
from banks.secrets import Secrets
from banks.security.oauth import Shelf
from banks.settings import BankProfile, FolderSettings, HttpsSettings, SftpSettings

Sleep = Callable[[float], None]
Opener = Callable[[BankProfile, Any, Secrets, Sleep, Shelf], Channel]

CONNECTORS: Mapping[type, Opener] = {
    SftpSettings: lambda bank, settings, secrets, sleep, _: SftpChannel(
        bank=bank.name, settings=settings, secrets=secrets, sleep=sleep
    ),
    HttpsSettings: lambda bank, settings, secrets, sleep, shelf: HttpsChannel(
        bank=bank.name, settings=settings, secrets=secrets, sleep=sleep, shelf=shelf
    ),
    FolderSettings: lambda bank, settings, _secrets, sleep, _shelf: FolderChannel(
        bank=bank.name, settings=settings, sleep=sleep
    ),
}


def open_channel(
    profile: BankProfile, secrets: Secrets, *, sleep: Sleep = time.sleep, shelf: Shelf | None = None
) -> Channel:
    """A channel to the bank. Connects when first used; a secret that is missing shows then, as ``Refused``.

    ``sleep`` waits between the two listings that prove an answer file is whole, and where a bank asks for a pause;
    ``shelf`` holds the tokens that the channels of one process share.
    """
    return CONNECTORS[type(profile.channel)](profile, profile.channel, secrets, sleep, shelf or Shelf())
