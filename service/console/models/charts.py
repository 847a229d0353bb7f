"""What the charts of a model draw: calibration, scope. The live one beside the candidate where there is one."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.console.charts import ASKED, LINE, RESPONSE, TEXT

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
