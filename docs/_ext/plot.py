"""The ``{plot}`` fence: runs the page up to here and shows every figure that its own code leaves open."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import matplotlib.pyplot as plt
from docutils import nodes
from docutils.parsers.rst import directives
from page_code import Fence, fences, run
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

__all__ = ["setup"]

#: below the sources, so that Sphinx finds the pictures, and in the folder that git ignores
PICTURES = Path("_build", "plots")
SAVING = {"svg.hashsalt": "pellucid", "savefig.dpi": 200}


class Plot(SphinxDirective):
    """Source and pictures of one fence."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "include-source": lambda value: directives.choice(value, ("true", "false")) == "true",
        "alt": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        page = Path(self.env.doc2path(self.env.docname))
        *before, fence = self._take(page)
        try:
            for earlier in before:
                run(earlier, self._state["namespace"], page)
            plt.close("all")
            run(fence, self._state["namespace"], page)
        except Exception as error:
            raise self.error(f"{type(error).__name__}: {error}") from error
        source = nodes.literal_block(fence.code.strip("\n"), fence.code.strip("\n"), language="python")
        pictures = [self._picture(number) for number in plt.get_fignums()]
        plt.close("all")
        return [source, *pictures] if self.options.get("include-source", True) else list(pictures)

    @property
    def _state(self) -> dict[str, Any]:
        fresh: dict[str, Any] = {"namespace": {"__name__": "page"}, "done": 0, "pictures": 0}
        state: dict[str, Any] = self.env.temp_data.setdefault("page", fresh)
        return state

    def _take(self, page: Path) -> list[Fence]:
        """The blocks since the last picture, this picture's own at the end."""
        rest = fences(page.read_text(encoding="utf-8"))[self._state["done"] :]
        position = next(j for j, fence in enumerate(rest) if fence.kind == "plot")
        self._state["done"] += position + 1
        return rest[: position + 1]

    def _picture(self, number: int) -> nodes.Node:
        self._state["pictures"] += 1
        name = f"{self.env.docname.replace('/', '-')}-{self._state['pictures']}.svg"
        path = Path(self.env.srcdir) / PICTURES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with plt.rc_context(SAVING):
            plt.figure(number).savefig(path, bbox_inches="tight", metadata={"Date": None})
        alt = self.options.get("alt", "what the code above draws")
        return nodes.image(uri=f"/{PICTURES.as_posix()}/{name}", alt=alt, classes=["plot"])


def setup(app: Sphinx) -> dict[str, bool]:
    plt.switch_backend("Agg")
    app.add_directive("plot", Plot)
    return {"parallel_read_safe": True}
