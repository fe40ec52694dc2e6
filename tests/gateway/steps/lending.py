"""Rights that people lend one another, on the database of a :class:`World`; signatures as the door asks for them."""

from datetime import timedelta

from sqlalchemy import select, update

from gateway.domain import delegation
from gateway.domain.approval import VERBS, Decision
from gateway.domain.roles import ALLOWED
from gateway.persistence.delegations import DelegationRow, Delegations
from gateway.persistence.grants import Grants
from gateway.persistence.people import People
from gateway.persistence.tables import delegations, grants
from gateway.steps import approve


class Lending:
    """What a test does with lent rights; ids of people are their names."""

    def __init__(self, signers):
        self.world = signers.world

    def lend(self, giver, taker, role, *, entity="*", days=35):
        """From now on the taker may sign for the giver; gives the delegation's id."""
        with self.world.unit() as work:
            grant = next(
                one for one in Grants(work.connection).of_account(giver, self.world.at) if one.role.value == role
            )
            row = DelegationRow(
                id=work.new_id(), grant_id=grant.id, person_id=taker, entity=entity, reason="a test",
                asked_at=self.world.at, starts_at=self.world.at, ends_at=self.world.at + timedelta(days=days),
                confirmed_by="test", confirmed_at=self.world.at,
            )  # fmt: skip
            Delegations(work.connection).add(row)
            work.commit()
        return row.id

    def end(self, delegation_id):
        with self.world.unit() as work:
            work.connection.execute(
                update(delegations)
                .where(delegations.c.id == delegation_id)
                .values(ended_at=self.world.at, ended_by="test")
            )
            work.commit()

    def end_between(self, giver, taker, role):
        """Ends everything of a role that one lent the other."""
        of = select(grants.c.id).where(grants.c.person_id == giver, grants.c.role == role)
        with self.world.unit() as work:
            work.connection.execute(
                update(delegations)
                .where(
                    delegations.c.person_id == taker, delegations.c.grant_id.in_(of), delegations.c.ended_at.is_(None)
                )
                .values(ended_at=self.world.at, ended_by="test")
            )
            work.commit()

    def disable(self, name):
        with self.world.unit() as work:
            People(work.connection).disable(name, self.world.at)
            work.commit()

    def held(self, name):
        """What the door sees of somebody's rights."""
        with self.world.unit() as work:
            return Grants(work.connection).held(name, self.world.at)

    def may(self, name, decision):
        """Whether the door lets somebody in for that."""
        return any(one.allows(verb) for one in self.held(name) for verb in VERBS[decision])

    def sign(self, batch_id, who, decision=Decision.APPROVE, *, digest=None, reason="looked at it", held=None):
        """Signs as the door lets it: with a right of one's own, else with one that was lent. ``held`` is what the door
        saw, where that was earlier.
        """

        def act(work):
            person = People(work.connection).get(who)
            seen = Grants(work.connection).held(who, self.world.at) if held is None else held
            entity = work.batches.get(batch_id).entity
            shown = digest or approve.standing(work, batch_id, self.world.policy).digest or "0" * 64
            verbs = VERBS[decision]
            assert any(one.role in ALLOWED[verb] for one in seen for verb in verbs), "the door turns them away"
            return approve.decide(
                work, batch_id=batch_id, person_id=person.counts_as, person_name=person.display_name,
                digest=shown, decision=decision, reason=reason, policy=self.world.policy,
                stands_in_for=delegation.stands_in_for(seen, entity, *verbs),
            )  # fmt: skip

        return self.world.do(act)
