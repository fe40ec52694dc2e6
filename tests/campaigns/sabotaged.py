"""Starts a command of the hub with one promise broken on purpose, to see which campaign notices.

    python -m tests.campaigns.sabotaged NAME VERSION COMMAND

``NAME`` is one of :data:`BREAKS`, or ``nothing``; ``VERSION`` is what the jobs are called by, if not empty. The
product has no switch for any of this: it is patched here, in the process that is started.
"""

import sys

from sqlalchemy import select

from banks.channel import Receipt
from banks.connectors import sftp_client
from banks.errors import OutcomeUnknown
from gateway.cli import main
from gateway.domain.payment_file import Attempt
from gateway.persistence import work
from gateway.persistence.files import Files
from gateway.persistence.tables import attempts
from gateway.scheduling import collecting, queue
from gateway.steps import submit


def early():
    """Writes a file down as submitted, and hands it over after that."""

    def publish(self, file, attempt, *, resumed):
        del resumed
        file = self._arrived(file, attempt, Receipt(evidence="it will be there in a moment"))
        self._channel.publish(self._outbound(file, attempt))
        return file

    submit._Carrying._publish = publish


def posix_rename():
    """Hands over with a rename that replaces whatever has the name already."""
    sftp_client.Client.rename = sftp_client.Client.posix_rename


def retry():
    """Takes an unknown outcome for a failure: stages the file anew and hands it over again."""
    publish = submit._Carrying._publish

    def insisting(self, file, attempt, *, resumed):
        channel = self._channel
        self._channel = _Insisting(channel)
        try:
            return publish(self, file, attempt, resumed=resumed)
        finally:
            self._channel = channel

    submit._Carrying._publish = insisting


class _Insisting:
    """A channel that does not take "unknown" for an answer."""

    def __init__(self, channel):
        self._channel = channel

    def publish(self, outbound):
        try:
            return self._channel.publish(outbound)
        except OutcomeUnknown:
            self._channel.stage(outbound)
            return self._channel.publish(outbound)

    def __getattr__(self, name):
        return getattr(self._channel, name)


def no_fence():
    """Lets a worker that was overtaken go on writing."""
    work.Work.guard = lambda *_, **__: None


def delete_first():
    """Takes an answer off the bank's outbox before it is safe in the database."""
    fetch = collecting._Taking._fetched

    def fetched(self, channel, offered):
        data = fetch(self, channel, offered)
        channel.archive(offered)
        return data

    collecting._Taking._fetched = fetched


def shared_attempt():
    """Gives every worker that takes a file over the same attempt, and with it the same name at the bank."""
    begin = Files.begin_attempt

    def beginning(self, file, *, attempt_id, fence, worker):
        query = select(attempts).where(attempts.c.file_id == file.id).order_by(attempts.c.number)
        first = self._connection.execute(query).mappings().first()
        if first is None:
            return begin(self, file, attempt_id=attempt_id, fence=fence, worker=worker)
        self._connection.execute(
            attempts.update().where(attempts.c.id == first["id"]).values(outcome=None, finished_at=None)
        )
        return Attempt(**first)

    Files.begin_attempt = beginning


BREAKS = {
    one.__name__: one for one in (early, posix_rename, retry, no_fence, delete_first, shared_attempt)
}  # fmt: skip

if __name__ == "__main__":
    name, version, command = sys.argv[1:]
    if name != "nothing":
        BREAKS[name]()
    if version:
        queue.CONTRACT = version
    sys.argv[1:] = [command]
    main()
