"""People with accounts and grants on the database of a :class:`World`, and policies over its routes."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from gateway.domain.approval import ApprovalPolicy, Decision
from gateway.domain.roles import Role
from gateway.persistence.grants import GrantRow, Grants
from gateway.persistence.people import People, Person
from gateway.persistence.tables import grants, people
from gateway.steps import approve

FLOOR = ApprovalPolicy(name="four eyes", persons=2, approvers_min=1)


class Signers:
    """What a test does with people; ids are their names."""

    def __init__(self, world):
        self.world = world

    def policy(self, *rules, **more):
        """The world's policy from now on."""
        self.world.policy = replace(
            FLOOR, rules=tuple(rules), routes=self.world.routes, accounts=self.world.accounts, **more
        )

    def add(self, name, *roles, same_as=None, entity="*"):
        with self.world.unit() as work:
            People(work.connection).add(
                Person(
                    id=name, name=name, display_name=name.title(), password="", created_at=self.world.at,
                    same_as=same_as,
                )
            )  # fmt: skip
            work.commit()
        for role in roles:
            self.grant(name, role, entity=entity)

    def grant(self, name, role, *, entity="*"):
        since = self.world.at - timedelta(days=1)
        with self.world.unit() as work:
            Grants(work.connection).add(
                GrantRow(
                    id=work.new_id(), person_id=name, role=Role(role), entity=entity, reason="a test", asked_by="test",
                    asked_at=since, confirmed_by="test", since=since,
                )
            )  # fmt: skip
            work.commit()

    def revoke(self, name, role):
        with self.world.unit() as work:
            work.connection.execute(
                update(grants)
                .where(grants.c.person_id == name, grants.c.role == role)
                .values(ended_at=self.world.at, ended_by="test")
            )
            work.commit()

    def link(self, name, same_as):
        """From now on the account is known to be another person's."""
        with self.world.unit() as work:
            mine = (people.c.id == name) | (people.c.same_as == name)
            work.connection.execute(update(people).where(mine).values(same_as=same_as))
            work.commit()

    def sign(self, batch_id, who, decision=Decision.APPROVE, *, digest=None, reason="looked at it"):
        def act(work):
            shown = digest or approve.standing(work, batch_id, self.world.policy).digest or "0" * 64
            return approve.decide(
                work, batch_id=batch_id, person_id=who, person_name=who.title(), digest=shown, decision=decision,
                reason=reason, policy=self.world.policy,
            )  # fmt: skip

        return self.world.do(act)

    def now(self, batch_id):
        with self.world.unit() as work:
            return approve.standing(work, batch_id, self.world.policy)

    def brought(self, *amounts, **more):
        """A batch that waits for people."""
        batch_id = self.world.take(*amounts, **more)
        self.world.validate(batch_id)
        return batch_id
