"""What the columns of the claims are called, in English and Chinese, and in which unit they are."""

from __future__ import annotations

__all__ = ["LABELS", "UNITS"]

LABELS = {
    "driver_age": {"en": "age of the driver", "zh": "驾驶人年龄"},
    "prior_claims": {"en": "earlier claims", "zh": "既往理赔次数"},
    "annual_mileage_km": {"en": "annual mileage", "zh": "年行驶里程"},
    "region": {"en": "region", "zh": "地区"},
    "sales_channel": {"en": "sales channel", "zh": "销售渠道"},
    "policy_start": {"en": "start of the policy", "zh": "保单起保日期"},
    "policy_age_days": {"en": "policy age at the accident", "zh": "出险时保单已生效天数"},
    "accident_date": {"en": "date of the accident", "zh": "出险日期"},
    "accident_hour": {"en": "hour of the accident", "zh": "出险时刻"},
    "accident_type": {"en": "kind of accident", "zh": "事故类型"},
    "witnesses": {"en": "witnesses", "zh": "目击者人数"},
    "police_report": {"en": "police report", "zh": "是否有警方记录"},
    "report_date": {"en": "date of the report", "zh": "报案日期"},
    "report_delay_days": {"en": "days from accident to report", "zh": "报案延迟天数"},
    "claim_amount": {"en": "amount claimed", "zh": "索赔金额"},
    "repair_estimate": {"en": "repair estimate", "zh": "维修估价"},
    "repair_shop": {"en": "repair shop", "zh": "维修厂类型"},
}

_DAYS = {"en": "days", "zh": "天"}
_YUAN = {"en": "CNY", "zh": "元"}

UNITS = {
    "driver_age": {"en": "years", "zh": "岁"},
    "annual_mileage_km": {"en": "km", "zh": "公里"},
    "policy_age_days": _DAYS,
    "accident_hour": {"en": "h", "zh": "时"},
    "report_delay_days": _DAYS,
    "claim_amount": _YUAN,
    "repair_estimate": _YUAN,
}
