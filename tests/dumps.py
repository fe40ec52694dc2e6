"""What somebody finds who opens the database without the hub: every value of every table, ours and the queue's."""

from pathlib import Path

from sqlalchemy import inspect, text

NOT_OURS = {"information_schema", "pg_catalog", "pg_toast"}


def places_of(engine, words):
    """Where each of the words can be read: (word, table.column), and (word, file) of SQLite's own files."""
    found = set()
    with engine.connect() as connection:
        for schema in set(inspect(connection).get_schema_names()) - NOT_OURS:
            for table in inspect(connection).get_table_names(schema=schema):
                rows = connection.execute(text(f'SELECT * FROM "{schema}"."{table}"')).mappings()
                for row in rows:
                    found |= {
                        (word, f"{table}.{name}")
                        for name, value in row.items()
                        for word in words
                        if word in _told(value)
                    }
    if engine.dialect.name == "sqlite":
        for file in Path(engine.url.database).parent.glob(Path(engine.url.database).name + "*"):
            found |= {(word, file.suffix) for word in words if word.encode() in file.read_bytes()}
    return sorted(found)


def _told(value):
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
