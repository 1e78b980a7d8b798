"""``pellucid doctor``: what is installed, and what to do when something is off."""

from __future__ import annotations

import json
import platform
import sys
from typing import Any

import click

from pellucid.cli.options import common

__all__ = ["command", "examine"]

CHINESE = "解释"
TABLES = ("pandas", "polars", "pyarrow")

EXAMPLES = """\b
Examples:
  pellucid doctor
  pellucid doctor --json > machine.json
"""


@click.command("doctor", epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@common
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Say what is installed and what to do when something is off.

    Exits with 1 when something that pellucid always needs is missing.
    """
    found = examine()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(found)
    ctx.exit(0 if found["healthy"] else 1)


def examine() -> dict[str, Any]:
    """Everything there is to say about this machine, as plain JSON values."""
    from pellucid import __version__
    from pellucid.cli.inputs import model_libraries
    from pellucid.cli.requirements import requirements, version_of_import

    engine = _engine()
    needs = requirements()
    found: dict[str, Any] = {
        "pellucid": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "engine": engine,
        "chinese_font": _chinese_font(),
        "needed": {need.name: need.installed for need in needs if need.extra is None},
        "models": {name: version_of_import(name) for name in model_libraries()},
        "tables": {name: version_of_import(name) for name in TABLES},
        "extras": _extras(needs),
    }
    broken = [
        f"pip install --upgrade '{need.name}{need.wanted}'" for need in needs if need.extra is None and not need.met
    ]
    found["healthy"] = not broken and engine["error"] is None
    found["advice"] = [*broken, *_advice(found)]
    return found


def show(found: dict[str, Any]) -> None:
    """The same for people."""
    from pellucid.cli.terminal import field, heading

    heading(f"pellucid {found['pellucid']} · Python {found['python']} · {found['platform']}")
    lines = [
        ("engine", _engine_text(found["engine"])),
        ("needed", _versions(found["needed"])),
        ("models", _versions(found["models"])),
        ("tables", _versions(found["tables"])),
        *((f"[{extra}]", _versions(packages)) for extra, packages in found["extras"].items()),
        (
            "Chinese",
            found["chinese_font"] or "no installed font writes it; SVG figures and the report show it all the same",
        ),
    ]
    labels = max(len(label) for label, _ in lines)
    for label, text in lines:
        field(label, text, labels=labels)
    click.echo()
    if not found["advice"]:
        click.echo("All is well.")
    for number, line in enumerate(found["advice"]):
        field("" if number else "to do", line, labels=labels)


def _engine() -> dict[str, Any]:
    """The compiled engine, or why it does not load."""
    try:
        from pellucid.core.native import default_threads, simd_path, simd_paths

        paths = {path.name: path.reason or None for path in simd_paths()}
        return {"path": simd_path(), "paths": paths, "threads": default_threads(), "error": None}
    except (ImportError, OSError) as error:
        return {"path": None, "paths": {}, "threads": None, "error": " ".join(str(error).split())}


def _chinese_font() -> str | None:
    """Family that figures write Chinese in, None when no installed font has it."""
    import warnings

    from matplotlib.text import Text

    from pellucid.plots.fonts import fit_fonts

    text = Text(text=CHINESE)
    before = text.get_fontfamily()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit_fonts([text])
    added = text.get_fontfamily()[len(before) :]
    return str(added[0]) if added else None


def _extras(needs: list[Any]) -> dict[str, dict[str, str | None]]:
    extras: dict[str, dict[str, str | None]] = {}
    for need in needs:
        if need.extra is not None:
            extras.setdefault(need.extra, {})[need.name] = need.installed if need.met else None
    return extras


def _advice(found: dict[str, Any]) -> list[str]:
    advice = []
    if found["engine"]["error"]:
        advice.append(
            f"{sys.executable} -m pip install --force-reinstall pellucid, because the compiled engine does not load: "
            f"{found['engine']['error']}"
        )
    if not any(found["tables"].values()):
        advice.append("pip install pandas, to read tables from files")
    for extra, packages in found["extras"].items():
        lacking = [name for name, installed in packages.items() if installed is None]
        if lacking:
            advice.append(f"pip install 'pellucid[{extra}]' adds {', '.join(lacking)}")
    if found["chinese_font"] is None:
        advice.append("for Chinese in PNG figures install a font (Debian and Ubuntu: apt-get install fonts-noto-cjk)")
    return advice


def _engine_text(engine: dict[str, Any]) -> str:
    if engine["error"]:
        return "does not load"
    unusable = [f"{path}: {reason}" for path, reason in engine["paths"].items() if reason]
    threads = f"{engine['threads']} thread{'' if engine['threads'] == 1 else 's'}"
    return "; ".join([f"{engine['path']} instructions, {threads}", *unusable])


def _versions(packages: dict[str, str | None]) -> str:
    from pellucid.cli.terminal import NO_BREAK

    return f"{NO_BREAK}· ".join(f"{name}{NO_BREAK}{installed or '–'}" for name, installed in packages.items())
