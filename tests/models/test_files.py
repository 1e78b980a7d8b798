import pickle
import sys
import zipfile

import catboost
import joblib
import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge

from pellucid.core.errors import MissingExtraError, ModelFileError
from pellucid.models import as_model
from pellucid.models.files import load_model

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3))
Y = X[:, 0] * 2 + X[:, 1]


@pytest.fixture(scope="module")
def boosters():
    return (
        xgboost.XGBRegressor(n_estimators=3, max_depth=2, n_jobs=1).fit(X, Y),
        lightgbm.LGBMRegressor(n_estimators=3, num_leaves=4, verbose=-1, n_jobs=1).fit(X, Y),
        catboost.CatBoostRegressor(iterations=3, depth=2, verbose=False, allow_writing_files=False, thread_count=1).fit(
            X, Y
        ),
    )


def answers(native):
    model = as_model(native)
    return model.predict(model.table(X))[:, 0]


def save_xgboost(model, path):
    path.write_bytes(bytes(model.get_booster().save_raw("ubj" if path.suffix != ".json" else "json")))
    return path


def save_lightgbm(model, path):
    path.write_text(model.booster_.model_to_string())
    return path


@pytest.mark.parametrize("name", ["m.json", "m.ubj", "m.model", "m.unknown"])
def test_xgboost_files_are_recognised_by_their_content(name, boosters, tmp_path):
    loaded = load_model(save_xgboost(boosters[0], tmp_path / name))
    np.testing.assert_allclose(answers(loaded), boosters[0].predict(X), rtol=1e-6)


@pytest.mark.parametrize("name", ["m.txt", "m.json"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
def test_lightgbm_files_are_recognised_by_their_content(name, newline, boosters, tmp_path):
    path = save_lightgbm(boosters[1], tmp_path / name)
    path.write_bytes(path.read_bytes().replace(b"\n", newline.encode()))
    np.testing.assert_allclose(answers(load_model(path)), boosters[1].predict(X), rtol=1e-12)


@pytest.mark.parametrize(("name", "form"), [("m.cbm", "cbm"), ("m.json", "json"), ("m.unknown", "json")])
def test_catboost_files_are_recognised_by_their_content(name, form, boosters, tmp_path):
    boosters[2].save_model(str(tmp_path / name), format=form)
    np.testing.assert_allclose(answers(load_model(tmp_path / name)), boosters[2].predict(X), rtol=1e-12)


def test_catboost_files_keep_the_classes(tmp_path):
    settings = {"iterations": 3, "verbose": False, "allow_writing_files": False, "thread_count": 1}
    native = catboost.CatBoostClassifier(**settings).fit(X, np.where(Y > 0, "yes", "no"))
    native.save_model(str(tmp_path / "m.cbm"))
    assert as_model(load_model(tmp_path / "m.cbm")).output_names == ("yes",)


@pytest.mark.parametrize(
    "save", [joblib.dump, lambda model, path: path.write_bytes(pickle.dumps(model))], ids=["joblib", "pickle"]
)
@pytest.mark.parametrize("name", ["m.pkl", "m.joblib", "m.bin"])
def test_pickles_are_loaded_only_on_trust(save, name, tmp_path):
    model = Ridge().fit(X, Y)
    save(model, tmp_path / name)
    with pytest.raises(
        ModelFileError, match=r"loading it runs code that its author chose.*trust_pickle=True.*--trust-pickle"
    ):
        load_model(tmp_path / name)
    np.testing.assert_array_equal(answers(load_model(tmp_path / name, trust_pickle=True)), model.predict(X))


@pytest.mark.parametrize("compress", ["zlib", "gzip", "bz2", "xz", "lzma"])
def test_compressed_joblib_files_are_pickles_too(compress, tmp_path):
    joblib.dump(Ridge().fit(X, Y), tmp_path / "m.bin", compress=(compress, 3))
    with pytest.raises(ModelFileError, match="--trust-pickle"):
        load_model(tmp_path / "m.bin")
    assert isinstance(load_model(tmp_path / "m.bin", trust_pickle=True), Ridge)


def test_refusing_a_pickle_runs_nothing_of_it(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    (tmp_path / "m.pkl").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelFileError):
        load_model(tmp_path / "m.pkl")
    assert not (tmp_path / "ran").exists()


def test_skops_files_show_the_types_to_look_at_before_they_load(tmp_path):
    skops = pytest.importorskip("skops.io", reason="skops is an extra")
    plain, forest = Ridge().fit(X, Y), RandomForestRegressor(2, random_state=0).fit(X, Y)
    skops.dump(plain, tmp_path / "plain.skops")
    np.testing.assert_array_equal(answers(load_model(tmp_path / "plain.skops")), plain.predict(X))

    skops.dump(forest, tmp_path / "forest.skops")
    types = skops.get_untrusted_types(file=tmp_path / "forest.skops")
    if types:
        with pytest.raises(ModelFileError, match=rf"does not trust by itself: {types[0]}.*trusted=\["):
            load_model(tmp_path / "forest.skops")
    loaded = load_model(tmp_path / "forest.skops", trusted=types)
    np.testing.assert_array_equal(answers(loaded), forest.predict(X))


def damaged(boosters, tmp_path):
    json = save_xgboost(boosters[0], tmp_path / "whole.json").read_bytes()
    ubj = save_xgboost(boosters[0], tmp_path / "whole.ubj").read_bytes()
    text = save_lightgbm(boosters[1], tmp_path / "whole.txt").read_bytes()
    second = text.index(b"Tree=1")
    boosters[2].save_model(str(tmp_path / "whole.cbm"))
    boosters[2].save_model(str(tmp_path / "whole.json"), format="json")
    cbm, cat_json = (tmp_path / "whole.cbm").read_bytes(), (tmp_path / "whole.json").read_bytes()
    return {
        "cut.json": json[: len(json) // 2],
        "cut.ubj": ubj[: len(ubj) - 5],
        "other.json": b'{"learner": 3}',
        "half.cbm": cbm[: len(cbm) // 2],
        "head.cbm": cbm[:6],
        "bytes.cbm": cbm[:40] + b"\xff" * 80 + cbm[120:],
        "cut_catboost.json": cat_json[:-20],
        "crash.json": b'{"features_info": 1, "scale_and_bias": 3}',
        "no_trees.json": b'{"features_info": {}, "scale_and_bias": [1, [0]], "oblivious_trees": []}',
        "header.txt": text[:12],
        "half.txt": text[: second + 20],
        "gap.txt": text[: second - 30] + text[second:],
        "no_sizes.txt": text.replace(b"tree_sizes", b"sizes"),
        "cut.pkl": pickle.dumps(Ridge().fit(X, Y))[:60],
        "text.pkl": b"this is a diary",
        "cut.skops": b"PK\x03\x04 and nothing more",
    }


def test_damaged_files_are_one_sentence_each(boosters, tmp_path):
    for name, content in damaged(boosters, tmp_path).items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(
            ModelFileError, match=r"looks like .* and cannot be read: .*; save the model again\.$"
        ) as caught:
            load_model(tmp_path / name, trust_pickle=True)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; save the model again"),
        (b"id,age\n1,30\n", r"is not a model file that pellucid reads: it starts with b'id,age"),
        (b'{"a": 1}', "is not a model file that pellucid reads"),
        (b"\x00\x01\x02", "is not a model file that pellucid reads.*LightGBM .txt"),
    ],
    ids=["empty", "table", "JSON", "bytes"],
)
def test_other_files_are_refused_with_what_could_be_read(content, message, tmp_path):
    (tmp_path / "m.txt").write_bytes(content)
    with pytest.raises(ModelFileError, match=message):
        load_model(tmp_path / "m.txt")


def test_an_archive_without_a_model_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(ModelFileError, match="zip archive without a model saved by skops"):
        load_model(tmp_path / "m.zip")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(ModelFileError, match=r"there is no model file .*gone\.json"):
        load_model(tmp_path / "gone.json")
    with pytest.raises(ModelFileError, match="cannot be read: Is a directory"):
        load_model(tmp_path)


@pytest.mark.parametrize(("name", "package"), [("m.ubj", "xgboost"), ("m.txt", "lightgbm"), ("m.cbm", "catboost")])
def test_a_missing_library_names_the_command_that_installs_it(name, package, boosters, tmp_path, monkeypatch):
    path = tmp_path / name
    if package == "catboost":
        boosters[2].save_model(str(path))
    else:
        save_xgboost(boosters[0], path) if package == "xgboost" else save_lightgbm(boosters[1], path)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=f"pip install {package}"):
        load_model(path)
