"""What the charts of the statistics page draw; colours that are clear on light and on dark."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.console.amounts import weekday_and_day, weekdays
from service.shifts.moves import WeekOfMoves
from service.shifts.statistics import Slice

ASKED, ENDED, RESPONSE = "#2f8f6b", "#8fb8ab", "#c58a1a"
TEXT, LINE = "#7d8b87", "rgba(125,139,135,.25)"
HOURS = 24


def timeline_chart(slices: Sequence[Slice], words: Mapping[str, str], language: str) -> dict[str, Any]:
    """Bars of how many asked for a person and were ended, a line of how long the first reply took."""
    minutes = [None if each.first_response_median is None else round(each.first_response_median / 60, 1)
               for each in slices]  # fmt: skip
    return _bars_and_line(
        [label_of(each.key, language) for each in slices],
        [
            _bar(words["asked"], [each.asked for each in slices], ASKED),
            _bar(words["ended"], [each.ended for each in slices], ENDED),
        ],
        _line(words["first"], minutes, RESPONSE) | {"connectNulls": True},
        {"name": words["minutes"]},
    )


def label_of(key: str, language: str) -> str:
    """«пн 23.11» of a day, «23.11 14:00» of an hour."""
    at = datetime.fromisoformat(key)
    return weekday_and_day(at.date(), language) if len(key) == len("2026-11-22") else f"{at:%d.%m %H:%M}"


def by_weekday_and_hour(slices: Sequence[Slice]) -> dict[tuple[int, int], int]:
    """(weekday, hour) -> how many asked, from slices of hours."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    for each in slices:
        at = datetime.fromisoformat(each.key)
        found[at.weekday(), at.hour] += each.asked
    return dict(found)


def hours_chart(slices: Sequence[Slice], words: Mapping[str, str], language: str) -> dict[str, Any]:
    """When clients ask for a person: weekdays by hours, the darker the more."""
    found = by_weekday_and_hour(slices)
    days = list(weekdays(language))
    return {
        "textStyle": {"fontFamily": "system-ui, sans-serif"},
        "aria": {"enabled": True},
        "tooltip": {"position": "top"},
        "grid": {"left": 40, "right": 16, "top": 10, "bottom": 30},
        "xAxis": {"type": "category", "data": [f"{hour:02d}" for hour in range(HOURS)], **_axis()},
        "yAxis": {"type": "category", "data": days[::-1], **_axis()},
        "visualMap": {
            "show": False, "min": 0, "max": max(1, *found.values()) if found else 1,
            "inRange": {"color": ["rgba(47,143,107,0.06)", "rgba(47,143,107,0.55)", "rgba(47,143,107,1)"]},
        },
        "series": [{
            "name": words["asked"], "type": "heatmap",
            "data": [[hour, len(days) - 1 - day, number] for (day, hour), number in sorted(found.items())],
            "itemStyle": {"borderRadius": 3, "borderWidth": 2, "borderColor": "rgba(0,0,0,0)"},
        }],
    }  # fmt: skip


def weeks_chart(weeks: Sequence[WeekOfMoves], labels: Sequence[str], words: Mapping[str, str]) -> dict[str, Any]:
    """Bars of the people who wrote each week, by what they do with the telephone; a line of all calls."""
    bars = [
        _bar(words["moved"], [each.moved for each in weeks], ASKED),
        _bar(words["both"], [each.both for each in weeks], RESPONSE),
        _bar(words["writes"], [each.writes for each in weeks], ENDED),
    ]
    return _bars_and_line(
        labels,
        [each | {"stack": "people"} for each in bars],
        _line(words["calls"], [each.calls for each in weeks], TEXT),
        {"name": words["calls_axis"], "minInterval": 1},
    )


def _bars_and_line(
    labels: Sequence[str], bars: Sequence[dict[str, Any]], line: dict[str, Any], second: Mapping[str, Any]
) -> dict[str, Any]:
    """Bars that are counted on the left axis, a line on the `second`, whose name and steps are given."""
    return {
        "textStyle": {"fontFamily": "system-ui, sans-serif"},
        "aria": {"enabled": True},
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0, "textStyle": {"color": TEXT}},
        "grid": {"left": 44, "right": 54, "top": 40, "bottom": 30},
        "xAxis": {"type": "category", "data": list(labels), **_axis()},
        "yAxis": [
            {"type": "value", "minInterval": 1, **_axis()},
            {"type": "value", "min": 0, "nameTextStyle": {"color": TEXT}, **_axis(), **second}
            | {"splitLine": {"show": False}},
        ],
        "series": [*bars, line],
    }  # fmt: skip


def _axis() -> dict[str, Any]:
    return {
        "axisLabel": {"color": TEXT}, "axisLine": {"lineStyle": {"color": LINE}}, "axisTick": {"show": False},
        "splitLine": {"lineStyle": {"color": LINE}},
    }  # fmt: skip


def _line(name: str, data: Sequence[float | None], colour: str) -> dict[str, Any]:
    return {
        "name": name, "type": "line", "yAxisIndex": 1, "data": list(data), "symbolSize": 7, "lineStyle": {"width": 2},
        "itemStyle": {"color": colour},
    }  # fmt: skip


def _bar(name: str, data: Sequence[int], colour: str) -> dict[str, Any]:
    return {
        "name": name, "type": "bar", "data": list(data), "barMaxWidth": 28,
        "itemStyle": {"color": colour, "borderRadius": [3, 3, 0, 0]},
    }  # fmt: skip
