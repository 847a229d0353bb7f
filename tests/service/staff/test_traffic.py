"""What staff see of suspicious traffic and what they do about it; and that what was kept is answered in the end."""

from datetime import timedelta

import pytest

from service import desk, inbox, traffic
from service.domain.conversations import ConversationState
from service.domain.decisions import Wait
from service.domain.messages import Author, InboundMessage
from service.domain.staff import Role, StaffMember
from service.domain.suspicion import Level, Restriction, Sender, Signal, identity_key
from service.errors import Conflict, Forbidden, NotFound, TooManyRequests
from service.inbox import Outcome
from service.office import Office
from service.storage import audit, conversations, messages
from service.storage.audit import AuditFilter
from service.visits import read_visit
from service.worker import answer_bursts
from tests.service.conftest import Clock
from tests.service.staff.conftest import Hire

CHANNELS = pytest.mark.parametrize("channel", ["web", "sandbox"])


def write(office: Office, text: str, key: str, *, channel: str = "web", who: str = "anna") -> Outcome:
    """A client's message."""
    return inbox.handle_message(InboundMessage(channel, key, who, text, None, "ru"), office)


def suspect(office: Office, times: int, *, channel: str = "web", who: str = "anna") -> None:
    """Wrong codes of somebody, as verification reports them."""
    for _ in range(times):
        with office.database.write() as connection:
            sender = Sender(channel, identity_key(channel, who))
            office.guard.report(connection, Signal.WRONG_CODE, sender, office.clock())


def newest(office: Office, staff: StaffMember) -> Restriction:
    """The one that was made last."""
    return traffic.read_traffic(staff, office).recent[0]


def replies(office: Office, outcome: Outcome) -> int:
    """How many messages of ours there are."""
    with office.database.read() as connection:
        said = messages.last_messages(connection, outcome.message.conversation_id, 50)
    return sum(each.author is not Author.CLIENT for each in said)


@CHANNELS
def test_a_silenced_client_is_recorded_and_answered_when_it_is_over(
    office: Office, clock: Clock, admin: StaffMember, channel: str
) -> None:
    write(office, "здравствуйте", "0", channel=channel)
    suspect(office, 12, channel=channel)
    kept = write(office, "оператор", "1", channel=channel)
    assert isinstance(kept.decision, Wait)
    assert kept.decision.held_by == newest(office, admin).id
    before = replies(office, kept)
    clock.move(minutes=14)
    answer_bursts(office)
    assert replies(office, kept) == before
    clock.move(minutes=2)
    answer_bursts(office)
    assert replies(office, kept) > before


def test_nobody_is_shown_typing_while_a_message_is_kept(office: Office, clock: Clock) -> None:
    write(office, "здравствуйте", "0")
    clock.move(seconds=5)
    answer_bursts(office)
    suspect(office, 12)
    write(office, "почему вы молчите", "1")
    assert not read_visit("anna", office).bot_is_typing


@CHANNELS
def test_what_a_blocked_client_wrote_is_answered_at_once_when_it_is_lifted(
    office: Office, clock: Clock, admin: StaffMember, channel: str
) -> None:
    first = write(office, "здравствуйте", "0", channel=channel)
    suspect(office, 12, channel=channel)
    write(office, "оператор", "1", channel=channel)
    suspect(office, 12, channel=channel)
    if channel == "web":
        with pytest.raises(TooManyRequests) as refused:
            write(office, "оператор", "2")
        assert refused.value.retry_after <= 60
    else:
        write(office, "оператор", "2", channel=channel)
    before = replies(office, first)
    blocked = newest(office, admin)
    assert blocked.level is Level.BLOCKED
    assert blocked.conversation_id == first.message.conversation_id

    traffic.lift(blocked.id, admin, office)
    answer_bursts(office)
    assert replies(office, first) > before
    assert write(office, "спасибо", "3", channel=channel).status is inbox.Status.RECORDED
    assert traffic.read_traffic(admin, office).standing == {}
    with office.database.read() as connection:
        trail = audit.entries(connection, AuditFilter(action="restriction_lifted"))
    assert [(each.actor, each.object_id) for each in trail] == [("root", str(blocked.id))]
    with pytest.raises(Conflict):
        traffic.lift(blocked.id, admin, office)


def test_after_a_lift_counting_begins_anew(office: Office, admin: StaffMember) -> None:
    suspect(office, 24)
    traffic.lift(newest(office, admin).id, admin, office)
    suspect(office, 5)
    assert traffic.read_traffic(admin, office).standing == {}


def test_an_operator_who_has_the_client_reads_on_and_nothing_is_kept_from_her(
    office: Office, hire: Hire, clock: Clock
) -> None:
    olga = hire("olga", "general")
    waits = write(office, "оператор", "1")
    clock.move(seconds=5)
    answer_bursts(office)
    desk.take(waits.message.conversation_id, olga, office)
    suspect(office, 12)
    seen = write(office, "мне нужна помощь", "2")
    assert seen.state is ConversationState.OPERATOR
    assert not isinstance(seen.decision, Wait)


def test_what_may_be_a_code_is_covered_while_nobody_reads_it(office: Office) -> None:
    begun = write(office, "здравствуйте", "0")
    with office.database.write() as connection:
        view = conversations.get(connection, begun.message.conversation_id)
        conversations.change(connection, view, dialogue={"name": "clarify", "data": {}})
    suspect(office, 12)
    kept = write(office, "мой код 123 456", "1")
    assert isinstance(kept.decision, Wait)
    assert "123" not in kept.message.text


def test_supervisors_and_the_security_department_watch_and_nobody_else(office: Office, hire: Hire) -> None:
    suspect(office, 12)
    for login, departments, role, may in (
        ("sofia", ("cards",), Role.SUPERVISOR, True), ("sergey", ("security",), Role.OPERATOR, True),
        ("olga", ("cards",), Role.OPERATOR, False), ("all", (), Role.OPERATOR, False),
        ("mila", ("security",), Role.ML, False),
    ):  # fmt: skip
        staff = hire(login, *departments, role=role)
        if may:
            assert traffic.count_news(staff, office) == 3
            continue
        for look in (traffic.read_traffic, traffic.count_news):
            with pytest.raises(Forbidden):
                look(staff, office)
        for act in (traffic.lift, traffic.take_note):
            with pytest.raises(Forbidden):
                act(1, staff, office)


def test_an_alarm_that_somebody_looks_into_is_news_no_more(office: Office, hire: Hire, clock: Clock) -> None:
    sergey, second = hire("sergey", "security"), hire("second", "security")
    suspect(office, 6)
    assert traffic.count_news(sergey, office) == 1
    assert traffic.take_note(newest(office, sergey).id, sergey, office).seen_by == "sergey"
    assert traffic.take_note(newest(office, sergey).id, second, office).seen_by == "sergey"
    assert traffic.count_news(second, office) == 0
    with pytest.raises(NotFound):
        traffic.take_note(4711, sergey, office)


def test_news_are_of_the_last_day(office: Office, admin: StaffMember, clock: Clock) -> None:
    suspect(office, 6)
    clock.now += timedelta(hours=25)
    assert traffic.count_news(admin, office) == 0
    assert len(traffic.read_traffic(admin, office).recent) == 1
