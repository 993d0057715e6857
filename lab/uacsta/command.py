"""The command ``callwright-lab uacsta``: controls a phone, ours or another maker's, to see what it can do."""

import secrets
import sys

import click

from lab.uacsta.application import PhoneApplication
from lab.uacsta.probe import Errand, Probe
from program.logs import logger, set_up
from sip.errors import SipSyntaxError
from sip.uri import SipUri

EPILOG = """
\b
Examples:
  callwright-lab phone --extension 7201 --sip-port 5072 --uacsta
  callwright-lab uacsta sip:7201@127.0.0.1:5072
  callwright-lab uacsta sip:7201@127.0.0.1:5072 --dial 7000 --hang-up-after 10

Exit status: 0 after a dialled call or Ctrl-C, 1 where the phone refuses or is gone, 2 for wrong options.
"""


@click.command(epilog=EPILOG, short_help="Control a phone by CSTA (uaCSTA).")
@click.argument("phone")
@click.option("--number", help="The phone's number, where it is not the user part of its URI.")
@click.option("--dial", help="Let the phone call this number.")
@click.option("--answer", is_flag=True, help="Let the phone answer what rings.")
@click.option("--hang-up-after", type=click.FloatRange(0), help="Let it hang up so many seconds after the answer.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address of this machine for the phone.")
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    default="text",
    show_default=True,
    help="How the log is written.",
)
def uacsta(  # noqa: PLR0917 - click hands over each option
    phone: str,
    number: str | None,
    dial: str | None,
    answer: bool,
    hang_up_after: float | None,
    host: str,
    log_format: str,
) -> None:
    """Control the phone at a SIP URI by CSTA (uaCSTA), and show what it can do and what it reports."""
    try:
        target = SipUri.parse(phone)
    except SipSyntaxError as error:
        raise click.BadParameter(str(error), param_hint="PHONE") from error
    if not target.host or not (number or target.user):
        raise click.BadParameter("name the phone as sip:NUMBER@HOST:PORT", param_hint="PHONE")
    set_up(form=log_format)
    sys.exit(_run(target, number or target.user, host, Errand(dial, answer, hang_up_after)))


def _run(target: SipUri, number: str, host: str, errand: Errand) -> int:
    from program.reactor import install  # noqa: PLC0415 - the reactor comes before everything that might import it

    reactor = install()
    from program.run import Program  # noqa: PLC0415 - after the reactor

    log = logger(program="uacsta")
    application = PhoneApplication(reactor, target, tokens=lambda: secrets.token_hex(16), log=log, host=host)

    def finish(status: int) -> None:
        program.finish(status)

    probe = Probe(reactor, application, number, errand=errand, finish=finish, log=log)
    program = Program(reactor, probe, log)
    return program.run()
