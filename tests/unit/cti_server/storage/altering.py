"""Changes a test's database behind the store's back, as another program or an accident would have left it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine

from cti_server.storage import Store


@contextmanager
def altered(store: Store) -> Iterator[Connection]:
    engine = create_engine(store._engine.url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
