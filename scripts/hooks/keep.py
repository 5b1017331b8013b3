"""A hook of the client that keeps each message it is given: one file each, named by the moment."""

from __future__ import annotations

import sys
import time
from pathlib import Path

Path(sys.argv[1], f"{time.time_ns()}.json").write_bytes(sys.stdin.buffer.read())
