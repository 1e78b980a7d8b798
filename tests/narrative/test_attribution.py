"""Attributions in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.core.errors import InputError, ParameterError
from pellucid.core.receipt import Completeness
from pellucid.narrative.attribution import describe

FRAME = pd.DataFrame(
    {
        "report_delay_days": [41, 3, 9, 20],
        "prior_claims": [np.nan, 0.0, 1.0, 2.0],
        "police_report": [True, False, True, False],
        "region": ["north", "south", "north", "west"],
    }
)
VALUES = np.array([[0.83, 0.62, -0.4, 0.02], [-0.5, -0.2, 0.3, 0.0], [0.1, 0.1, -0.3, 0.0], [0.4, 0.3, 0.2, 0.0]])


@pytest.fixture
def claims(make):
    return make(VALUES, base=-2.41, data=FRAME)


def test_a_row_says_result_base_and_leading_inputs_with_their_values(claims):
    assert describe(claims[0], top=2) == (
        "The model says −1.34 log-odds for “fraud” (a probability of 21%); the base is −2.41 (8.2%). "
        "report_delay_days = 41 raised the log-odds by 0.83 and prior_claims (is missing) by 0.62. "
        "police_report = yes lowered them by 0.40. The one other input adds +0.02."
    )


def test_the_stronger_side_comes_first(claims):
    text = describe(claims[1])
    assert text.index("lowered the log-odds by 0.50") < text.index("raised them by 0.30")


def test_labels_and_units_replace_names(claims):
    text = describe(claims[0], labels={"report_delay_days": "days to the report"}, units={"report_delay_days": "days"})
    assert "Days to the report = 41 days raised the log-odds by 0.83" in text


def test_a_person_reads_probabilities_and_no_contributions(claims):
    assert describe(claims[0], depth="person", top=2) == (
        "The model gives “fraud” a probability of 21%; its starting point, before it looks at this case, is 8.2%. "
        "What raised the result most: report_delay_days (41) and prior_claims (is missing). "
        "What lowered the result most: police_report (yes). Everything else together changes little."
    )


def test_a_modeller_reads_the_balance_and_the_receipt(claims):
    text = describe(claims[0], depth="modeller")
    assert "Contributions upwards sum to +1.47, downwards to −0.40." in text
    assert "The method is ByHand." in text
    assert "over 4 rows checked the largest gap was 2.5 × 10⁻¹⁵, and 1.0 × 10⁻⁹ was allowed." in text


def test_chinese_reads_naturally(claims):
    text = describe(claims[0], language="zh", top=2, labels={"report_delay_days": "报案延迟天数", "fraud": "欺诈"})
    assert text == (
        "模型对“欺诈”的输出为 −1.34（对数几率），相当于概率 21%；基准值为 −2.41（8.2%）。"
        "报案延迟天数为 41，使对数几率升高 0.83；prior_claims 缺失，使之升高 0.62。"
        "police_report 为“是”，使之降低 0.40。其余 1 项输入贡献 +0.02。"
    )


def test_many_rows_say_what_matters_with_shares_and_directions(claims):
    text = describe(claims)
    total = np.abs(VALUES).mean(axis=0)
    share = total[0] / total.sum()
    assert text.startswith("Over 4 rows, report_delay_days matters most for “fraud”: it moves the log-odds by")
    assert f"{share:.0%} of all contributions; higher values raise them." in text
    assert "police_report" in text
    assert "“yes” lowers them" in text


def test_rows_are_chosen_by_number_or_list(claims):
    assert describe(claims, rows=2) == describe(claims[2])
    assert describe(claims, rows=[0, 3]).startswith("Over 2 rows")


def test_numbers_are_no_finer_than_their_standard_error(make):
    explanation = make([[0.8349, -0.2112]], stderr=[[0.02, 0.02]])
    text = describe(explanation, depth="modeller")
    assert "x0 raised the log-odds by 0.83 ± 0.02." in text
    assert "± is one standard error." in text


def test_parts_of_a_row_are_not_called_the_models_word(claims):
    text = describe(claims[:, ["report_delay_days"]][0])
    assert text.startswith("Base and contributions for “fraud” add up to −1.580 log-odds; the base is −2.410.")
    assert "a probability" not in describe(claims[:, ["report_delay_days"]][0], depth="person")


def test_a_method_without_a_base_says_no_result(make):
    receipt = Completeness("not promised", reason="this method has no base value")
    explanation = make([[1.0, -2.0]], base=None, completeness=receipt)
    assert describe(explanation).startswith("x1 lowered the log-odds by 2.00.")
    assert "不保证" in describe(explanation, language="zh", depth="modeller")
    assert "该方法没有基准值" in describe(explanation, language="zh", depth="modeller")


def test_an_unmoved_row_and_unmoved_rows_are_said_to_be_so(make):
    assert "No input moved the prediction." in describe(make([[0.0, 0.0]], unit="target", targets=("target",)))
    assert describe(make(np.zeros((3, 2)))) == "Over 3 rows, no input moves the log-odds for “fraud”."


def test_a_favoured_class_is_read_from_all_classes(make):
    text = describe(make(np.array([[[0.0, 2.0]]]), unit="logit", targets=("cat", "dog")))
    assert text.startswith("The model says 2.00 logits for “dog” (a probability of 88%)")


def test_an_amount_behind_a_log_is_told(make):
    explanation = make([[np.log(20.0)]], unit="log(target)", targets=("target",), base=0.0)
    assert describe(explanation, depth="person").startswith("The model's result is 20.0; its starting point")


@pytest.mark.parametrize("setting", [{"language": "fr"}, {"depth": "child"}, {"top": 0}, {"target": "theft"}])
def test_a_wrong_setting_is_one_error(claims, setting):
    with pytest.raises(ParameterError):
        describe(claims, **setting)


def test_no_rows_are_refused(claims):
    with pytest.raises(InputError, match="no rows were chosen of 4"):
        describe(claims, rows=slice(0, 0))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("depth", ["person", "expert", "modeller"])
@pytest.mark.parametrize("rows", [0, None])
def test_no_slot_is_left_open(claims, language, depth, rows):
    text = describe(claims, language=language, depth=depth, rows=rows)
    assert text.strip()
    assert not set("{}\x1e") & set(text)
