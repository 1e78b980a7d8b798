"""Small model files and tables, and a way to run the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """A folder with models of each kind and the rows they were trained on."""
    import joblib
    import lightgbm
    import numpy as np
    import xgboost
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    from pellucid.datasets import claims

    folder = tmp_path_factory.mktemp("files")
    data = claims(600, seed=3, dates="days", frame="pandas")
    numbers = data.X[["driver_age", "claim_amount", "witnesses"]].astype(float)
    numbers.to_csv(folder / "numbers.csv", index=False)
    forest = RandomForestClassifier(5, max_depth=3, random_state=0).fit(numbers, data.y)
    joblib.dump(forest, folder / "forest.joblib")
    joblib.dump(LogisticRegression().fit(numbers, data.y), folder / "linear.joblib")
    joblib.dump({"not": "a model"}, folder / "dict.joblib")
    X = data.X.assign(zone=np.arange(len(data.y)) % 3 + 1).astype({"zone": "category"})
    X.assign(fraud=data.y).to_csv(folder / "claims.csv", index=False)
    X.to_parquet(folder / "claims.parquet")
    boosted = HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype", random_state=0)
    joblib.dump(boosted.fit(X, data.y), folder / "hist.joblib")
    xgboost.XGBClassifier(n_estimators=5, enable_categorical=True).fit(X, data.y).save_model(folder / "xgboost.json")
    lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(X, data.y).booster_.save_model(folder / "lightgbm.txt")
    return folder


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run ``pellucid`` with these arguments in a folder of its own."""
    from pellucid.cli.main import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="pellucid")


@pytest.fixture
def refused(run):
    """Run, and return the one sentence with which the command failed; nothing may be left in its folder."""

    def sentence(*arguments, code=1):
        before = set(Path().iterdir())
        result = run(*arguments)
        assert result.exit_code == code, result.output
        assert set(Path().iterdir()) == before
        assert result.stdout == ""
        lines = result.stderr.splitlines()
        assert lines[-1].startswith("pellucid: ")
        assert lines[-1].endswith(".")
        assert "Traceback" not in result.stderr
        return lines[-1]

    return sentence
