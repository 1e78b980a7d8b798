"""The folder as a namespace."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_plot_is_a_function_of_the_folder_also_after_its_module_was_imported():
    code = """
import pellucid.plots.bar, pellucid.plots.fonts
from pellucid.plots import waterfall
print(pellucid.plots.bar.__name__, waterfall.__name__, callable(pellucid.plots.bar), pellucid.plots.fonts.__name__)
"""
    assert run(code) == "bar waterfall True pellucid.plots.fonts"


def test_importing_the_folder_imports_no_matplotlib_and_plots_no_pyplot():
    assert run("import pellucid.plots, sys; print('matplotlib' in sys.modules)") == "False"
    code = "import sys\nfrom pellucid.plots.scatter import scatter\nprint('matplotlib.pyplot' in sys.modules)"
    assert run(code) == "False"


def test_an_unknown_plot_is_an_attribute_error():
    import pellucid.plots

    with pytest.raises(AttributeError, match="no attribute 'pie'"):
        pellucid.plots.pie  # noqa: B018
