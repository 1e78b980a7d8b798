import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, SGDRegressor
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, StandardScaler

from pellucid.models.sklearn_digest import content_digest


@pytest.fixture(name="X")
def rows(rng):
    return rng.normal(size=(40, 3))


def test_settings_that_leave_predictions_alone_do_not_count(X):
    quiet = SGDRegressor(random_state=0).fit(X, X[:, 0])
    loud = SGDRegressor(random_state=0).fit(X, X[:, 0]).set_params(verbose=3, warm_start=True)
    assert content_digest(quiet)() == content_digest(loud)()


def test_every_number_and_setting_that_counts_is_seen(X):
    def mark(**settings):
        return content_digest(StandardScaler(**settings).fit(X))()

    one = StandardScaler().fit(X)
    one.mean_[2] = np.nextafter(one.mean_[2], np.inf)
    assert len({mark(), mark(with_mean=False), content_digest(one)()}) == 3


def test_categories_and_their_order_are_seen():
    marks = {
        content_digest(OrdinalEncoder(categories=[order]).fit([["a"], ["b"]]))() for order in (["a", "b"], ["b", "a"])
    }
    assert len(marks) == 2


def test_a_saved_and_loaded_estimator_is_the_same(X, tmp_path):
    estimator = LogisticRegression().fit(X, X[:, 0] > 0)
    joblib.dump(estimator, tmp_path / "m.joblib")
    assert content_digest(joblib.load(tmp_path / "m.joblib"))() == content_digest(estimator)()


def test_code_of_the_callers_own_cannot_be_told(X):
    assert content_digest(FunctionTransformer(lambda rows: rows * 2).fit(X)) is None
    assert content_digest(FunctionTransformer(np.log1p).fit(X)) is not None


def test_something_that_holds_itself_cannot_be_told():
    loop = []
    loop.append(loop)
    assert content_digest(loop) is None
