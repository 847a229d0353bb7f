"""What the supervisor's pages make of what they read: amounts, weeks, drafts, searches, the wall. Without a browser."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from string import Formatter
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.console import amounts, charts, searching, weeks
from service.console.components.period_picker import preset, read_period
from service.console.components.presence_strip import strips_of
from service.console.components.roster_file import say_mistakes
from service.console.components.search_results import marked
from service.console.components.wall_board import WallReading, board_of
from service.console.drafts import RouteDraft, TargetDraft, read_routes, read_targets, route_draft, target_draft
from service.console.pages import operators as operators_page
from service.console.pages import statistics as statistics_page
from service.console.words import FOLDER, section
from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.domain.presence import PresenceSpan, PresenceState
from service.domain.rosters import Person, Roster, Shift
from service.domain.routes import AssignmentMode, Route
from service.domain.search import Search
from service.domain.targets import Target, TargetRule
from service.errors import InvalidInput
from service.policies.roster_files import COLUMNS, MISTAKES, read_roster_file
from service.policies.rosters import working_time
from service.shifts.presence import WorkedDay
from service.shifts.rosters import OnDuty
from service.shifts.statistics import BotToday, LiveWall, OperatorLine, OperatorLoad, Period, Slice, WaitingCount

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FRIDAY = date(2026, 11, 20)
MINE = ("amounts", "figures", "period", "wall", "presence_days", "operators", "search", "roster", "drafts", "targets",
        "routing", "statistics", "moves", "quality")  # fmt: skip


# --- words


@pytest.mark.parametrize("name", MINE)
def test_both_languages_say_the_same_things_with_the_same_fields(name: str) -> None:
    russian, english = (
        tomllib.loads((FOLDER / f"{each}.toml").read_text(encoding="utf-8"))[name] for each in ("ru", "en")
    )
    assert set(russian) == set(english)
    for key in russian:
        fields = [{field for _, field, _, _ in Formatter().parse(each[key]) if field} for each in (russian, english)]
        assert fields[0] == fields[1], key
        assert russian[key].strip(), key
        assert english[key].strip(), key


# --- amounts


@pytest.mark.parametrize(
    ("seconds", "russian", "english"),
    [
        (None, "—", "—"), (-3, "0 с", "0 s"), (0.4, "0 с", "0 s"), (59.6, "1 мин", "1 min"),
        (200, "3 мин 20 с", "3 min 20 s"), (601, "10 мин", "10 min"), (3599, "59 мин", "59 min"),
        (3900, "1 ч 05 мин", "1 h 05 min"), (7200, "2 ч", "2 h"), (86400 * 2 + 3 * 3600 + 59, "2 д 3 ч", "2 d 3 h"),
    ],
)  # fmt: skip
def test_durations_have_two_units_at_most(seconds: float | None, russian: str, english: str) -> None:
    assert amounts.duration(seconds, "ru") == russian
    assert amounts.duration(seconds, "en") == english


def test_dates_shares_and_numbers_are_written_as_people_write_them() -> None:
    assert amounts.days_in_words(FRIDAY, FRIDAY, "ru") == "20 ноября 2026"
    assert amounts.days_in_words(date(2026, 11, 16), date(2026, 11, 22), "ru") == "16–22 ноября 2026"
    assert amounts.days_in_words(date(2026, 12, 28), date(2027, 1, 3), "en") == "28 December 2026 – 3 January 2027"
    assert amounts.weekday_and_day(FRIDAY, "ru") == "пт 20.11"
    assert amounts.weekday_and_day(FRIDAY, "en") == "Fri 20 Nov"
    assert (amounts.percent(0.725, "ru"), amounts.percent(None, "en")) == ("72 %", "—")
    assert (amounts.number(4.56, "ru"), amounts.number(4.56, "en")) == ("4,6", "4.6")


def test_a_moment_is_said_by_the_clock_of_the_one_who_reads() -> None:
    late = datetime(2026, 11, 19, 22, 30, tzinfo=UTC)  # past midnight in Moscow
    assert amounts.moment(late, MOSCOW, NOON, "ru") == "01:30"
    assert amounts.moment(late, ZoneInfo("UTC"), NOON, "ru") == "вчера 22:30"
    assert amounts.moment(NOON - timedelta(days=9), MOSCOW, NOON, "en") == "11 Nov 2026 15:00"


# --- periods


def test_periods_of_the_buttons_end_today() -> None:
    assert preset("week", FRIDAY) == Period(date(2026, 11, 14), FRIDAY)
    assert preset("yesterday", FRIDAY) == Period(date(2026, 11, 19), date(2026, 11, 19))


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [(None, FRIDAY, "no_day"), (FRIDAY, None, "no_day"), (date(2026, 11, 21), FRIDAY, "backwards"),
     (date(2024, 1, 1), FRIDAY, "too_long")],
)  # fmt: skip
def test_a_period_that_cant_be_meant_is_named(first: date | None, last: date | None, problem: str) -> None:
    assert read_period(first, last) == problem


# --- weeks


def shifts() -> st.SearchStrategy[Shift]:
    """Shifts of one or two people on some days of one week."""
    return st.builds(
        lambda operator, start, long, weekday, special, country: Shift(
            operator, start * 60, (start + long) * 60, "Europe/Moscow", country,
            None if special else weekday, date(2026, 11, 16) + timedelta(days=weekday) if special else None,
        ),
        st.integers(1, 2), st.integers(0, 20), st.integers(1, 3), st.integers(0, 6), st.booleans(),
        st.sampled_from(["", "RU"]),
    )  # fmt: skip


@given(
    st.lists(shifts(), max_size=8),
    st.frozensets(st.tuples(st.integers(1, 2), st.integers(16, 22)), max_size=3),
    st.frozensets(st.integers(16, 22), max_size=2),
)
def test_a_cell_shows_what_the_roster_means(
    planned: list[Shift], off: frozenset[tuple[int, int]], holidays: frozenset[int]
) -> None:
    roster = Roster(
        tuple(planned), frozenset((who, date(2026, 11, day)) for who, day in off),
        frozenset(("RU", date(2026, 11, day)) for day in holidays), {1: Person(), 2: Person()},
    )  # fmt: skip
    for day in weeks.week_of(date(2026, 11, 16)):
        begins = datetime.combine(day, time(), tzinfo=MOSCOW)
        worked = working_time(roster, 1, begins, begins + timedelta(days=1))
        cell = weeks.cell_of(roster, 1, day)
        covered = {hour for a, b in worked for hour in range(24) if a <= begins + timedelta(hours=hour) < b}
        shown = set() if cell.off else {hour for s in cell.shifts for hour in range(s.starts // 60, s.ends // 60)}
        assert covered == shown


def test_one_day_is_changed_and_nothing_else() -> None:
    weekly = Shift(1, 540, 1080, "Europe/Moscow", "RU", weekday=4)
    other = Shift(2, 0, 60, "Europe/Moscow", weekday=4)
    roster = Roster((weekly, other), frozenset({(1, date(2026, 12, 1))}))
    kept, off = weeks.edited(roster, 1, FRIDAY, weeks.DayEdit(((600, 660), (720, 780)), "Europe/Moscow"))
    assert [(each.day, each.starts) for each in kept] == [(None, 540), (FRIDAY, 600), (FRIDAY, 720)]
    assert off == [date(2026, 12, 1)]
    assert weeks.edited(roster, 1, FRIDAY, weeks.DayEdit((), "UTC", off=True)) == (
        [weekly],
        [FRIDAY, date(2026, 12, 1)],
    )


def test_weekdays_are_changed_together_and_days_of_their_own_stay() -> None:
    special = Shift(1, 0, 60, "Europe/Moscow", day=FRIDAY)
    roster = Roster((Shift(1, 540, 1080, "Europe/Moscow", weekday=4), special))
    edit = weeks.DayEdit(((600, 660),), "Europe/Moscow", weekdays=frozenset({0, 4}))
    kept, _ = weeks.edited(roster, 1, FRIDAY, edit)
    assert special in kept
    assert sorted(each.weekday for each in kept if each.day is None and each.weekday is not None) == [0, 4]
    assert weeks.as_weekly(roster, 1, FRIDAY)[0] == [roster.shifts[0]]


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        ([("9", "13:00"), ("14.30", "1800"), ("", " ")], ((540, 780), (870, 1080))),
        ([("00:00", "24:00")], ((0, 1440),)), ([], ()), ([("9:00", "")], "no_time"), ([("25:00", "26:00")], "no_time"),
        ([("9:60", "10:00")], "no_time"), ([("٩", "10")], "no_time"), ([("22:00", "06:00")], "backwards"),
        ([("9:00", "12:00"), ("11:59", "13:00")], "overlap"),
    ],
)  # fmt: skip
def test_times_are_read_as_people_type_them(rows: list[tuple[str, str]], read: object) -> None:
    assert weeks.read_hours(rows) == read


def test_hours_without_anybody_are_found() -> None:
    day = (datetime(2026, 11, 20, 6, tzinfo=UTC), datetime(2026, 11, 20, 15, tzinfo=UTC))  # 9 to 18 in Moscow
    counts = weeks.cover({"anna": [day], "boris": [(day[0], day[0] + timedelta(minutes=30))]}, FRIDAY, MOSCOW)
    assert (counts[8], counts[9], counts[17], counts[18]) == (0, 1, 1, 0)
    assert weeks.gaps(counts) == [(0, 9), (18, 24)]
    assert weeks.gaps([1] * 24) == []


# --- drafts


def test_targets_come_back_from_their_fields_unchanged() -> None:
    rules = [TargetRule(Target(3, 4, 60, 0.75), "cards", Priority.URGENT), TargetRule(Target(15, 30, 480))]
    assert read_targets([target_draft(each) for each in rules], 9999) == rules


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"first": None}, "minutes"), ({"next": 0}, "minutes"), ({"first": 1.5}, "minutes"),
     ({"resolution": 10**9}, "minutes"), ({"first": 600}, "order"), ({"warn_percent": 100}, "warn"),
     ({"warn_percent": None}, "warn")],
)  # fmt: skip
def test_a_target_that_cant_be_meant_is_named_with_its_row(change: dict[str, Any], problem: str) -> None:
    assert read_targets([TargetDraft("cards"), TargetDraft(**change)], 9999) == (problem, 2)


def test_two_targets_for_the_same_are_named() -> None:
    assert read_targets([TargetDraft(), TargetDraft(first=1)], 9999) == ("same", 2)


def test_routes_come_back_from_their_fields_unchanged() -> None:
    routes = [
        Route("card_pin", "cards", "ru", "premium", True, "web", "security", -1, AssignmentMode.PUSH, "vip"),
        Route(verified=False, raise_by=2),
    ]
    assert read_routes([route_draft(each) for each in routes]) == routes
    assert read_routes([RouteDraft(raise_by=1), RouteDraft(raise_by=2)]) == ("same", 2)
    assert read_routes([RouteDraft(intent="card_pin")]) == ("nothing", 1)


# --- searches


def test_an_address_and_a_kept_search_say_the_same_as_the_form() -> None:
    asked = searching.Asked(
        "карта & <b>",
        ("queued", "closed"),
        ("cards",),
        ("web",),
        ("card_pin",),
        ("vip",),
        7,
        "2026-11-01",
        "2026-11-20",
    )
    query = asked.address.partition("?")[2]
    assert searching.read_address(parse_qs(query)) == asked
    search = searching.search_of(asked, MOSCOW)
    assert search.since == datetime(2026, 10, 31, 21, tzinfo=UTC)
    assert search.until == datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert search.states == (ConversationState.QUEUED, ConversationState.CLOSED)
    assert searching.asked_of(search, MOSCOW) == asked
    assert searching.search_of(searching.Asked(), MOSCOW) == Search()


def test_nonsense_in_an_address_is_left_out() -> None:
    read = searching.read_address({"state": ["asleep"], "operator": ["1; drop"], "since": ["soon"], "q": ["x" * 999]})
    assert read == searching.Asked(q="x" * 500)


def test_words_are_marked_in_any_form_and_markup_stays_text() -> None:
    found = marked("<b>Кредиты</b> и карта, а кредит закрыт", "кредит кар")
    assert [each["text"] for each in found if each["hit"]] == ["Кредиты", "карта", "кредит"]
    assert "".join(each["text"] for each in found) == "<b>Кредиты</b> и карта, а кредит закрыт"
    assert marked("ничего", "") == [{"text": "ничего", "hit": False}]


def test_a_long_beginning_gives_way_to_the_marked_word() -> None:
    found = marked("слово " * 40 + "карта", "карта")
    assert found[0]["text"].startswith("…")
    assert len(found[0]["text"]) < 70


# --- tables and charts


def test_the_busiest_operator_comes_first_and_nothing_is_not_zero() -> None:
    quiet = OperatorLine("a", "Анна", 0, None, None, None, None, None, 0, 0.0)
    busy = OperatorLine("b", "Борис", 8, 65.0, 300.0, 1800.0, 0.5, 3.2, 4, 16.0)
    rows = operators_page.rows_of([quiet, busy], "ru")
    assert [each["id"] for each in rows] == ["b", "a"]
    assert rows[0]["cells"]["csat"] == {"text": "3,2 (4)", "order": 3.2, "bar": None, "tone": "bad"}
    assert rows[0]["cells"]["per_hour"]["text"] == "0,5"
    assert rows[1]["cells"]["first_median"] == {"text": "—", "order": None, "bar": None, "tone": ""}


def test_shares_of_a_breakdown_are_of_everything() -> None:
    slices = [Slice("cards", 3, 3, 60.0, None, None), Slice("", 1, 0, None, None, 5.0)]
    rows = statistics_page.rows_of(slices, {"cards": "отдел карт"}, "ru")
    assert [each["cells"]["share"]["text"] for each in rows] == ["75 %", "25 %"]
    assert [each["cells"]["key"]["text"] for each in rows] == ["Отдел карт", "—"]


def test_hours_of_several_weeks_are_counted_by_weekday() -> None:
    hours = [
        Slice("2026-11-20T14:00+03:00", 2, 0, None, None, None),
        Slice("2026-11-13T14:00+03:00", 3, 0, None, None, None),
    ]
    assert charts.by_weekday_and_hour(hours) == {(4, 14): 5}
    assert charts.label_of("2026-11-20", "ru") == "пт 20.11"
    assert charts.label_of("2026-11-20T14:00+03:00", "ru") == "20.11 14:00"
    empty = charts.timeline_chart([], section("statistics", "ru"), "ru")
    assert empty["series"][0]["data"] == []


def test_a_stretch_over_midnight_stands_in_both_days() -> None:
    span = PresenceSpan(1, PresenceState.ONLINE, datetime(2026, 11, 19, 20, tzinfo=UTC), None, "console")
    worked = [WorkedDay(date(2026, 11, 19), 1.0), WorkedDay(FRIDAY, 15.0)]
    newest, before = strips_of([span], worked, MOSCOW, NOON, "ru", section("presence_days", "ru"))
    assert before["stretches"][0]["title"] == "в сети 23:00–24:00"
    assert newest["stretches"][0]["title"] == "в сети 00:00–15:00"
    assert newest["worked"] == "15,0 ч"


# --- the wall


def test_the_wall_says_who_is_missing_and_keeps_its_order() -> None:
    wall = LiveWall(
        NOON,
        (WaitingCount("loans", Priority.URGENT, 2, 90.0), WaitingCount("loans", Priority.NORMAL, 1, 600.0)),
        600.0,
        (OperatorLoad("anna", "Анна", PresenceState.ONLINE, NOON, 1, 3.0, 5.0),
         OperatorLoad("boris", "Борис", PresenceState.OFFLINE, NOON, 1, 1.0, 5.0)),
        1, 2, 3, BotToday(4, 1, 0.25),
    )  # fmt: skip
    titles = {"cards": "Карты", "loans": "Кредиты"}
    reading = WallReading(wall, OnDuty(("anna", "boris", "dina"), NOON), (), {}, titles)
    place: Any = SimpleNamespace(say=lambda key, **_: key)
    board = board_of(reading, place)
    assert (board["waiting"], board["urgent"], board["present"], board["missing"], board["free"]) == (3, 2, 1, 2, 2)
    assert [(each["name"], each["total"]) for each in board["departments"]] == [("Карты", 0), ("Кредиты", 3)]
    assert [cell["count"] for cell in board["departments"][1]["cells"]] == [2, 0, 1]
    assert board["at"] - board["since"] == 600_000
    nobody = replace(wall, waiting=(), longest_wait_seconds=0.0, operators=())
    assert board_of(replace(reading, wall=nobody), place)["since"] == 0


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_mistake_of_a_roster_file_has_words(language: str) -> None:
    lines = ("nobody,mon,9:00,10:00,Europe/Moscow,RU", "anna,tomorrow,9:00,10:00,Europe/Moscow,RU", "anna,mon,9:00",
             "anna,mon,off,,,", "anna,mon,25:00,26:00,UTC,RU", "anna,mon,9:00,10:00,Mars,RU",
             "anna,mon,22:00,6:00,UTC,RU", "anna,tue,9:00,12:00,UTC,RU", "anna,tue,11:00,13:00,UTC,RU",
             "anna,wed,24:00,24:00,UTC,RU")  # fmt: skip
    read = read_roster_file(",".join(COLUMNS) + "\n" + "\n".join(lines), "r.csv", {"anna": 1})
    assert len({what.kind for _, what in read.mistakes}) == 9
    fields = [{"line": line, "kind": what.kind} | what.fields for line, what in read.mistakes]
    said = say_mistakes(InvalidInput("in English", mistakes=fields), language)
    assert len(said) == len(read.problems)
    assert not any("{" in each or "in English" in each for each in said)
    words = section("roster_mistakes", language)
    assert MISTAKES.keys() | {"where"} == words.keys()
    assert said[0] == words["where"].format(line=2, what=words["no_operator"].format(login="nobody"))
