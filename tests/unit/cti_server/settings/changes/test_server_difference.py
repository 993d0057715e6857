"""What differs between two server.yaml files, and what of it needs a restart."""

from cti_server.settings import LinkSettings, MediaServiceSettings, ServerSettings
from cti_server.settings.changes.server_difference import server_difference
from cti_server.settings.server import LogSettings

LINK = LinkSettings(name="pbx", dialect="openscape_voice", host="10.0.0.1", port=1040)
# Files may have no password there; what is shown has none whatever comes.
OLD = ServerSettings(links=(LINK,)).model_copy(update={"database": "postgresql://me:secret@db/one"})


def test_equal_settings_differ_in_nothing() -> None:
    assert server_difference(OLD, OLD.model_copy()) == []


def test_each_setting_is_named_by_its_path_and_parts_by_their_names() -> None:
    new = ServerSettings(
        links=(LINK.model_copy(update={"port": 1041}), LINK.model_copy(update={"name": "other"})),
        media_services=(MediaServiceSettings(name="media-2"),),
        database="postgresql://me@db/two",
        log=LogSettings(level="debug"),
    )
    assert [str(each) for each in server_difference(OLD, new, ("log.level",))] == [
        "server.yaml database: postgresql://***@db/one -> postgresql://***@db/two (needs a restart)",
        "server.yaml links.pbx.port: 1040 -> 1041 (needs a restart)",
        "server.yaml links.other: nothing -> other (needs a restart)",
        "server.yaml media_services: nothing -> media-2 (needs a restart)",
        "server.yaml log.level: info -> debug",
    ]


def test_a_password_that_alone_has_changed_is_told_without_being_shown() -> None:
    new = OLD.model_copy(update={"database": "postgresql://me:another@db/one"})
    (change,) = server_difference(OLD, new)
    assert (change.before, change.after) == ("postgresql://***@db/one", "postgresql://***@db/one")


def test_a_path_is_live_with_all_below_it_and_with_no_other() -> None:
    new = OLD.model_copy(update={"log": LogSettings(level="debug", format="json")})
    live = {each.path: each.live for each in server_difference(OLD, new, ("log",))}
    assert live == {"log.level": True, "log.format": True}
    live = {each.path: each.live for each in server_difference(OLD, new, ("lo", "log.lev"))}
    assert live == {"log.level": False, "log.format": False}
