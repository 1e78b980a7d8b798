"""The source distribution and the wheel build, install, and explain a model."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRY_IT = """
import numpy as np, pellucid
from sklearn.ensemble import RandomForestRegressor
X = np.random.default_rng(0).normal(size=(50, 3))
ex = pellucid.explain(RandomForestRegressor(3, random_state=0).fit(X, X[:, 0]), X)
assert ex.receipt.completeness.kind == "checked"
print(pellucid.__file__)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return out


def test_the_source_distribution_holds_what_a_build_needs(built):
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[1] for name in tar.getnames() if "/" in name}
    assert {"pyproject.toml", "CMakeLists.txt", "LICENSE", "README.md", "native/forest.hpp"} <= names
    assert not any(name.startswith(("tests/", "docs/", "benchmarks/", ".ci/", ".venv")) for name in names)


def test_the_wheel_holds_the_package_and_nothing_else(built):
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert all(name.startswith("pellucid") for name in names)
    assert "pellucid/py.typed" in names
    assert "pellucid/attribution/__init__.pyi" in names
    assert any(name.endswith((".so", ".pyd")) for name in names)


def test_the_installed_wheel_explains_a_model(built, tmp_path):
    (wheel,) = built.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    version = "python{}.{}".format(*sys.version_info[:2])
    packages = tmp_path / "venv" / "lib" / version / "site-packages"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(command, check=True)
    # the dependencies come from this environment; a bare path line does not bring its editable install along
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    run = subprocess.run([str(python), "-c", TRY_IT], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().startswith(str(packages))
