"""Every example that a reader may copy is run: the code of each page, and the prompts of each docstring."""

from __future__ import annotations

import doctest
import importlib
import re
import sys
from pathlib import Path

import matplotlib
import pytest

import pellucid

SOURCE = Path(pellucid.__file__).parent
ROOT = SOURCE.parent.parent
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

from page_code import PageError, fences, run, same_words  # noqa: E402

PAGES = [
    page
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if "_build" not in page.parts and fences(page.read_text(encoding="utf-8"))
]
MODULES = [path for path in sorted(SOURCE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]


@pytest.fixture
def off_screen(tmp_path, monkeypatch):
    """A folder of the page's own to write in, and figures that nobody sees."""
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    with matplotlib.rc_context({"figure.max_open_warning": 0}):
        plt.switch_backend("Agg")
        yield
        plt.close("all")


@pytest.mark.usefixtures("off_screen")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_code_of_a_page_runs_and_gives_what_it_shows(page):
    namespace = {"__name__": "page"}
    for fence in fences(page.read_text(encoding="utf-8")):
        run(fence, namespace, page)


@pytest.mark.usefixtures("off_screen")
@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_examples_of_docstrings_give_what_they_show(path):
    module = importlib.import_module(".".join(path.relative_to(SOURCE.parent).with_suffix("").parts))
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__):
        runner.run(test, out=report.append)
    assert not report, "".join(report)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) < 90, "one screen"
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / link).exists(), link


def test_a_block_keeps_the_numbers_of_its_lines_on_the_page():
    (fence,) = fences("# Title\n\n```{plot}\n:include-source: true\n\nboom()\n```\n")
    with pytest.raises(NameError) as caught:
        run(fence, {}, Path("page.md"))
    assert caught.traceback[-1].lineno + 1 == 6


def test_text_below_code_must_be_what_the_code_prints_but_for_numbers():
    page = "```python\nprint('0.25 s by TreeSHAP')\n```\n\n```text\n{}\n```\n"
    (right,) = fences(page.format("1.8 s by TreeSHAP"))
    run(right, {}, Path("page.md"))
    (wrong,) = fences(page.format("1.8 s by KernelSHAP"))
    with pytest.raises(PageError, match="KernelSHAP"):
        run(wrong, {}, Path("page.md"))


def test_text_apart_from_code_is_only_text():
    (fence,) = fences("```python\n1\n```\n\nWords.\n\n```text\nother\n```\n")
    assert fence.shown is None


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("gap 1.8e-15, 442 rows", "gap 0.0e+00, 1,000 rows", True),
        ("model A · 0123456789ab", "model A · fedcba987654", True),
        ("in log-odds", "in probability", False),
    ],
)
def test_only_numbers_and_fingerprints_may_differ(shown, printed, same):
    assert same_words(shown, printed) is same
