"""The audit trail and its anchors are only ever appended to: triggers refuse everything else, on both databases.

Triggers stop the hub's own mistakes and the honest. Who owns the tables can drop them, so on PostgreSQL the hub should
run under a role that does not, see :func:`revoke`; the chain and the anchors find what happened all the same.
"""

from sqlalchemy import Connection, text

from gateway.domain.errors import Misconfigured

APPENDED = ("audit", "anchors")
SAYS = "is only appended to"
_FUNCTION = f"""CREATE OR REPLACE FUNCTION payhub_only_appended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'table % {SAYS}', TG_TABLE_NAME; END $$"""


def refuse_changes(connection: Connection) -> None:
    """Lays the triggers; laying them twice is harmless."""
    allow_changes(connection)
    if connection.dialect.name == "sqlite":
        for table in APPENDED:
            for act in ("UPDATE", "DELETE"):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'table {table} {SAYS}'); END"
                )
        return
    connection.execute(text(_FUNCTION))
    for table in APPENDED:
        connection.execute(
            text(
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION payhub_only_appended()"
            )
        )


def allow_changes(connection: Connection) -> None:
    """Takes the triggers away: for a downgrade, and for tests that tamper."""
    for table in APPENDED:
        if connection.dialect.name == "sqlite":
            for act in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{act}")
        else:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}"))


def revoke(connection: Connection, role: str) -> None:
    """Takes changing and removing rows of the trail from the role the hub runs under (PostgreSQL).

    Raises :class:`Misconfigured` where that would not hold: the role owns the tables, or the database is SQLite.
    """
    if connection.dialect.name == "sqlite":
        raise Misconfigured("SQLite knows no roles; the triggers are all there is.", code="audit.no_roles")
    owners = connection.execute(
        text("SELECT tableowner FROM pg_tables WHERE tablename = ANY(:names)"), {"names": list(APPENDED)}
    ).scalars()
    if role in set(owners):
        raise Misconfigured(
            f"The role {role} owns the tables and could grant itself everything back: run the hub under another one.",
            code="audit.role_owns",
        )
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    for table in APPENDED:
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}"))
