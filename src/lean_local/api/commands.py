"""Commands to a running algorithm: their types, links that send them, and what a backtest does with them.

LEAN `QCAlgorithm.AddCommand`, `Common/Commands/Command.cs`, `Common/Python/CommandPythonWrapper.cs`. Nobody sends
commands to a backtest: they run when an algorithm (or a test) calls `run_command`.
"""

import base64
import hashlib
import inspect
import json
import re
import time
from typing import Any
from urllib.parse import quote_plus

from lean_local.naming import LeanObject, to_snake
from lean_local.securities.models import method

_ENDPOINT = "https://www.quantconnect.com/api/v2/live/commands/create"
_ESCAPE = re.compile(r"%[0-9A-F]{2}")
_USER, _TOKEN = "0", ""  # LEAN's configuration without an account


class Command(LeanObject):
    """Base of command types; members of the payload become attributes, those it lacks are None."""

    payload_data: str | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    def run(self, algorithm: Any) -> bool | None:
        """Carry the command out: to be written by the algorithm."""
        raise NotImplementedError("Please implement the 'def run(algorithm) -> bool | None:' method")

    def __str__(self) -> str:
        return self.payload_data or serialize(self)


class CallbackCommand(Command):
    """A command as it arrives: its type and what it holds as JSON."""

    def __init__(self, type: str = "", payload: str = "{}", id: str = "") -> None:  # noqa: A002  LEAN's names
        self.type, self.payload, self.id = type, payload, id


class CommandResultPacket(LeanObject):
    """What became of a command."""

    def __init__(self, command: CallbackCommand, success: bool | None) -> None:
        self.command_name, self.success, self.command_id = command.type, success, command.id


class NotificationManager(LeanObject):
    """`self.notify`: a backtest sends nothing."""

    def email(self, *_: Any, **__: Any) -> bool:
        """Nothing is sent."""
        return False

    sms = web = telegram = ftp = sftp = email


def serialize(command: Any) -> str:
    """A command as JSON: a dictionary, the attributes of an object, or all set members of a type without attributes."""
    if isinstance(command, dict):
        return json.dumps(command)
    if vars(command) and not isinstance(command, Command):
        return json.dumps(vars(command))
    names = set(vars(command)) - {"payload_data"}
    for base in type(command).__mro__:
        if base in (Command, object):
            break
        names |= {n for n in vars(base) if not n.startswith("_")}
    shown = sorted(n for n in names if to_snake(n) == n or to_snake(n) not in names)  # one spelling of each
    members = ((n, getattr(command, n)) for n in shown)
    return json.dumps({n: v for n, v in members if v and not inspect.isroutine(v)})


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    """A value as parameters of a query: lists by index, dictionaries by key."""
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _flat(f"{name}[{key}]", item)]
    if isinstance(value, list | tuple):
        return [pair for i, item in enumerate(value) for pair in _flat(f"{name}[{i}]", item)]
    return [] if value is None else [(name, str(value))]


def _quoted(text: str) -> str:
    return _ESCAPE.sub(lambda found: found.group().lower(), quote_plus(text))


class CommandMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    _state: Any
    debug: Any
    log: Any

    @property
    def _commands(self) -> dict[str, type]:
        kept: dict[str, type] = self._run.commands
        return kept

    @property
    def project_id(self) -> int:
        """Id of the project: 0 unless the algorithm says otherwise."""
        return int(self._run.project_id)

    @project_id.setter
    def project_id(self, value: int) -> None:
        """Set it for the run."""
        self._run.project_id = int(value)

    @property
    def notify(self) -> NotificationManager:
        """Messages to people."""
        return NotificationManager()

    def add_command(self, kind: type) -> None:
        """Take a type of commands: a class with `run(algorithm)`."""
        if not any(hasattr(kind, name) for name in ("run", "Run")):
            raise TypeError(f"{kind.__name__} must have a method run(algorithm).")
        self._commands[kind.__name__.lower()] = kind

    def link(self, command: Any) -> str:
        """The address that sends a command to this project."""
        stamp = int(time.time())
        digest = hashlib.sha256(f"{_TOKEN}:{stamp}".encode()).hexdigest()
        pairs = [("authorization", base64.b64encode(f"{_USER}:{digest}".encode()).decode()), ("timestamp", str(stamp))]
        pairs += [("projectId", str(self.project_id)), *_flat("command", json.loads(serialize(command)))]
        name = type(command).__name__
        if name.lower() in self._commands:
            pairs.append(("command[$type]", name))
        return f"{_ENDPOINT}?" + "&".join(f"{_quoted(key)}={_quoted(value)}" for key, value in pairs)

    def broadcast_command(self, command: Any) -> None:  # noqa: ARG002
        """Send a command to all live deployments: not from a backtest."""
        self._state.warn_once("Warning: sending broadcast commands is disabled in backtesting")

    def run_command(self, command: CallbackCommand) -> CommandResultPacket:
        """Carry out a command of a type that was added."""
        kind = self._commands.get(command.type.lower())
        if kind is None:
            self._say_once(f"Detected unregistered command type '{command.type}', will be ignored")
            return CommandResultPacket(command, None)
        made = kind()
        if isinstance(made, Command):
            made.payload_data = command.payload
        for name, value in json.loads(command.payload).items():
            setattr(made, name, value)
        return CommandResultPacket(command, method(made, "run")(self))

    def _say_once(self, text: str) -> None:
        if text not in self._run.said_of_commands:
            self._run.said_of_commands.add(text)
            self.log(text)

    def on_command(self, data: Any) -> bool | None:  # noqa: ARG002
        """Called with commands of no type; a backtest gets none."""
        return True
