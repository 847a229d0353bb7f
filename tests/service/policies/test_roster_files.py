"""A roster as a CSV: every mistake with its line, and the same thing back."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.rosters import MIDNIGHT, Shift
from service.policies.roster_files import overlaps, problem_of, read_minutes, read_roster_file, write_roster_file
from tests.service.policies.situations import modestly

PEOPLE = {"anna": 1, "boris": 2}
HEAD = "login,day,starts,ends,zone,country\n"


def problems(*lines: str) -> tuple[str, ...]:
    """What is wrong with these lines under a good first one."""
    return read_roster_file(HEAD + "\n".join(lines) + "\n", "r.csv", PEOPLE).problems


def test_a_roster_is_read() -> None:
    read = read_roster_file(
        "\ufeff" + HEAD + "anna,mon,09:00,12:00,Europe/Moscow,ru\r\nanna,MON,13:00,18:00,Europe/Moscow,RU\n"
        "boris,2026-12-31,00:00,24:00,Asia/Almaty,KZ\nanna,2027-01-04,off,,,\n",
        "r.csv", PEOPLE,
    )  # fmt: skip
    assert read.problems == ()
    assert read.shifts == (
        Shift(1, 540, 720, "Europe/Moscow", "RU", 0), Shift(1, 780, 1080, "Europe/Moscow", "RU", 0),
        Shift(2, 0, 1440, "Asia/Almaty", "KZ", None, date(2026, 12, 31)),
    )  # fmt: skip
    assert read.days_off == ((1, date(2027, 1, 4)),)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("anna,mon,25:00,26:00,Europe/Moscow,RU", "'25:00' is no time of day; write 00:00 to 24:00"),
        ("anna,mon,9,18:00,Europe/Moscow,RU", "'9' is no time of day"),
        ("anna,mon,09:60,18:00,Europe/Moscow,RU", "'09:60' is no time of day"),
        ("anna,mon,09:00,24:01,Europe/Moscow,RU", "'24:01' is no time of day"),
        ("anna,mon,-1:00,18:00,Europe/Moscow,RU", "'-1:00' is no time of day"),
        ("anna,mon,٠٩:٠٠,18:00,Europe/Moscow,RU", "is no time of day"),
        ("anna,mon,18:00,09:00,Europe/Moscow,RU", "runs backwards; write a night shift as two: 18:00-24:00"),
        ("anna,mon,09:00,09:00,Europe/Moscow,RU", "runs backwards"),
        ("anna,mon,24:00,24:00,Europe/Moscow,RU", "lies between 00:00 and 24:00"),
        ("anna,mon,09:00,18:00,Europe/Atlantis,RU", "there is no time zone 'Europe/Atlantis'"),
        ("anna,mon,09:00,18:00,../../etc/passwd,RU", "there is no time zone"),
        ("anna,mon,09:00,18:00,,RU", "there is no time zone ''"),
        ("anna,someday,09:00,18:00,Europe/Moscow,RU", "'someday' is no day; write mon ... sun"),
        ("anna,2026-02-30,09:00,18:00,Europe/Moscow,RU", "'2026-02-30' is no day"),
        ("anna,mon,off,,,", "a day off needs a date"),
        ("clara,mon,09:00,18:00,Europe/Moscow,RU", "there is no operator 'clara'"),
        ("anna,mon", "has not 6 columns"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(line: str, says: str) -> None:
    (problem,) = problems("anna,sun,09:00,18:00,Europe/Moscow,RU", line)
    assert problem.startswith("r.csv:3: ")
    assert says in problem


def test_overlapping_shifts_are_named_both() -> None:
    (problem,) = problems(
        "anna,mon,09:00,13:00,Europe/Moscow,RU",
        "anna,mon,12:00,18:00,Europe/Moscow,RU",
        "anna,tue,12:00,18:00,Europe/Moscow,RU",
        "boris,mon,12:00,18:00,Europe/Moscow,RU",
    )
    assert problem == (
        "r.csv:3: the shifts of anna on mon overlap: 09:00-13:00 (line 2) and 12:00-18:00; "
        "end one before the other begins"
    )


def test_all_mistakes_are_told_at_once_in_their_order() -> None:
    found = problems("anna,mon,25:00,26:00,UTC,", "nobody,mon,09:00,18:00,UTC,", "anna,mon,18:00,09:00,UTC,")
    assert [each.split(":")[1] for each in found] == ["2", "3", "4"]


@pytest.mark.parametrize("content", ["", "\n", "who,when\n", "\x00", "login;day;starts;ends;zone;country\n"])
def test_a_file_that_is_something_else_is_refused_at_its_first_line(content: str) -> None:
    read = read_roster_file(content, "r.csv", PEOPLE)
    assert read.problems[0].startswith("r.csv:1: ")
    assert not read.shifts


@given(st.text(max_size=300))
@modestly
def test_no_text_breaks_the_reader(content: str) -> None:
    read_roster_file(HEAD + content, "r.csv", PEOPLE)
    read_roster_file(content, "r.csv", PEOPLE)


@given(st.text(max_size=8))
@modestly
def test_a_time_of_day_is_within_the_day_or_refused(text: str) -> None:
    try:
        assert 0 <= read_minutes(text) <= MIDNIGHT
    except ValueError as error:
        assert "write 00:00 to 24:00" in str(error)


good_shifts = st.lists(
    st.builds(
        Shift, operator=st.sampled_from([1, 2]), starts=st.integers(0, 700), ends=st.integers(701, MIDNIGHT),
        zone=st.sampled_from(["Europe/Moscow", "America/New_York"]), country=st.sampled_from(["RU", "US", ""]),
        weekday=st.integers(0, 6),
    )
    | st.builds(
        Shift, operator=st.sampled_from([1, 2]), starts=st.integers(0, 700), ends=st.integers(701, MIDNIGHT),
        zone=st.just("UTC"), country=st.just(""), weekday=st.none(), day=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    ),
    max_size=8,
    unique_by=lambda each: (each.operator, each.weekday, each.day),
)  # fmt: skip


@given(
    good_shifts, st.sets(st.tuples(st.sampled_from([1, 2]), st.dates(date(2020, 1, 1), date(2030, 1, 1))), max_size=4)
)
@modestly
def test_what_is_written_reads_back_the_same(shifts: list[Shift], days_off: set[tuple[int, date]]) -> None:
    logins = {number: login for login, number in PEOPLE.items()}
    read = read_roster_file(write_roster_file(shifts, days_off, logins), "r.csv", PEOPLE)
    assert read.problems == ()
    assert sorted(read.shifts, key=repr) == sorted(shifts, key=repr)
    assert set(read.days_off) == days_off


def test_a_shift_needs_a_weekday_or_a_date_and_not_both() -> None:
    assert problem_of(Shift(1, 0, 60, "UTC")) is not None
    assert problem_of(Shift(1, 0, 60, "UTC", "", 0, date(2026, 1, 1))) is not None
    assert problem_of(Shift(1, 0, 60, "UTC", "", 7)) is not None
    assert problem_of(Shift(1, 0, 60, "UTC", "", 6)) is None
    assert overlaps([(1, Shift(1, 0, 60, "UTC", "", 0)), (2, Shift(1, 60, 90, "UTC", "", 0))], {}) == []
