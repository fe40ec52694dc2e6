"""``make schema``: requests made up from the OpenAPI, right and wrong ones, by people, clients, strangers and nobody.

No answer is a 5xx, none says anything the description does not, and none tells what its reader may not know: secrets,
traces of our own code, and what belongs to another legal entity. The last line is
``{"operations":n,"requests":n,"findings":0}``.
"""

import argparse
import json
import re
import sys
import warnings
from dataclasses import dataclass
from urllib.parse import unquote

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from gateway.domain.roles import Role
from tests.campaigns import expected_rights as expected
from tests.campaigns.matrix import PLACES, Matrix
from tests.campaigns.tamper import database
from tests.gateway.hubs import CHEAP_HASH, add_person
from tests.gateway.serving import serving

EXAMPLES_SHORT = 3
"""Made-up requests for each operation, kind of caller and kind of request, in the ordinary run."""
FEW = ("a forger", "a person of one entity")
"""Who asks in the ordinary run."""
EXAMPLES_LONG = 60
CHECKS = (
    not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_headers_conformance, checks.response_schema_conformance,
)  # fmt: skip
OF_CODE = re.compile(
    r"Traceback|File \"/|sqlalchemy|psycopg|sqlite3|SELECT |INSERT |site-packages|\.py\b|\$argon2|object at 0x"
)
THINGS = ("batch_id", "payment_id", "file_id", "statement_id", "break_id", "document_id")
DUTIES = ("maker", "approver", "releaser", "operator", "auditor")
SHOWN_ONCE = {("post", "/v1/webhooks"), ("post", "/v1/webhooks/{webhook_id}/rotate")}
"""What answers with a fresh secret, because somebody asked for one."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks; ``sees`` are the places whose things may be shown, ``known`` whether anything but 401 is right."""

    name: str
    authorization: str | None
    sees: tuple[str, ...] = ()
    known: bool = True


class World(Matrix):
    """The hub of the matrix, its things of two entities, and who asks about them."""

    def __init__(self, url):
        super().__init__("", (), url=url)
        self.things["own"]["webhook_id"] = self._webhook("own")
        _, one = add_person(self.hub, "one", roles=DUTIES, entity="ACME-AT")
        _, ruler = add_person(self.hub, "ruler", roles=(Role.ADMINISTRATOR,))
        _, every = add_person(self.hub, "every", roles=DUTIES)
        self.callers = (
            Caller(name="nobody", authorization=None, known=False),
            Caller(name="a forger", authorization=f"Bearer phk_{'0' * 10}_{'0' * 52}", known=False),
            Caller(name="a client of one entity", authorization=f"Bearer {self.clients['own'][1]}", sees=("own",)),
            Caller(name="a person of one entity", authorization=f"Bearer {one}", sees=("own",)),
            Caller(name="a person of every entity", authorization=f"Bearer {every}", sees=("own", "other")),
            Caller(name="an administrator", authorization=f"Bearer {ruler}", sees=("own", "other")),
        )
        self.secrets = (
            "5a" * 32, CHEAP_HASH, one, ruler, every, *(key for _, key in self.clients.values()),
        )  # fmt: skip

    def marks(self, place):
        """What only belongs to one place: its ids, its account, its payments' references."""
        return [*(self.things[place][name] for name in THINGS), PLACES[place][2]]


class Finding(AssertionError):
    """Something an answer should not have been."""


class Asking:
    """Asks, and looks at what comes back."""

    def __init__(self, world, address):
        self.world = world
        self.schema = schemathesis.openapi.from_dict(world.app.openapi())
        self.schema.config.update(base_url=address)
        self.requests = 0

    def operations(self):
        """Every operation but streams, which do not end."""
        for found in self.schema.get_all_operations():
            one = found.ok()
            if (one.method.upper(), one.path) not in expected.STREAMS:
                yield one

    def ask(self, operation, caller, case, place):
        """One request and its answer."""
        if place is not None:
            things = self.world.things[place]
            case.path_parameters.update({k: things[k] for k in case.path_parameters if k in things})
        case.headers.pop("Authorization", None)
        sent = {} if caller.authorization is None else {"Authorization": caller.authorization}
        answer = case.call(headers=sent, timeout=30)
        self.requests += 1
        try:
            case.validate_response(answer, checks=list(CHECKS))
        except FailureGroup as group:
            raise Finding("; ".join(_told(one) for one in group.exceptions)) from None
        except Failure as one:
            raise Finding(_told(one)) from None
        self._look(operation, caller, answer)

    def _look(self, operation, caller, answer):
        public = expected.API.get((operation.method.upper(), operation.path), ("", ""))[1] == "public"
        if not caller.known and not public and answer.status_code not in (401, 400, 405):
            raise Finding(f"{caller.name} is answered with {answer.status_code}")
        text = answer.content.decode(errors="replace")
        if found := OF_CODE.search(text):
            raise Finding(f"the answer tells of our code: {found[0]}")
        for secret in self.world.secrets:
            if secret in text:
                raise Finding("the answer holds a secret")
        if "whsec_" in text and (operation.method, operation.path) not in SHOWN_ONCE:
            raise Finding("the answer holds the secret of a webhook")
        asked = unquote(answer.request.url) + str(answer.request.body or "")
        for place in set(PLACES) - set(caller.sees):
            for mark in self.world.marks(place):
                if mark in text and mark not in asked:
                    raise Finding(f"{caller.name} is shown {mark} of {place}")


def _told(failure):
    return f"{failure.title}: {failure.message}".replace("\n", " ")[:300]


def check(asking, operation, caller, mode, examples):
    """Many requests to one operation by one caller; gives the simplest that found something."""

    @seed(20_261_127)
    @settings(
        max_examples=examples, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck), derandomize=False,
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), place=st.sampled_from(("own", "other", None)))
    def every(case, place):
        asking.ask(operation, caller, case, place)

    try:
        every()
    except Unsatisfiable:  # nothing to make up, or nothing that could be wrong
        return None
    except Finding as found:
        return f"{operation.method.upper()} {operation.path}, {caller.name}, {mode.value}: {found}"
    return None


def run(url, examples, *, callers=None, told=lambda _text: None):
    """Every operation, caller and kind of request: how many operations and requests, and what was found."""
    found, operations = [], 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        world = World(url)
        with serving(world.app) as address:
            asking = Asking(world, address)
            for operation in asking.operations():
                operations += 1
                for caller in (one for one in world.callers if callers is None or one.name in callers):
                    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                        try:
                            finding = check(asking, operation, caller, mode, examples)
                        except schemathesis.errors.SchemathesisError as err:
                            finding = f"{operation.method} {operation.path}: {err}"
                        if finding is not None:
                            told(finding)
                            found.append(finding)
        world.hub.close()
    return operations, asking.requests, found


def main():
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES_LONG)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    given_ = parser.parse_args()
    with database(given_.db) as url:
        operations, requests, found = run(url, given_.examples, told=lambda text: print(text, flush=True))
    print(json.dumps({"operations": operations, "requests": requests, "findings": len(found)}, separators=(",", ":")))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
