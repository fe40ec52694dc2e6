"""``/v1/batches/{id}/evidence`` and ``/v1/payments/{id}/evidence``: one ZIP that can be checked anywhere."""

import tempfile
from collections.abc import Iterator
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from gateway.api.auth import Caller, TheHub, needs
from gateway.domain.roles import Verb
from gateway.evidence import taking

router = APIRouter(tags=["evidence"])
ATaker = Annotated[Caller, Depends(needs(Verb.EVIDENCE_TAKE, person=True))]
PART_BYTES = 1 << 18


@router.get("/batches/{batch_id}/evidence", response_class=StreamingResponse)
def batch_evidence(hub: TheHub, caller: ATaker, batch_id: str) -> StreamingResponse:
    """Everything about a batch. People only, and who took it is on the audit trail."""
    return _pack(hub, caller, batch_id)


@router.get("/payments/{payment_id}/evidence", response_class=StreamingResponse)
def payment_evidence(hub: TheHub, caller: ATaker, payment_id: str) -> StreamingResponse:
    """Everything about a payment. People only, and who took it is on the audit trail."""
    return _pack(hub, caller, payment_id)


def _pack(hub: TheHub, caller: Caller, wanted: str) -> StreamingResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives until the answer is sent
    try:
        written = taking.take(hub, caller.scope, wanted, file, actor=caller.id)
    except BaseException:
        file.close()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="evidence-{wanted}.zip"', "ETag": f'"{written.manifest_sha256}"',
    }  # fmt: skip
    return StreamingResponse(_parts(file), media_type="application/zip", headers=headers)


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while part := file.read(PART_BYTES):
            yield part
