"""The wall: who waits, who works, what is late; and how the present becomes what the browser shows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nicegui import ui

from service.console.place import Place
from service.console.words import section
from service.domain.console import InboxEntry
from service.domain.intents import Priority
from service.domain.presence import PresenceState
from service.domain.targets import Standing
from service.shifts.rosters import OnDuty
from service.shifts.statistics import LiveWall, OperatorLoad, WaitingCount
from service.shifts.targets import SlaState

LATE_SHOWN = 8


@dataclass(frozen=True)
class WallReading:
    """Everything the wall shows, read in one go."""

    wall: LiveWall
    duty: OnDuty
    entries: tuple[InboxEntry, ...]
    clocks: Mapping[int, SlaState]
    departments: Mapping[str, str]
    """Those one may see with their titles, in their order."""


class WallBoard(ui.element, component="wall_board.js"):
    """The present in the browser; its times tick there."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._props["words"] = section("wall", place.language) | section("amounts", place.language)
        self._props["board"] = None

    def show(self, board: dict[str, Any]) -> None:
        """Show this board."""
        self._props["board"] = board
        self.update()


def board_of(reading: WallReading, place: Place) -> dict[str, Any]:
    """What the browser needs; times are milliseconds since 1970."""
    wall = reading.wall
    present = [each for each in wall.operators if each.state is not PresenceState.OFFLINE]
    there = {each.login for each in present}
    return {
        "at": _ms(wall.at),
        "waiting": sum(each.count for each in wall.waiting),
        "urgent": sum(each.count for each in wall.waiting if each.priority is Priority.URGENT),
        "since": _since(wall.at, wall.longest_wait_seconds) if wall.waiting else 0,
        "present": len(present),
        "free": max(0, round(sum(each.capacity - each.load for each in present if each.state.takes_new))),
        "planned": len(reading.duty.logins),
        "missing": len([each for each in reading.duty.logins if each not in there]),
        "warnings": wall.warnings,
        "breaches": wall.breaches,
        "breaches_today": wall.breaches_today,
        "contained": wall.bot.contained,
        "conversations": wall.bot.conversations,
        "calls": wall.phone.calls,
        "calls_lost": wall.phone.lost,
        "on_call": sum(each.state is PresenceState.ON_CALL for each in wall.operators),
        "departments": departments_of(wall.waiting, wall.at, reading.departments),
        "operators": [_operator(each, reading.duty) for each in _busiest_first(wall.operators)],
        "late": late_of(reading, place),
    }


def departments_of(waiting: Sequence[WaitingCount], at: datetime, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row a department, in their own order so that eyes know where to look; urgent, high and normal in it."""
    counted: dict[str, dict[Priority, WaitingCount]] = defaultdict(dict)
    for each in waiting:
        counted[each.department][each.priority] = each
    rows = []
    for department in (*titles, *(each for each in counted if each not in titles)):
        found = counted.get(department, {})
        longest = max((each.longest_seconds for each in found.values()), default=None)
        cells = [
            {"priority": priority.value, "count": found[priority].count if priority in found else 0}
            for priority in reversed(Priority)
        ]
        rows.append({
            "id": department,
            "name": titles.get(department, department),
            "cells": cells,
            "total": sum(each.count for each in found.values()),
            "since": _since(at, longest) if longest is not None else 0,
        })  # fmt: skip
    return rows


def late_of(reading: WallReading, place: Place) -> list[dict[str, Any]]:
    """The conversations that are late or nearly so, the worst first."""
    shown = [(each, reading.clocks[each.conversation_id]) for each in reading.entries
             if each.conversation_id in reading.clocks]  # fmt: skip
    late = [(entry, clock) for entry, clock in shown if clock.state is not Standing.OK]
    late.sort(key=lambda each: (-each[1].state.rank, each[1].seconds_left))
    return [
        {
            "id": entry.conversation_id,
            "name": entry.client_name or place.say("wall.client", n=entry.client_id),
            "department": reading.departments.get(entry.department, entry.department),
            "operator": entry.operator or "",
            "state": clock.state.value,
            "clock": clock.clock.value,
            "due": _ms(clock.due_at) if clock.due_at else 0,
        }
        for entry, clock in late[:LATE_SHOWN]
    ]


def _operator(each: OperatorLoad, duty: OnDuty) -> dict[str, Any]:
    return {
        "login": each.login,
        "name": each.name,
        "state": each.state.value,
        "since": _ms(each.since) if each.since else 0,
        "held": each.held,
        "share": min(1.0, each.load / each.capacity) if each.capacity else 1.0,
        "load": f"{each.load:g}/{each.capacity:g}",
        "planned": each.login in duty.logins,
    }


def _busiest_first(operators: Sequence[OperatorLoad]) -> list[OperatorLoad]:
    order = list(PresenceState)
    return sorted(operators, key=lambda each: (order.index(each.state), -each.load, each.name))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _since(at: datetime, seconds: float) -> int:
    return _ms(at) - int(seconds * 1000)
