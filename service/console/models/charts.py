"""What the charts of a model draw: calibration, scope. The live one beside the candidate where there is one."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.console.charts import ASKED, ENDED, LINE, RESPONSE, TEXT
from service.console.dates import say_day
from service.policies.drift import SHIFTED
from service.releases.drift import WeekOfDrift

Figures = Mapping[str, Any]


def calibration_chart(candidate: Figures, live: Figures | None, words: Mapping[str, str]) -> dict[str, Any]:
    """How often it is right where it says how sure it is; on the diagonal it is calibrated."""
    both = _both(candidate, live, words)
    curves = [
        _line(name, [[each["confidence"], each["accuracy"]] for each in figures["reliability"]], colour, dots=True)
        for name, figures, colour in both
    ]
    ideal = _line(words["ideal"], [[0, 0], [1, 1]], LINE)
    return _chart([*curves, ideal], words["confidence_axis"], words["right_axis"])


def scope_chart(candidate: Figures, live: Figures | None, words: Mapping[str, str]) -> dict[str, Any]:
    """How many of our messages pass the scope gate, by how many others do."""
    both = _both(candidate, live, words)
    curves = [_line(name, figures["roc"], colour) for name, figures, colour in both]
    return _chart(curves, words["others_axis"], words["ours_axis"])


def drift_chart(weeks: Sequence[WeekOfDrift], words: Mapping[str, str], language: str) -> dict[str, Any]:
    """The indices of the weeks, oldest first, and the bound from which they are an alarm."""
    oldest_first = list(weeks)[::-1]
    series = [
        {
            "name": words[f"column_{name}"], "type": "line", "connectNulls": False, "symbolSize": 7,
            "data": [_rounded(getattr(each.drift, name)) for each in oldest_first],
            "lineStyle": {"width": 2, "color": colour}, "itemStyle": {"color": colour},
        }
        for name, colour in (("intents", ASKED), ("languages", RESPONSE), ("scope", ENDED))
    ]  # fmt: skip
    series[0]["markLine"] = {
        "silent": True, "symbol": "none", "data": [{"yAxis": SHIFTED}], "lineStyle": {"color": "#b3372f"},
        "label": {"position": "insideEndTop", "color": "#b3372f", "formatter": str(SHIFTED)},
    }  # fmt: skip
    days = [say_day(each.monday, language) for each in oldest_first]
    axis = {"axisLabel": {"color": TEXT}, "axisLine": {"lineStyle": {"color": LINE}}}
    return {
        "textStyle": {"fontFamily": "system-ui, sans-serif"},
        "aria": {"enabled": True},
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0, "textStyle": {"color": TEXT}},
        "grid": {"left": 48, "right": 18, "top": 36, "bottom": 30},
        "xAxis": {"type": "category", "data": days, **axis},
        "yAxis": {"type": "value", "min": 0, "splitLine": {"lineStyle": {"color": LINE}}, **axis},
        "series": series,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _both(
    candidate: Figures, live: Figures | None, words: Mapping[str, str]
) -> list[tuple[str, Figures, str]]:  # fmt: skip
    found = [(words["this_one"], candidate, ASKED)]
    return found if live is None else [*found, (words["live_one"], live, RESPONSE)]


def _chart(series: Sequence[Mapping[str, Any]], across: str, up: str) -> dict[str, Any]:
    axis = {
        "type": "value", "min": 0, "max": 1, "axisLabel": {"color": TEXT}, "axisLine": {"lineStyle": {"color": LINE}},
        "splitLine": {"lineStyle": {"color": LINE}}, "nameLocation": "middle", "nameTextStyle": {"color": TEXT},
    }  # fmt: skip
    return {
        "textStyle": {"fontFamily": "system-ui, sans-serif"},
        "aria": {"enabled": True},
        "tooltip": {"trigger": "item"},
        "legend": {"top": 0, "textStyle": {"color": TEXT}},
        "grid": {"left": 56, "right": 18, "top": 36, "bottom": 46},
        "xAxis": {**axis, "name": across, "nameGap": 28},
        "yAxis": {**axis, "name": up, "nameGap": 38},
        "series": list(series),
    }


def _line(name: str, points: Sequence[Sequence[float]], colour: str, *, dots: bool = False) -> dict[str, Any]:
    return {
        "name": name, "type": "line", "data": [list(point) for point in points], "showSymbol": dots, "symbolSize": 6,
        "lineStyle": {"width": 2, "color": colour}, "itemStyle": {"color": colour},
    }  # fmt: skip
