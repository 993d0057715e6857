"""Writes the JSON Schemas: ``python -m cti_server.settings config/schema``."""

import sys
from pathlib import Path

from cti_server.settings.json_schema import write_schemas

if __name__ == "__main__":
    for file in write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "config/schema")):
        sys.stdout.write(f"{file}\n")
