"""Chinese names get a font that has their letters, or one warning with a remedy."""

from __future__ import annotations

import warnings
from io import BytesIO

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from pellucid.plots import fonts
from pellucid.plots.bar import bar


@pytest.fixture
def chinese(make):
    data = pd.DataFrame({"年龄": [30, 40], "近十二个月平均账户余额（人民币元）": [1.0, 2.0]})
    return make([[1.0, 2.0], [3.0, 4.0]], data=data, targets=("欺诈",))


def test_chinese_names_are_drawn_without_a_warning_where_a_font_is_installed(chinese):
    if not fonts._families():
        pytest.skip("no font with Chinese letters is installed here")
    ax = bar(chinese, ax=Figure())
    ax.figure.savefig(BytesIO(), format="png")
    assert ax.get_yticklabels()[1].get_fontfamily()[-1] in {family for family, _ in fonts._FAMILIES}


def test_without_a_font_it_warns_once_with_a_remedy_and_svg_keeps_the_text(chinese, monkeypatch):
    monkeypatch.setattr(fonts, "_best_family", lambda letters: (None, letters))
    monkeypatch.setattr(fonts, "_warned", [])
    with pytest.warns(UserWarning, match="no installed font has the letters .*apt-get install fonts-noto-cjk"):
        bar(chinese, ax=Figure())
    ax = bar(chinese, ax=Figure())
    file = BytesIO()
    with mpl.rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ax.figure.savefig(file, format="svg")
    assert "年龄" in file.getvalue().decode()


def test_latin_text_keeps_the_font_of_the_user():
    text = Text(text="Größe of Ω − 3")
    fonts.fit_fonts([text])
    assert text.get_fontfamily() == Text().get_fontfamily()
