"""URLs of databases: one host or several, with and without ports."""

import pytest

from cti_server.storage import DatabaseError
from cti_server.storage.database import open_engine, parse_url


@pytest.mark.parametrize(
    ("url", "hosts", "ports"),
    [
        ("postgresql://cw@a,b/db?target_session_attrs=read-write", "a,b", "5432,5432"),
        ("postgresql://cw@a:5433,b/db", "a,b", "5433,5432"),
        ("postgresql://a:1,b:2,c:3/db", "a,b,c", "1,2,3"),
        ("postgresql+psycopg://[2001:db8::1]:5433,[2001:db8::2]/db", "2001:db8::1,2001:db8::2", "5433,5432"),
    ],
)
def test_several_hosts(url: str, hosts: str, ports: str) -> None:
    parsed = parse_url(url)
    assert (parsed.query["host"], parsed.query["port"], parsed.database) == (hosts, ports, "db")
    _, arguments = open_engine(url).dialect.create_connect_args(open_engine(url).url)
    assert (arguments["host"], arguments["port"]) == (hosts, ports)


def test_one_host_stays_as_it_is() -> None:
    assert (parse_url("postgresql://a:5433/db").host, parse_url("postgresql://a:5433/db").port) == ("a", 5433)
    assert parse_url("sqlite:///a,b").database == "a,b"


@pytest.mark.parametrize("url", ["postgresql://a:x,b/db", "postgresql://a:,b/db", "nothing", "mysql://a,b/db"])
def test_what_is_none_is_refused_readably(url: str) -> None:
    with pytest.raises(DatabaseError, match="write sqlite:///FILE or postgresql://HOST/NAME"):
        open_engine(url)
