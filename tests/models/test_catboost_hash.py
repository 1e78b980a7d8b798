"""Categories are hashed as CatBoost hashes them."""

import json

import catboost as cb
import numpy as np

from pellucid.models.catboost_hash import category_hash


def test_words_of_every_length_have_the_hash_that_catboost_writes(tmp_path) -> None:
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abé男😀 0\t"), n)) for n in [*range(200)] * 2]
    settings = {"iterations": 1, "verbose": False, "allow_writing_files": False, "thread_count": 1}
    native = cb.CatBoostRegressor(**settings, cat_features=[1]).fit([[0.0, "a"], [1.0, "b"]] * 4, [0, 1] * 4)
    pool = cb.Pool([[0.0, word] for word in words], [0] * len(words), cat_features=[1])
    native.save_model(str(tmp_path / "model"), format="json", pool=pool)
    written = json.loads((tmp_path / "model").read_text())["features_info"]["cat_features_hash"]
    assert len(written) == len(set(words))
    assert {item["value"]: item["hash"] for item in written} == {w: category_hash(w.encode()) for w in words}
