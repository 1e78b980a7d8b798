from __future__ import annotations

import inspect

from pellucid.core import errors


def tree():
    return {name: item for name, item in vars(errors).items() if inspect.isclass(item)}


def test_every_error_is_also_the_builtin_that_people_catch():
    for name, error in tree().items():
        assert issubclass(error, errors.PellucidError)
        if name not in ("PellucidError",):
            assert issubclass(error, ValueError | TypeError | ImportError)


def test_the_tree_in_the_docstring_is_the_tree_in_the_code():
    drawn = {line.strip("│├└─ ").split(" ")[0] for line in errors.__doc__.splitlines() if "─" in line}
    assert drawn | {"PellucidError"} == set(tree()) == set(errors.__all__)
