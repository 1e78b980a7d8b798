"""Seconds that a fresh interpreter takes to import, over those of numpy: ``python -m benchmarks.start``."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

TURNS = 7
#: what is loaded before a first explanation, and what peers load
IMPORTS = {
    "numpy": "import numpy",
    "pellucid": "import numpy, pellucid.attribution, pellucid.plots, pellucid.models",
    "shap": "import numpy, shap",
    "lime": "import numpy, lime.lime_tabular",
    "shapiq": "import numpy, shapiq",
}


def main() -> None:
    """All in turn, from byte code that a first round compiles, as an installed package has it."""
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for code in IMPORTS.values():
            seconds(code, environment)
        turns = [{name: seconds(code, environment) for name, code in IMPORTS.items()} for _ in range(TURNS)]
    print(f"\nseconds to import, over numpy; medians of {TURNS} turns")
    over = {name: statistics.median(turn[name] - turn["numpy"] for turn in turns) for name in IMPORTS}
    for name in list(IMPORTS)[1:]:
        print(f"{name:<10}{over[name]:>7.3f}{over[name] / over['pellucid']:>9.1f}×")


def seconds(code: str, environment: dict[str, str]) -> float:
    """Wall-clock seconds of a fresh interpreter that runs ``code``."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environment)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
