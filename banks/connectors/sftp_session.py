"""Opens an SFTP session to exactly the server that was pinned, as the login the profile names, or says why not."""

import io
import logging
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import paramiko
from paramiko.sftp import SFTPError
from paramiko.ssh_exception import IncompatiblePeer

from banks.connectors.sftp_client import Client
from banks.errors import ChannelRefused, HostKeyChanged, Unreachable
from banks.host_keys import blob_of, fingerprint
from banks.secrets import SecretMissing, Secrets
from banks.settings import SftpSettings

LINE_BROKEN = (paramiko.SSHException, SFTPError, EOFError, OSError)
"""What paramiko raises when the connection, not the server, fails. ``Said`` is caught before."""

TIMED_OUT = "Authentication timeout."
"""How paramiko says that the server did not answer: in the same class as a refusal, told apart by nothing else."""
INTERACTIVE = "keyboard-interactive"
THREAD_END_S_MAX = 5
WIRE_LOG = "banks.wire"
"""paramiko logs here, and nobody reads it unless asked: its lines would repeat what our errors say."""

_KEYS = (paramiko.Ed25519Key, paramiko.RSAKey, paramiko.ECDSAKey)
_SIGNATURES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}

_wire = logging.getLogger(WIRE_LOG)
_wire.addHandler(logging.NullHandler())
_wire.propagate = False


@dataclass(frozen=True, slots=True)
class Session:
    """An open session. ``client`` raises ``Said`` or one of :data:`LINE_BROKEN`."""

    transport: paramiko.Transport
    client: Client

    @property
    def alive(self) -> bool:
        """False as soon as we know that the line is gone (a silent line looks alive)."""
        return self.transport.is_active()

    def close(self) -> None:
        """Ends the connection and waits for its thread."""
        hang_up(self.transport)


def hang_up(transport: paramiko.Transport) -> None:
    """Ends a connection in whatever state it is, and waits for its thread: paramiko's close does neither for a
    connection that did not come to life. Shutting the socket down first wakes the thread, which else takes 0.1 s.
    """
    with suppress(OSError):
        transport.sock.shutdown(socket.SHUT_RDWR)
    transport.close()
    transport.sock.close()
    if transport.is_alive():
        transport.join(THREAD_END_S_MAX)


def open_session(bank: str, settings: SftpSettings, secrets: Secrets) -> Session:
    """Connects, proves the host key, logs in. Raises ``Unreachable`` or ``Refused``: nothing was sent."""
    transport = connect(bank, settings)
    try:
        log_in(bank, settings, secrets, transport)
        return Session(transport, open_client(bank, settings, transport))
    except BaseException:
        hang_up(transport)
        raise


def connect(bank: str, settings: SftpSettings) -> paramiko.Transport:
    """A connection to the pinned server, not yet logged in."""
    where = f"{settings.host}:{settings.port}"
    try:
        line = socket.create_connection((settings.host, settings.port), timeout=settings.connect_timeout_s)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as err:
        raise Unreachable(f"No connection to {where}.", bank=bank, detail=repr(err)) from err
    try:
        transport = paramiko.Transport(line)
    except BaseException:
        line.close()
        raise
    try:
        _configure(bank, settings, transport)
        transport.start_client(timeout=settings.connect_timeout_s)
        _prove_host(bank, settings, transport)
    except IncompatiblePeer as err:
        hang_up(transport)
        raise ChannelRefused(
            f"{where} and we have no algorithm in common: ask the bank which it supports.", bank=bank, detail=str(err)
        ) from err
    except LINE_BROKEN as err:
        hang_up(transport)
        raise Unreachable(f"{where} did not complete the SSH greeting.", bank=bank, detail=repr(err)) from err
    except BaseException:
        hang_up(transport)
        raise
    return transport


def _configure(bank: str, settings: SftpSettings, transport: paramiko.Transport) -> None:
    transport.set_log_channel(WIRE_LOG)
    transport.banner_timeout = settings.connect_timeout_s
    transport.auth_timeout = settings.connect_timeout_s
    transport.handshake_timeout = settings.connect_timeout_s
    options = transport.get_security_options()
    try:
        for name, wanted in settings.algorithms.items():
            setattr(options, name, wanted)
        options.key_types = _preferred(settings.host_keys, options.key_types)
    except ValueError as err:
        raise ChannelRefused(f"The profile's algorithms cannot be used: {err}.", bank=bank) from err


def _preferred(host_keys: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The kinds of key we have pinned come first, so that a server with several shows the one we know."""
    pinned = [kind for line in host_keys for kind in _SIGNATURES.get(line.split()[0], (line.split()[0],))]
    first = [kind for kind in dict.fromkeys(pinned) if kind in known]
    return (*first, *(kind for kind in known if kind not in first))


def _prove_host(bank: str, settings: SftpSettings, transport: paramiko.Transport) -> None:
    key = transport.get_remote_server_key()
    shown = key.asbytes()
    pinned = [blob_of(line) for line in settings.host_keys]
    if shown not in pinned:
        expected = " or ".join(fingerprint(blob) for blob in pinned)
        raise HostKeyChanged(
            f"The host key changed: {settings.host}:{settings.port} shows {fingerprint(shown)}, "
            f"pinned is {expected}. Nothing was sent. Ask the bank by telephone before the new key is confirmed.",
            offered=f"{key.get_name()} {key.get_base64()}",
            fingerprint=fingerprint(shown),
            bank=bank,
        )


def log_in(bank: str, settings: SftpSettings, secrets: Secrets, transport: paramiko.Transport) -> None:
    """Logs in with the key, the password or both, as the server asks."""
    key = _private_key(bank, settings, secrets)
    password = _secret(bank, settings.password, secrets)
    try:
        missing: list[str] = ["password"]
        if key is not None:
            missing = transport.auth_publickey(settings.username, key)
        if missing and password is not None:
            missing = _by_password(bank, settings, transport, password)
    except paramiko.AuthenticationException as err:
        broken = not transport.is_active() and not isinstance(err, paramiko.BadAuthenticationType)
        if broken or str(err) == TIMED_OUT:
            raise Unreachable("The line broke during the login.", bank=bank, detail=str(err)) from err
        raise ChannelRefused(
            f"The bank did not accept the login of {settings.username}: check user name, key and password.",
            bank=bank,
            detail=str(err),
        ) from err
    except LINE_BROKEN as err:
        raise Unreachable("The line broke during the login.", bank=bank, detail=repr(err)) from err
    if missing:
        raise ChannelRefused(f"The bank also wants {', '.join(missing)} to log in {settings.username}.", bank=bank)


def _by_password(bank: str, settings: SftpSettings, transport: paramiko.Transport, password: str) -> list[str]:
    """Says the password, or gives it as the answer where the server only asks questions (keyboard-interactive).

    A server that hangs up on a second try at logging in needs ``interactive`` in its profile.
    """
    if not settings.interactive:
        try:
            return transport.auth_password(settings.username, password, fallback=False)
        except paramiko.BadAuthenticationType as err:
            if INTERACTIVE not in err.allowed_types:
                raise
    asked: list[str] = []

    def answers(_title: str, _instructions: str, questions: list[tuple[str, bool]]) -> list[str]:
        asked.extend(text.strip() for text, _ in questions)
        return [password if len(questions) == 1 else ""] * len(questions)

    try:
        return transport.auth_interactive(settings.username, answers)
    except paramiko.AuthenticationException as err:
        if len(asked) > 1:
            raise ChannelRefused(f"The bank asks for more than a password: {', '.join(asked)}.", bank=bank) from err
        raise


def open_client(bank: str, settings: SftpSettings, transport: paramiko.Transport) -> Client:
    """The SFTP client of a connection that is logged in."""
    try:
        channel = transport.open_session(timeout=settings.connect_timeout_s)
        channel.settimeout(settings.io_timeout_s)
        channel.invoke_subsystem("sftp")
        return Client(channel)
    except paramiko.ChannelException as err:
        raise ChannelRefused("The bank's server opens no SFTP session for us.", bank=bank, detail=str(err)) from err
    except LINE_BROKEN as err:
        raise Unreachable("The line broke while SFTP was opened.", bank=bank, detail=repr(err)) from err


def _secret(bank: str, reference: str | None, secrets: Secrets) -> str | None:
    if reference is None:
        return None
    try:
        return secrets(reference)
    except SecretMissing as err:
        raise ChannelRefused(str(err), bank=bank) from err


def _private_key(bank: str, settings: SftpSettings, secrets: Secrets) -> paramiko.PKey | None:
    text = _secret(bank, settings.private_key, secrets)
    passphrase = _secret(bank, settings.passphrase, secrets)
    if text is None:
        return None
    for kind in _KEYS:
        try:
            return kind.from_private_key(io.StringIO(text.rstrip("\n") + "\n"), passphrase)
        except paramiko.PasswordRequiredException as err:
            raise ChannelRefused("The private key has a passphrase: name it in the profile.", bank=bank) from err
        except (paramiko.SSHException, ValueError):
            continue
    raise ChannelRefused(
        f"{settings.private_key} is not a private key we can use (Ed25519, RSA or ECDSA), or its passphrase is wrong.",
        bank=bank,
    )
