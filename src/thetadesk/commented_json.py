"""JSON with comments, as LEAN's configuration files have it."""

import json
import re
from pathlib import Path

from lean_local.errors import BadInputError

# A string literal, or a comment: strings are kept, so that "http://…" inside one is no comment.
_STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


def read_commented_json(path: Path) -> dict[str, object]:
    """Read a JSON object that may hold // and /* */ comments, as LEAN's configuration files do.

    :raises BadInputError: if it is not a JSON object
    """
    text = _STRING_OR_COMMENT.sub(lambda match: match.group(1) or "", path.read_text(encoding="utf-8-sig"))
    fix = "Correct the file, or make a new one with `lean init`."
    try:
        settings = json.loads(text)
    except json.JSONDecodeError as error:
        problem = f"{path.name} is not valid JSON (line {error.lineno}: {error.msg})"
        raise BadInputError(problem, path=path, fix=fix) from error
    if not isinstance(settings, dict):
        raise BadInputError(f"{path.name} does not hold a JSON object", path=path, fix=fix)
    return settings
