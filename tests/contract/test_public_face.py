"""What is public has its page."""

from __future__ import annotations

from pathlib import Path

import pytest

import pellucid
from pellucid.core import _index, registry

DOCS = Path(pellucid.__file__).parent.parent.parent / "docs"
METHODS = sorted(address.rpartition(".")[2] for address in registry.methods())
PUBLISHED = [*(("methods", name) for name in METHODS), *(("plots", kind) for kind in sorted(_index.PLOTS))]


@pytest.mark.parametrize(("folder", "name"), PUBLISHED)
def test_a_method_or_plot_has_a_page_that_bears_its_name(folder, name):
    page = DOCS / folder / f"{name}.md"
    assert page.exists(), f"write {page}: what it answers, when to use it, the formula, its limits"
    assert name.casefold() in page.read_text(encoding="utf-8").partition("\n")[0].casefold()


@pytest.mark.parametrize(("folder", "name"), PUBLISHED)
def test_the_page_of_a_method_or_plot_shows_it_at_work(folder, name):
    text = (DOCS / folder / f"{name}.md").read_text(encoding="utf-8")
    assert "```python" in text or "```{plot}" in text


@pytest.mark.parametrize("folder", ["methods", "plots"])
def test_no_page_is_about_what_is_gone(folder):
    known = {name for home, name in PUBLISHED if home == folder} | {"index"}
    assert {page.stem for page in (DOCS / folder).glob("*.md")} <= known


def test_every_decision_is_listed():
    listed = (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    for page in (DOCS / "decisions").glob("*.md"):
        assert page.stem == "index" or f"\n{page.stem}\n" in listed
