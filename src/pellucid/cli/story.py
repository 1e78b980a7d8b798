"""Lines that a command prints as it goes, each with its label, and how long each part took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from pellucid.cli.terminal import NO_BREAK, field, heading, stage
from pellucid.cli.words import label_width, say

__all__ = ["Story"]


class Story:
    """What a command did so far.

    Parameters
    ----------
    language : ``"en"`` or ``"zh"``.
    title : phrase to begin with, if any.
    """

    def __init__(self, language: str, title: str | None = None) -> None:
        self.language = language
        if title is not None:
            heading(say(language, title))
        self._started = perf_counter()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str, doing: str, **slots: object) -> Iterator[None]:
        """Time one part, and on a terminal say what is being done."""
        started = perf_counter()
        with stage(say(self.language, doing, **slots)):
            yield
        self._seconds[name] = perf_counter() - started

    def tell(self, label: str, key: str, **slots: object) -> None:
        """Print one line of a phrase."""
        self.tell_text(label, say(self.language, key, **slots))

    def tell_text(self, label: str, text: str) -> None:
        """Print one line of any text."""
        field(say(self.language, label), text, labels=label_width(self.language))

    def prove(self, receipt: Any) -> None:
        """Print whether the explanation adds up."""
        completeness = receipt.completeness
        if completeness.kind != "checked":
            self.tell("proof", "unchecked")
            return
        gap, tolerance = f"{completeness.gap:.1e}", f"{completeness.tolerance:.1e}"
        self.tell("proof", "checked", rows=f"{completeness.rows:,}", gap=gap, tolerance=tolerance)

    def end(self, key: str, page: str) -> None:
        """Print how long each part took and where the page is."""
        seconds = {name: f"{value:.1f}" for name, value in self._seconds.items()}
        times = say(self.language, key, **seconds, total=f"{perf_counter() - self._started:.1f}")
        self.tell_text("time", " · ".join(part.replace(" ", NO_BREAK) for part in times.split(" · ")))
        path = Path(page).resolve()
        self.tell("page", "written", path=path, size=f"{path.stat().st_size / 1e6:.2f} MB")
