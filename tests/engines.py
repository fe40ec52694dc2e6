"""Engines of one process share what they compiled.

Each test opens an engine of its own, and SQLAlchemy keeps what a statement was compiled to by the engine and its
dialect: without this a third of the time of tests on databases went into compiling the same few hundred statements.
"""

from typing import Any

from sqlalchemy import Engine, event

from gateway.persistence import engine as ours

STATEMENTS_MAX = 5_000
_first: dict[str, Engine] = {}
"""By kind of database the first engine that connected: its dialect has met a server by then."""


def share() -> None:
    """From now on, for every engine that the hub opens in this process."""
    make = ours.create_engine

    def create_engine(url: Any, **settings: Any) -> Engine:
        engine = make(url, query_cache_size=STATEMENTS_MAX, **settings)
        kind = engine.dialect.name
        if kind in _first:
            engine.dialect, engine._compiled_cache = _first[kind].dialect, _first[kind]._compiled_cache
        else:
            event.listen(engine, "connect", lambda *_: _first.setdefault(kind, engine))
        return engine

    ours.create_engine = create_engine
