"""The console's part of server.yaml, held to the plan."""

from tests.unit.cti_server.settings.configs import Config


def test_users_are_limited_to_queues_that_are_there(config: Config) -> None:
    text = "users: secrets/console-users\n"
    config.edit("server.yaml", text, f"{text}  queues:\n    anna: [service]\n    ben: [service, slaes]\n")
    assert config.problems() == [
        f"{config.at('server.yaml', 'slaes')}: console.queues.ben[1]: no queue is called 'slaes'; did you mean 'sales'?"
    ]
