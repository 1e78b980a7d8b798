"""The code of a page: its ``python`` and ``{plot}`` fences share one namespace, in order.

The documentation's build and the tests both run pages through this file, so what a reader sees is what was tested.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Fence", "PageError", "fences", "run", "same_words"]

_FENCE = re.compile(r"^```(?P<kind>python|text|\{plot\})[ \t]*\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_OPTION = re.compile(r":[\w-]+:.*")
_PROMPT = re.compile(r"^\s*>>> ", re.MULTILINE)
#: fingerprints and numbers differ from machine to machine; the words around them may not
_NUMBER = re.compile(r"\b[0-9a-f]{12}\b|[-−+]?\d[\d,.]*(?:e[-+]?\d+)?")


class PageError(Exception):
    """An example shows something other than what its code gives."""


@dataclass(frozen=True)
class Fence:
    """One block of a page.

    Parameters
    ----------
    kind : ``"python"`` or ``"plot"``.
    code : what is run.
    line : number of its first line on the page.
    shown : the ``text`` fence right below, which shows what the code prints; None when there is none.
    """

    kind: str
    code: str
    line: int
    shown: str | None = None


def fences(text: str) -> list[Fence]:
    """Every block of code on a page, in order."""
    found: list[Fence] = []
    end = 0
    for match in _FENCE.finditer(text):
        kind, body = match["kind"].strip("{}"), match["body"]
        line = text.count("\n", 0, match.start("body")) + 1
        if kind != "text":
            found.append(Fence(kind, _without_options(body) if kind == "plot" else body, line))
        elif found and not text[end : match.start()].strip():
            found[-1] = Fence(found[-1].kind, found[-1].code, found[-1].line, shown=body)
        end = match.end()
    return found


def run(fence: Fence, namespace: dict[str, Any], page: Path) -> None:
    """Run one block in its page's namespace.

    Raises
    ------
    PageError : a prompt's answer, or the words printed, are other than the page shows.
    """
    if _PROMPT.search(fence.code):
        _run_prompts(fence, namespace, page)
        return
    printed = io.StringIO()
    code = compile("\n" * (fence.line - 1) + fence.code, str(page), "exec")
    with contextlib.redirect_stdout(printed):
        exec(code, namespace)
    if fence.shown is not None and not same_words(fence.shown, printed.getvalue()):
        raise PageError(f"{page.name}:{fence.line} shows\n{fence.shown}\nand prints\n{printed.getvalue()}")


def same_words(shown: str, printed: str) -> bool:
    """Whether two texts agree but for numbers, fingerprints and the length of white space."""
    first, second = (_NUMBER.sub("#", text).split() for text in (shown, printed))
    return first == second


def _run_prompts(fence: Fence, namespace: Mapping[str, Any], page: Path) -> None:
    test = doctest.DocTestParser().get_doctest(fence.code, dict(namespace), page.name, str(page), fence.line - 1)
    report: list[str] = []
    outcome = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append, clear_globs=False)
    if outcome.failed:
        raise PageError("".join(report))
    if isinstance(namespace, dict):
        namespace.update(test.globs)


def _without_options(body: str) -> str:
    """The lines below a directive's options, blank lines kept so that line numbers stay right."""
    lines = body.split("\n")
    count = next((j for j, line in enumerate(lines) if not _OPTION.fullmatch(line)), len(lines))
    return "\n" * count + "\n".join(lines[count:])
