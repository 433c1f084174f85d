"""`python -m thetadesk.lean_coverage`: write `lean_local/lean_api.txt` and `docs/lean-local-coverage.md`.

Run it in the project's root. With a path, only the document is made, there, from `lean_api.txt` as it stands.
"""

import sys
from pathlib import Path

from thetadesk.lean_coverage.document import TARGET, render
from thetadesk.lean_coverage.stubs import write_resource

if len(sys.argv) == 1:
    write_resource()
target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
target.write_text(render(), encoding="utf-8")
