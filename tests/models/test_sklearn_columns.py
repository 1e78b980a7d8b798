import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

from pellucid.models.sklearn_columns import MixedColumnsError, owners_after

WIDTH = 5


def table(rows, seed, *, missing=False):
    """Whole numbers from 0 to 5, which every encoder can take."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 6, size=(rows, WIDTH)).astype(float)
    X[:6] = np.arange(6)[:, np.newaxis]
    if missing:
        X[rng.random(X.shape) < 0.2] = np.nan
        X[:2] = [[0] * WIDTH, [1] * WIDTH]
    return X


def dense(matrix):
    return matrix.toarray() if hasattr(matrix, "toarray") else np.asarray(matrix)


def owners_of(step, X, outputs=None):
    return owners_after([("step", step)], np.arange(X.shape[1], dtype=np.int32), outputs)


def assert_columns_come_from_their_owners(step, X, owners, seed=0):
    """Swap in other people's values for some columns: exactly the encoded columns that they own may change."""
    rng = np.random.default_rng(seed)
    one, other = X, X[rng.permutation(len(X))]
    for _ in range(3):
        swapped = rng.random(X.shape[1]) < 0.5
        mixed = np.where(swapped, other, one)
        expected = np.where(swapped[owners], dense(step.transform(other)), dense(step.transform(one)))
        np.testing.assert_array_equal(dense(step.transform(mixed)), expected)


SPLIT = [
    StandardScaler(),
    MinMaxScaler(clip=True),
    MaxAbsScaler(),
    RobustScaler(),
    PowerTransformer(),
    QuantileTransformer(n_quantiles=5),
    Binarizer(threshold=2),
    OrdinalEncoder(),
    SimpleImputer(),
    OneHotEncoder(),
    OneHotEncoder(drop="first"),
    OneHotEncoder(drop="if_binary", sparse_output=False),
    OneHotEncoder(max_categories=3),
    OneHotEncoder(max_categories=3, drop="first"),
    OneHotEncoder(categories=[list(range(6 + j)) for j in range(WIDTH)]),
    KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"),
    KBinsDiscretizer(3, encode="ordinal", quantile_method="averaged_inverted_cdf"),
    SplineTransformer(n_knots=3, degree=2),
    SplineTransformer(n_knots=4, degree=2, include_bias=False, extrapolation="periodic"),
    SelectKBest(k=2),
    VarianceThreshold(),
    TargetEncoder(cv=2, target_type="continuous"),
    TargetEncoder(cv=2, target_type="multiclass"),
    FunctionTransformer(),
    FunctionTransformer(np.log1p),
    FeatureUnion([("a", StandardScaler()), ("b", "passthrough"), ("c", "drop"), ("d", OneHotEncoder())]),
    make_pipeline(SimpleImputer(), "passthrough", SelectKBest(k=3), OneHotEncoder(handle_unknown="ignore")),
    ColumnTransformer(
        [
            ("last", OneHotEncoder(), [4, 0]),
            ("gone", "drop", [1]),
            ("empty", StandardScaler(), []),
            ("twice", StandardScaler(), [0]),
            ("alone", make_pipeline(StandardScaler(), PolynomialFeatures(3)), [3]),
        ],
        remainder="passthrough",
    ),
]


@pytest.mark.parametrize("step", SPLIT, ids=lambda step: type(step).__name__)
def test_each_encoded_column_depends_on_its_owner_alone(step):
    X = table(40, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step.fit(X, (X[:, 0] + X[:, 1]).astype(int) % 3)
    owners = owners_of(step, X)
    assert len(owners) == dense(step.transform(X)).shape[1]
    assert_columns_come_from_their_owners(step, X, owners)


@pytest.mark.parametrize(
    "step",
    [
        SimpleImputer(add_indicator=True),
        SimpleImputer(add_indicator=True, keep_empty_features=True),
        SimpleImputer(strategy="most_frequent"),
        MissingIndicator(),
        MissingIndicator(features="all"),
    ],
    ids=str,
)
def test_imputers_follow_dropped_columns_and_indicators(step):
    X = table(40, 1, missing=True)
    X[:, 2] = np.nan
    X[:, 3] = np.nan_to_num(X[:, 3])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of the empty column each time
        step.fit(X)
        owners = owners_of(step, X)
        assert len(owners) == step.transform(X).shape[1]
        assert_columns_come_from_their_owners(step, X, owners)


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_any_nesting_of_steps_keeps_columns_with_their_owners(data):
    X = table(30, data.draw(st.integers(0, 9)))
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    plain = st.sampled_from([StandardScaler(), MinMaxScaler(), one_hot, "passthrough"]).map(
        lambda step: clone(step, safe=False)
    )

    def split():
        order = data.draw(st.permutations(range(WIDTH)))
        cut = data.draw(st.integers(1, WIDTH - 1))
        first = make_pipeline(StandardScaler(), FeatureUnion([("a", data.draw(plain)), ("b", MinMaxScaler())]))
        remainder = data.draw(st.sampled_from(["drop", "passthrough"]))
        parts = [("some", data.draw(plain), list(order[:cut])), ("more", first, [order[cut]])]
        return ColumnTransformer(parts, remainder=remainder)

    step = Pipeline([("one", split()), ("two", data.draw(plain))]).fit(X)
    assert_columns_come_from_their_owners(step, X, owners_of(step, X))


class Own(TransformerMixin, BaseEstimator):
    """A transformer of someone's own: it might mix anything."""

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return np.asarray(X)[:, ::-1]


class OwnScaler(StandardScaler):
    def transform(self, X, copy=None):
        return super().transform(X)[:, ::-1]


@pytest.mark.parametrize(
    "step",
    [PCA(3), Normalizer(), PolynomialFeatures(2), KNNImputer(), Own(), OwnScaler(), FunctionTransformer(np.flip)],
    ids=str,
)
def test_steps_that_mix_or_may_mix_are_named(step):
    X = table(30, 0)
    chain = [("scale", StandardScaler().fit(X)), ("muddle", step.fit(X))]
    with pytest.raises(MixedColumnsError, match=r"its step 'muddle' \(.*\) mixes columns or is not known"):
        owners_after(chain, np.arange(WIDTH, dtype=np.int32), None)


def test_a_mixing_step_deep_inside_is_named():
    X = table(30, 0)
    step = ColumnTransformer([("ok", StandardScaler(), [0]), ("deep", make_pipeline(StandardScaler(), PCA(2)), [1, 2])])
    with pytest.raises(MixedColumnsError, match="its step 'pca'"):
        owners_of(step.fit(X), X)


def test_any_step_on_a_single_column_keeps_it_apart():
    X = pd.DataFrame(table(30, 0), columns=list("abcde"))
    step = ColumnTransformer([("own", Own(), ["b"]), ("poly", PolynomialFeatures(2), ["d"])]).fit(X)
    assert owners_of(step, X).tolist() == [1, 3, 3, 3]
