"""Tables: captions, headings that say what they head, numbers in columns, wide ones that scroll by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.pages.markup import Content, Markup, tag

__all__ = ["data_table"]


def data_table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[Content]],
    *,
    numbers: Sequence[int] = (),
    hidden: bool = False,
    number: str | None = None,
    name: str | None = None,
) -> Markup:
    """A table whose first column heads its rows.

    Parameters
    ----------
    caption : what it shows; read out, and shown unless ``hidden``.
    header : headings of the columns.
    rows : cells.
    numbers : columns set flush right.
    number : such as "Table 3."; the caption then stands above the part that scrolls.
    name : class of the table.
    """
    right = set(numbers)
    head = [tag("th", text, scope="col", class_="n" if j in right else None) for j, text in enumerate(header)]
    body = [
        tag("tr", tag("th", cells[0], scope="row"), [_cell(cell, j in right) for j, cell in enumerate(cells[1:], 1)])
        for cells in rows
    ]
    title = [tag("b", number), " ", caption] if number else caption
    told = tag("caption", title, class_="unseen" if hidden or number else None)
    table = tag("table", told, tag("thead", tag("tr", head)), tag("tbody", body), class_=name)
    # a wide table scrolls by itself, its caption stays in view
    shown = tag("p", title, class_="caption", aria_hidden="true") if number and not hidden else None
    return Markup((shown or "") + tag("div", table, class_="scroll", tabindex=0, role="group", aria_label=caption))


def _cell(content: Content, right: bool) -> Markup:
    return tag("td", content, class_="n" if right else None)
