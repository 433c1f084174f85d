"""The command group and the one funnel every failure goes through. A verb's module is imported when it is used."""

import io
import os
import sys
import traceback
from importlib import import_module

import click

from thetadesk.errors import ExitCode

EPILOG = "\b\nExit codes\n" + "\n".join(f"  {int(code):>3}  {code.text}" for code in ExitCode)
# verb -> what it does; its command is `thetadesk.cli.<verb>.<verb>`
VERBS = {
    "backtest": "Run a LEAN algorithm on LEAN data and show where the time went.",
    "report": "Write one HTML page about a run: equity, regimes, trades, latency, refusals.",
    "trace": "Show a run's latency per stage, its decisions by reason, its slowest decisions.",
    "conformance": "Run LEAN's own regression algorithms and compare with what LEAN expects of them.",
    "data": "Make market data in LEAN's format, and check any LEAN data folder.",
}


class LazyGroup(click.Group):
    """Verbs whose modules are imported on use: `thetatrace --help` waits for neither numpy nor plotly."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order a user needs them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import and return the command of a verb; None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(import_module(f"thetadesk.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the list of verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EPILOG,
)
@click.version_option(package_name="thetatrace", message="thetatrace %(version)s")
def cli() -> None:
    """Backtest LEAN options algorithms and see, stage by stage, where the time of every decision went.

    \b
    Examples
      thetatrace data make
      thetatrace backtest algorithms/tom_king --start 2018-01-02 --end 2018-03-29
      thetatrace report algorithms/tom_king/backtests/2024-05-01_09-30-00 --open
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave the process with one of `ExitCode`."""
    words = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that has no µ shows ?, which is no reason to fail
            stream.reconfigure(errors="replace")
    sys.exit(run(words))


def run(words: list[str]) -> int:
    """Run one command line and return its exit code; every failure becomes one sentence on stderr."""
    try:
        code = cli.main(args=words, prog_name="thetatrace", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped with Ctrl-C; nothing half-written is left behind.", err=True)
        return ExitCode.INTERRUPTED
    except SystemExit as stopped:
        # click and rich leave like this when the reader of a pipe went away (`| head`). That is no error, and nothing
        # may be written to the pipe any more.
        if not isinstance(stopped.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001 - the funnel: the only place that turns any failure into a sentence
        if "--debug" in words:
            traceback.print_exc()
        exit_code, sentence = import_module("thetadesk.cli.failures").classify(error)
        click.echo(f"Error: {sentence}", err=True)
        return int(exit_code)
    return code if isinstance(code, int) else ExitCode.OK
