"""Who should be allowed what, written by hand from the duties and not from the code: what ``make matrix`` holds it to.

A line is: roles that may, and about what. ``thing``: about things of an entity, so a grant for another one does not
help. ``list``: the roles may ask, and see nothing of another entity. ``all``: only with a grant for every entity.
``open``: the roles may ask whatever their entity, because nothing of an entity is shown. ``public``: needs no sign-in.
``own``: a client about its own webhooks, a person about everybody's, so with a grant for every entity. ``mine``: the
same for the list of them, which a client may always ask for.
"""

SEES = "maker approver releaser operator auditor client"
PEOPLE_SEE = "maker approver releaser operator auditor"

API = {
    ("POST", "/v1/batches"): ("maker client", "thing"),
    ("GET", "/v1/batches"): (SEES, "list"),
    ("GET", "/v1/batches/{batch_id}"): (SEES, "thing"),
    ("GET", "/v1/batches/{batch_id}/payments"): (SEES, "thing"),
    ("GET", "/v1/batches/{batch_id}/approvals"): (SEES, "thing"),
    ("POST", "/v1/batches/{batch_id}/approvals"): ("approver", "thing"),
    ("POST", "/v1/batches/{batch_id}/holds"): ("approver releaser", "thing"),
    ("POST", "/v1/batches/{batch_id}/cancellation"): ("maker approver releaser operator client", "thing"),
    ("POST", "/v1/batches/{batch_id}/renewal"): ("maker approver", "thing"),
    ("GET", "/v1/payments"): (SEES, "list"),
    ("GET", "/v1/payments/{payment_id}"): (SEES, "thing"),
    ("GET", "/v1/payments/{payment_id}/timeline"): (SEES, "thing"),
    ("GET", "/v1/files"): (SEES, "list"),
    ("GET", "/v1/files/{file_id}"): (SEES, "thing"),
    ("GET", "/v1/files/{file_id}/content"): ("approver releaser operator auditor", "thing"),
    ("GET", "/v1/cutoffs"): (SEES, "open"),
    ("GET", "/v1/files/{file_id}/rulings"): (SEES, "thing"),
    ("POST", "/v1/files/{file_id}/rulings"): ("approver", "thing"),
    ("GET", "/v1/statements"): (SEES, "list"),
    ("GET", "/v1/statements/{statement_id}"): (SEES, "thing"),
    ("GET", "/v1/statements/{statement_id}/entries"): (SEES, "thing"),
    ("GET", "/v1/breaks"): (SEES, "list"),
    ("GET", "/v1/breaks/{break_id}"): (SEES, "thing"),
    ("POST", "/v1/breaks/{break_id}/resolution"): ("operator", "thing"),
    ("GET", "/v1/documents"): ("approver releaser operator auditor", "list"),
    ("POST", "/v1/documents"): ("operator", "thing"),
    ("GET", "/v1/documents/{document_id}"): ("approver releaser operator auditor", "thing"),
    ("GET", "/v1/documents/{document_id}/content"): ("operator auditor", "thing"),
    ("POST", "/v1/documents/{document_id}/replay"): ("operator", "thing"),
    ("POST", "/v1/documents/replay"): ("operator", "thing"),
    ("GET", "/v1/events"): (SEES, "list"),
    ("GET", "/v1/webhooks"): ("operator client", "mine"),
    ("POST", "/v1/webhooks"): ("operator client", "mine"),
    ("GET", "/v1/webhooks/{webhook_id}"): ("operator client", "own"),
    ("PATCH", "/v1/webhooks/{webhook_id}"): ("operator client", "own"),
    ("DELETE", "/v1/webhooks/{webhook_id}"): ("operator client", "own"),
    ("POST", "/v1/webhooks/{webhook_id}/rotate"): ("operator client", "own"),
    ("POST", "/v1/webhooks/{webhook_id}/ping"): ("operator client", "own"),
    ("POST", "/v1/webhooks/{webhook_id}/replay"): ("operator client", "own"),
    ("GET", "/v1/webhooks/{webhook_id}/deliveries"): ("operator client", "own"),
    ("GET", "/v1/channels"): ("maker approver releaser operator auditor administrator", "open"),
    ("GET", "/v1/channels/{bank}"): ("maker approver releaser operator auditor administrator", "open"),
    ("POST", "/v1/channels/{bank}/host-key"): ("administrator", "thing"),
    ("GET", "/v1/audit"): ("operator auditor administrator", "list"),
    ("GET", "/v1/audit/verification"): ("operator auditor administrator", "open"),
    ("GET", "/v1/batches/{batch_id}/evidence"): ("approver releaser operator auditor", "thing"),
    ("GET", "/v1/payments/{payment_id}/evidence"): ("approver releaser operator auditor", "thing"),
    ("GET", "/v1/configuration"): ("operator auditor administrator", "open"),
    ("POST", "/v1/configuration/proposal"): ("administrator", "all"),
    ("POST", "/v1/configuration/approval"): ("administrator", "all"),
    ("GET", "/v1/people"): ("auditor administrator", "all"),
    ("GET", "/v1/grants"): ("auditor administrator", "all"),
    ("POST", "/v1/people/{person_id}/grants"): ("administrator", "all"),
    ("POST", "/v1/people/{person_id}/second-factor-reset"): ("administrator", "all"),
    ("POST", "/v1/grants/{grant_id}/confirmation"): ("administrator", "all"),
    ("POST", "/v1/grants/{grant_id}/end"): ("administrator", "all"),
    ("GET", "/v1/delegations"): (f"{PEOPLE_SEE} administrator nobody", "open"),
    ("POST", "/v1/delegations"): ("approver", "thing"),
    ("POST", "/v1/delegations/{delegation_id}/confirmation"): ("administrator", "all"),
    ("POST", "/v1/delegations/{delegation_id}/end"): ("administrator", "all"),
    ("GET", "/health/live"): ("", "public"),
    ("GET", "/health/ready"): ("", "public"),
}
"""The matrix hands over an approver's duty, and looks at a delegation between two other people.

Every endpoint of the OpenAPI but ``STREAMS``: the stream does not end and has the dependency of ``/v1/events``; a
callback is proven by its bank's signature and by nothing else.
"""
STREAMS = {("GET", "/v1/events/stream"), ("POST", "/v1/callbacks/{bank}")}

CONSOLE = {
    ("POST", "/batches/{batch_id}/approve"): ("approver", "thing"),
    ("POST", "/batches/{batch_id}/decline"): ("approver", "thing"),
    ("POST", "/batches/{batch_id}/withdraw"): ("maker approver releaser operator", "thing"),
    ("POST", "/payments/{payment_id}/hold"): ("approver releaser", "thing"),
    ("POST", "/breaks/{break_id}"): ("operator", "thing"),
    ("POST", "/documents/{document_id}/replay"): ("operator", "thing"),
    ("POST", "/documents/replay"): ("operator", "thing"),
    ("POST", "/channels/{bank}"): ("administrator", "thing"),
    ("GET", "/batches"): (PEOPLE_SEE, "shows"),
    ("GET", "/batches/{batch_id}"): (PEOPLE_SEE, "thing"),
    ("GET", "/batches/{batch_id}/approve"): (PEOPLE_SEE, "thing"),
    ("GET", "/payments"): (PEOPLE_SEE, "shows"),
    ("GET", "/payments/{payment_id}"): (PEOPLE_SEE, "thing"),
    ("GET", "/payments/{payment_id}/hold"): (PEOPLE_SEE, "thing"),
    ("GET", "/files"): (PEOPLE_SEE, "shows"),
    ("GET", "/files/{file_id}"): (PEOPLE_SEE, "thing"),
    ("GET", "/files/{file_id}/settle/{verdict}"): (PEOPLE_SEE, "thing"),
    ("POST", "/files/{file_id}/settle/{verdict}"): ("approver", "thing"),
    ("GET", "/statements"): (PEOPLE_SEE, "shows"),
    ("GET", "/statements/{statement_id}"): (PEOPLE_SEE, "thing"),
    ("GET", "/breaks"): (PEOPLE_SEE, "shows"),
    ("GET", "/breaks/{break_id}"): (PEOPLE_SEE, "thing"),
    ("GET", "/documents"): ("approver releaser operator auditor", "shows"),
    ("GET", "/documents/{document_id}"): ("approver releaser operator auditor", "thing"),
    ("GET", "/documents/{document_id}/replay"): ("approver releaser operator auditor", "thing"),
    ("GET", "/trail"): ("operator auditor administrator", "list"),
    ("GET", "/batches/{batch_id}/renewal"): (PEOPLE_SEE, "thing"),
    ("POST", "/batches/{batch_id}/renewal"): ("maker approver", "thing"),
    ("GET", "/people"): ("auditor administrator", "all"),
    ("GET", "/people/{person_id}"): ("auditor administrator", "all"),
    ("GET", "/people/{person_id}/grant"): ("administrator", "all"),
    ("POST", "/people/{person_id}/grant"): ("administrator", "all"),
    ("GET", "/people/{person_id}/second-factor"): ("administrator", "all"),
    ("POST", "/people/{person_id}/second-factor"): ("administrator", "all"),
    ("GET", "/grants/{grant_id}/confirm"): ("administrator", "all"),
    ("POST", "/grants/{grant_id}/confirm"): ("administrator", "all"),
    ("GET", "/grants/{grant_id}/end"): ("administrator", "all"),
    ("POST", "/grants/{grant_id}/end"): ("administrator", "all"),
    ("GET", "/people/{person_id}/delegate"): ("", "all"),
    ("POST", "/people/{person_id}/delegate"): ("", "all"),
    ("GET", "/delegations/{delegation_id}/confirm"): ("administrator", "all"),
    ("POST", "/delegations/{delegation_id}/confirm"): ("administrator", "all"),
    ("GET", "/delegations/{delegation_id}/end"): ("administrator", "all"),
    ("POST", "/delegations/{delegation_id}/end"): ("administrator", "all"),
    ("GET", "/configuration"): ("operator auditor administrator", "open"),
    ("GET", "/configuration/propose"): ("administrator", "all"),
    ("POST", "/configuration/propose"): ("administrator", "all"),
    ("GET", "/configuration/approve"): ("administrator", "all"),
    ("POST", "/configuration/approve"): ("administrator", "all"),
}
"""Pages and acts of the console. ``shows`` is a page that everybody may open and that then shows nothing to some."""
EVERYBODY = {
    "/",
    "/cutoffs",
    "/channels",
    "/channels/{bank}",
    "/events",
    "/documents/replay",
    "/live",
    "/sign-in",
    "/second-factor",
}
"""Pages without anything of an entity but counts of what the reader may see, and the door itself."""
DOORS = {"/sign-in", "/sign-out", "/second-factor"}
"""What anybody may send: it concerns their own session only."""
BY_ACT = {
    "/batches/{batch_id}/{act}": ("approve", "decline", "withdraw"),
    "/grants/{grant_id}/{act}": ("confirm", "end"),
    "/configuration/{act}": ("propose", "approve"),
    "/delegations/{delegation_id}/{act}": ("confirm", "end"),
}

COMMANDS = {
    "batches approve": ("POST", "/v1/batches/{batch_id}/approvals"),
    "batches decline": ("POST", "/v1/batches/{batch_id}/approvals"),
    "batches renew": ("POST", "/v1/batches/{batch_id}/renewal"),
    "files settle": ("POST", "/v1/files/{file_id}/rulings"),
    "submit": ("POST", "/v1/batches"),
    "documents replay": ("POST", "/v1/documents/replay"),
    "documents content": ("GET", "/v1/documents/{document_id}/content"),
    "config propose": ("POST", "/v1/configuration/proposal"),
    "config approve": ("POST", "/v1/configuration/approval"),
    "people grant": "administrator",
    "people confirm": "administrator",
    "people revoke": "administrator",
    "people delegate": "approver of the entity",
    "people confirm-delegation": "administrator",
    "people end-delegation": "administrator",
    "banks confirm-key": "administrator of the bank",
}
"""Commands that act for somebody: through an endpoint, or themselves with a personal token."""
OF_THE_MACHINE = {
    "serve", "work", "migrate", "demo", "simulate", "people add", "people disable",
    "people second-factor", "tokens add", "tokens revoke",
    "clients add", "clients disable", "banks check", "audit anchor", "audit harden", "audit key", "evidence",
    "retention run",
}  # fmt: skip
"""Commands of whoever runs the machine, holding its database and its keys; the trail names the command line."""
LOOKING = {
    "read", "check", "explain", "build", "batches list", "batches show", "payments list", "payments show",
    "payments timeline", "files list", "files show", "cutoffs list", "breaks list", "statements list",
    "statements entries", "documents list", "documents show", "events", "people list", "people grants",
    "people delegations", "clients list",
    "banks list", "banks status", "audit verify", "audit list",
    "config diff", "vault verify",
}  # fmt: skip
"""Commands that change nothing."""
