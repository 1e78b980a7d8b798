from __future__ import annotations

import datetime
import json
from email.utils import format_datetime

import numpy as np
import pandas as pd
import pytest

from pellucid.core.errors import ParameterError
from pellucid.models.service_http import Post, _seconds, instances, predictions, service_name


def sent(batch):
    return json.loads(Post("http://h", instances, predictions, {}, 1.0)._body(instances(batch)))["instances"]


def test_rows_are_sent_in_jsons_own_types():
    assert sent(np.array([[1, 2]], dtype=np.int8)) == [[1, 2]]
    assert sent(np.array([[1.5, np.nan]], dtype=np.float32)) == [[1.5, None]]
    assert sent(["a text", "another"]) == ["a text", "another"]
    frame = pd.DataFrame(
        {
            "n": pd.array([1, None], dtype="Int64"),
            "c": pd.Categorical(["u", None]),
            "d": pd.to_datetime(["2024-02-03", None]),
            "b": [True, False],
        }
    )
    assert sent(frame) == [
        {"n": 1, "c": "u", "d": "2024-02-03T00:00:00", "b": True},
        {"n": None, "c": None, "d": None, "b": False},
    ]


def test_infinity_has_no_json():
    with pytest.raises(ValueError, match="JSON"):
        sent(np.array([[np.inf]]))


def test_a_wait_is_told_in_seconds_or_as_a_date():
    assert (_seconds(None), _seconds("soon"), _seconds("2.5"), _seconds("-1")) == (None, None, 2.5, 0.0)
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=90)
    assert 85 < _seconds(format_datetime(moment, usegmt=True)) < 91
    assert _seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


def test_a_name_shows_neither_password_nor_query():
    assert service_name("https://me:secret@host:8443/score") == "https://host:8443/score"
    marked = service_name("https://host/score?key=secret")
    assert marked.startswith("https://host/score?")
    assert "secret" not in marked
    assert marked != service_name("https://host/score?key=other")
    with pytest.raises(ParameterError, match="http or https"):
        service_name("host/score")
