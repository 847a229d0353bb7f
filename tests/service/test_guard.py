"""The guard: machines are slowed, silenced and blocked, people are not; on both databases, in several processes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.conversations import ChannelKind, ConversationView
from service.domain.messages import InboundMessage
from service.domain.suspicion import Level, Restriction, Scope, Sender, Signal
from service.errors import TooManyRequests
from service.events import Events, LocalEvents
from service.guard import FRESH_SECONDS, Guard, Hold, MessageLimits
from service.metrics import Metrics
from service.rates import Rates
from service.storage import restrictions
from service.storage.database import Database
from tests.service.conftest import Clock
from tests.service.counted_time import count_by
from tests.service.databases import open_ring, postgresql_url, sqlite_url
from tests.service.test_events import redis_url  # noqa: F401 - a fixture
from tests.service.threads import at_once, unexpected

LIMITS = MessageLimits(identity=60, address=600, channel=6000, sessions=600)
OLD_FRIEND = ConversationView(id=1, last_seq=50)
WEB, MESSENGER = ChannelKind.WEB, ChannelKind.MESSENGER


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database."""
    opened = Database(sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url(), ring=open_ring())
    yield opened
    opened.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that counters go by too."""
    standing = Clock()
    count_by(standing, monkeypatch)
    monkeypatch.setattr("service.guard.time.monotonic", lambda: standing().timestamp())
    return standing


@pytest.fixture
def open_guard(database: Database) -> Callable[..., Guard]:
    """Makes guards on this database, each as in a process of its own."""

    def make(events: Events | None = None, redis: str = "") -> Guard:
        return Guard(database, Rates(redis), LIMITS, events or LocalEvents(), Metrics())

    return make


@pytest.fixture
def guard(open_guard: Callable[..., Guard]) -> Guard:
    """One guard."""
    return open_guard()


def message(text: str = "где мои деньги", who: str = "anna", *, channel: str = "web", address: str | None = None,
            key: str = "1") -> InboundMessage:  # fmt: skip
    """What comes in."""
    return InboundMessage(channel, key, who, text, address=address)


def sender(who: str = "web/anna", address: str | None = None, account: str | None = None) -> Sender:
    """Whom it comes from."""
    return Sender("web", who, address, account)


def all_of(database: Database) -> list[Restriction]:
    """Every restriction, newest first."""
    with database.read() as connection:
        return restrictions.recent(connection, 1000)


def report(guard: Guard, database: Database, clock: Clock, signal: Signal, who: Sender, times: int = 1) -> None:
    """As verification does, in its own transaction."""
    for _ in range(times):
        with database.write() as connection:
            guard.report(connection, signal, who, clock())


# --- people

angry = st.sampled_from(
    ["АЛО", "???", "вы там уснули", "ВЕРНИТЕ ДЕНЬГИ", "!!!!", "позовите человека", "сколько можно ждать", "алё",
     "😡😡😡",      "я буду жаловаться в цб", "ответьте",
     "это что за банк такой", "блин", "карта не работает!!!", "ну?"]
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(angry | st.text(max_size=40), st.floats(0, 5)), max_size=200), st.sampled_from(ChannelKind))
def test_who_only_writes_fast_and_angry_is_never_silenced_or_blocked(
    database: Database, clock: Clock, said: list[tuple[str, float]], kind: ChannelKind
) -> None:
    guard = Guard(database, Rates(), LIMITS, LocalEvents(), Metrics())
    who = clock().isoformat() + str(len(said))
    clock.move(hours=2)
    for number, (text, gap) in enumerate(said):
        clock.move(seconds=gap)
        try:
            guard.admit(sender(f"web/{who}"), kind, clock())
        except TooManyRequests as refusal:  # too fast even for the fastest: asked to send it again in a moment
            assert refusal.retry_after <= 60
        hold = guard.judge(message(text, who), ConversationView(id=1, last_seq=number), clock())
        assert hold is None or hold.seconds <= 15


def test_two_messages_a_second_for_a_minute_only_wait_a_little(guard: Guard, clock: Clock, database: Database) -> None:
    for _ in range(120):
        guard.admit(sender(), MESSENGER, clock())
        clock.move(seconds=0.5)
    assert [each.level for each in all_of(database)] == [Level.SLOW]
    hold = guard.judge(message(), OLD_FRIEND, clock())
    assert hold is not None
    assert hold.seconds == 15
    clock.move(minutes=6)
    assert guard.judge(message(), OLD_FRIEND, clock()) is None


def test_a_link_or_two_are_a_question_and_an_old_friend_may_send_any_number(
    guard: Guard, clock: Clock, database: Database
) -> None:
    for _ in range(2):
        assert guard.judge(message("это ваш сайт https://bamk.example ?"), None, clock()) is None
    for _ in range(50):
        assert guard.judge(message("https://bank.example/чек"), OLD_FRIEND, clock()) is None
    assert all_of(database) == []


# --- machines


def test_a_flood_is_refused_in_the_web_chat_then_slowed_silenced_and_blocked(
    guard: Guard, clock: Clock, database: Database
) -> None:
    refused = 0
    for _ in range(800):
        clock.move(seconds=0.1)
        try:
            guard.admit(sender(), WEB, clock())
        except TooManyRequests as refusal:
            assert 1 <= refusal.retry_after <= 60
            refused += 1
    assert [each.level for each in reversed(all_of(database))] == [Level.SLOW, Level.SILENT, Level.BLOCKED]
    assert refused > 600
    clock.move(minutes=61)
    guard.admit(sender(), WEB, clock())


def test_in_a_messenger_nothing_is_refused_but_a_flood_is_not_answered(guard: Guard, clock: Clock) -> None:
    for _ in range(1000):
        clock.move(seconds=0.05)
        guard.admit(sender("sandbox/x"), MESSENGER, clock())
    held = guard.judge(message(who="x", channel="sandbox"), OLD_FRIEND, clock())
    assert held is not None
    assert held.seconds > 1800


def test_markup_is_slowed_then_silenced_then_blocked(guard: Guard, clock: Clock, database: Database) -> None:
    holds = [guard.judge(message("<script>alert(1)</script>"), OLD_FRIEND, clock()) for _ in range(15)]
    assert holds[:2] == [None, None]
    assert holds[2] is not None
    assert holds[2].seconds == 15
    assert holds[4] is not None
    assert holds[4].seconds == 15 * 60
    assert [each.level for each in reversed(all_of(database))] == [
        Level.NOTICE, Level.SLOW, Level.SILENT, Level.BLOCKED,
    ]  # fmt: skip
    with pytest.raises(TooManyRequests):
        guard.admit(sender(), WEB, clock())
    guard.admit(sender("web/boris"), WEB, clock())  # nobody else


def test_the_same_long_text_from_many_newcomers_is_noticed_and_slows_those_who_follow(
    guard: Guard, clock: Clock, database: Database
) -> None:
    spam = "Выиграли приз! Заберите ваши сто тысяч рублей в нашем новом банке сегодня"
    holds = [guard.judge(message(spam, f"bot{number}"), None, clock()) for number in range(25)]
    assert holds[:19] == [None] * 19
    assert all(isinstance(hold, Hold) for hold in holds[19:])
    assert {hold.seconds for hold in holds[19:] if hold} == {15}
    told = [(each.level, each.signal, each.subject) for each in all_of(database)]
    assert told == [(Level.NOTICE, Signal.SAME_WORDS, "web")]  # one alarm, however many send it


def test_one_person_who_repeats_the_same_text_is_not_many(guard: Guard, clock: Clock, database: Database) -> None:
    text = "Почему до сих пор не вернули деньги за отменённую покупку в магазине?"
    assert [guard.judge(message(text), None, clock()) for _ in range(40)] == [None] * 40
    assert all_of(database) == []


@pytest.mark.parametrize(("signal", "silent"), [(Signal.UNKNOWN_NUMBER, 10), (Signal.WRONG_CODE, 12)])
def test_guessing_that_verification_reports_ends_in_silence(
    guard: Guard, clock: Clock, database: Database, signal: Signal, silent: int
) -> None:
    report(guard, database, clock, signal, sender(), silent - 1)
    hold = guard.judge(message(), OLD_FRIEND, clock())
    assert hold is not None
    assert hold.seconds == 15
    report(guard, database, clock, signal, sender())
    hold = guard.judge(message(), OLD_FRIEND, clock())
    assert hold is not None
    assert hold.seconds == 15 * 60


def test_guesses_spread_over_identities_are_found_by_their_address(
    guard: Guard, clock: Clock, database: Database
) -> None:
    for number in range(100):
        report(guard, database, clock, Signal.WRONG_CODE, sender(f"web/{number}", "10.0.0.1"))
    with pytest.raises(TooManyRequests):
        guard.admit(sender("web/fresh", "10.0.0.1"), WEB, clock())
    guard.admit(sender("web/fresh", "10.0.0.2"), WEB, clock())


def test_an_account_that_is_guessed_is_told_of_and_its_owner_is_left_alone(
    guard: Guard, clock: Clock, database: Database
) -> None:
    for number in range(50):
        report(guard, database, clock, Signal.WRONG_CODE, sender(f"web/{number}", account="40817"))
    found = all_of(database)
    assert [(each.scope, each.subject, each.level) for each in found] == [(Scope.ACCOUNT, "40817", Level.NOTICE)]


# --- what stands


def test_each_block_within_a_day_stands_twice_as_long(guard: Guard, clock: Clock, database: Database) -> None:
    for hours in (1, 2, 4):
        report(guard, database, clock, Signal.WRONG_CODE, sender(), 24)
        newest = all_of(database)[0]
        assert (newest.level, newest.until - newest.since) == (Level.BLOCKED, timedelta(hours=hours))
        clock.move(hours=hours, minutes=1)


def test_a_block_survives_a_restart(open_guard: Callable[..., Guard], clock: Clock, database: Database) -> None:
    report(open_guard(), database, clock, Signal.WRONG_CODE, sender(), 24)
    with pytest.raises(TooManyRequests):
        open_guard().admit(sender(), WEB, clock())


def test_another_process_hears_of_it_within_two_seconds(
    open_guard: Callable[..., Guard], clock: Clock, database: Database
) -> None:
    one, other = open_guard(), open_guard()
    other.admit(sender(), WEB, clock())
    report(one, database, clock, Signal.WRONG_CODE, sender(), 24)
    clock.move(seconds=FRESH_SECONDS)
    with pytest.raises(TooManyRequests):
        other.admit(sender(), WEB, clock())


def test_processes_that_notice_the_same_at_once_write_it_down_once(
    open_guard: Callable[..., Guard], clock: Clock, database: Database
) -> None:
    guards = [open_guard() for _ in range(4)]
    for guard in guards:
        for _ in range(2):
            guard.judge(message("<script>x</script>"), OLD_FRIEND, clock())
    before = len(all_of(database))
    works = [lambda guard=guard: guard.judge(message("<script>x</script>"), OLD_FRIEND, clock()) for guard in guards]
    assert not unexpected(at_once(*works))
    made = [each.level for each in all_of(database)[: len(all_of(database)) - before]]
    assert set(made) == {Level.SLOW}
    assert len(made) <= 4


def test_what_is_rolled_back_leaves_no_restriction(guard: Guard, clock: Clock, database: Database) -> None:
    report(guard, database, clock, Signal.WRONG_CODE, sender(), 23)
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        guard.report(connection, Signal.WRONG_CODE, sender(), clock())
        raise ZeroDivisionError
    guard.forget()
    guard.admit(sender(), WEB, clock())


@pytest.mark.slow
def test_with_redis_all_processes_count_together_and_without_it_each_for_itself(
    open_guard: Callable[..., Guard], database: Database, redis_url: str  # noqa: F811
) -> None:  # fmt: skip
    standing, shared = Clock(), f"web/{uuid4()}"
    one, other = open_guard(redis=redis_url), open_guard(redis=redis_url)
    for guard in (one, other):
        for _ in range(30):
            guard.admit(sender(shared), MESSENGER, standing())
    assert all_of(database) == []
    other.admit(sender(shared), MESSENGER, standing())
    assert [each.level for each in all_of(database)] == [Level.SLOW]

    away = open_guard(redis="redis://127.0.0.1:1/0")
    for _ in range(60):
        away.admit(sender("web/alone"), WEB, standing())
    with pytest.raises(TooManyRequests):
        away.admit(sender("web/alone"), WEB, standing())
