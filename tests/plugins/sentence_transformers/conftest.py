"""The plugin is tested from its sources where it is not installed: most of it needs no model library."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[3] / "plugins" / "vespera-sentence-transformers" / "src"

if importlib.util.find_spec("vespera_sentence_transformers") is None:
    sys.path.insert(0, str(SOURCES))
