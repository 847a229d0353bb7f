"""Notes, tags, snoozing, labels: what colleagues see and clients never do."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import desk
from service.errors import Conflict, InvalidInput, MessageMismatch, NotFound, NotHolder
from service.office import Office
from service.policies.tags import LONGEST_TAG, normalise_tag
from service.storage import exports
from service.storage.staff import StaffMember
from service.visits import read_visit
from service.worker import work_once
from tests.service.conftest import Clock
from tests.service.desk.conftest import Caller
from tests.service.small_office import LOST, hire
from tests.service.threads import at_once, unexpected

# --- notes


def test_a_note_is_for_colleagues_only(
    office: Office, caller: Callable[..., Caller], anna: StaffMember, boris: StaffMember
) -> None:
    client = caller()
    conversation_id = client.say("Карту украли 4276160012345675", button=LOST).message.conversation_id
    desk.note(conversation_id, boris, office, key="1", text="Клиент нервничает, карта 4276160012345675")
    shown = [item.note for item in desk.read_timeline(conversation_id, anna, office).items if item.note]
    assert [note.author for note in shown] == ["Boris"]
    assert "4276160012345675" not in shown[0].text
    assert all("нервничает" not in message.text for message in read_visit(client.id, office).messages)
    with office.database.read() as connection:
        exported = json.dumps(list(exports.client_messages(connection)), ensure_ascii=False)
    assert "нервничает" not in exported


def test_a_note_sent_twice_is_written_once(office: Office, held: int, anna: StaffMember) -> None:
    results = at_once(*[lambda: desk.note(held, anna, office, key="k", text="раз")] * 3)
    assert unexpected(results, Conflict) == []
    assert desk.note(held, anna, office, key="k", text="раз").text == "раз"
    with pytest.raises(MessageMismatch):
        desk.note(held, anna, office, key="k", text="два")
    assert len([item for item in desk.read_timeline(held, anna, office).items if item.note]) == 1


@pytest.mark.parametrize("text", ["", " \n\x00", "x" * 4001, "x" * 1_000_000])
def test_an_empty_or_enormous_note_is_refused(office: Office, held: int, anna: StaffMember, text: str) -> None:
    with pytest.raises(InvalidInput, match="note"):
        desk.note(held, anna, office, key="k", text=text)


def test_a_note_with_lone_surrogates_and_markup_is_kept_as_text(office: Office, held: int, anna: StaffMember) -> None:
    kept = desk.note(held, anna, office, key="k", text="<script>alert(1)</script> \ud83d 🎄")
    assert kept.text.startswith("<script>")
    kept.text.encode("utf-8")


# --- tags


@given(st.text())
def test_a_tag_has_one_spelling(written: str) -> None:
    tag = normalise_tag(written)
    if tag is not None:
        assert 0 < len(tag) <= LONGEST_TAG
        assert normalise_tag(tag) == tag
        assert normalise_tag(f" #{tag.upper()} ") in (tag, normalise_tag(tag.upper()))
        assert not any(letter.isspace() for letter in tag)


@pytest.mark.parametrize(
    ("written", "tag"),
    [("VIP", "vip"), ("#Жалоба ЦБ", "жалоба-цб"), ("  повторный   звонок ", "повторный-звонок"), ("Ёлка", "елка"),
     ("<b>", "b"), ("", None), ("#!?", None), ("я" * 41, None), ("x" * 100_000, None), ("\ud800", None)],
)  # fmt: skip
def test_tags_are_normalised(written: str, tag: str | None) -> None:
    assert normalise_tag(written) == tag


def test_tags_are_put_on_once_found_and_taken_off(
    office: Office, held: int, anna: StaffMember, boris: StaffMember
) -> None:
    results = at_once(
        lambda: desk.add_tag(held, "VIP", anna, office), lambda: desk.add_tag(held, "#vip", boris, office)
    )
    assert unexpected(results) == []
    assert desk.add_tag(held, "жалоба", anna, office) == ("vip", "жалоба")
    assert desk.list_inbox(anna, office).entries[0].tags == ("vip", "жалоба")
    assert desk.suggest_tags("#Ж", anna, office) == ["жалоба"]
    assert set(desk.suggest_tags("", anna, office)) == {"vip", "жалоба"}
    assert desk.remove_tag(held, "VIP", anna, office) == ("жалоба",)
    assert desk.remove_tag(held, "VIP", anna, office) == ("жалоба",)


def test_tags_of_other_departments_are_not_suggested(
    office: Office, held: int, anna: StaffMember, vera: StaffMember
) -> None:
    desk.add_tag(held, "секрет", anna, office)
    assert desk.suggest_tags("", vera, office) == []
    for act in (desk.add_tag, desk.remove_tag):
        with pytest.raises(NotFound):
            act(held, "секрет", vera, office)


@pytest.mark.parametrize("tag", ["", "???", "x" * 41, "x" * 1_000_000, "\ud800"])
def test_what_is_no_tag_is_refused(office: Office, held: int, anna: StaffMember, tag: str) -> None:
    with pytest.raises(InvalidInput, match="tag"):
        desk.add_tag(held, tag, anna, office)


def test_a_conversation_has_a_limited_number_of_tags(office: Office, held: int, anna: StaffMember) -> None:
    for number in range(20):
        desk.add_tag(held, f"t{number}", anna, office)
    with pytest.raises(InvalidInput, match="at most"):
        desk.add_tag(held, "one-more", anna, office)
    assert len(desk.add_tag(held, "t3", anna, office)) == 20


# --- snoozing


def test_a_snoozed_conversation_is_hidden_until_its_time(
    office: Office, held: int, anna: StaffMember, clock: Clock
) -> None:
    until = clock.now + timedelta(hours=2)
    desk.snooze(held, anna, office, until=until)
    desk.snooze(held, anna, office, until=until)
    assert desk.list_inbox(anna, office).entries == ()
    work_once(office)
    assert desk.list_inbox(anna, office).entries == ()
    clock.move(hours=2)
    work_once(office)
    entry = desk.list_inbox(anna, office).entries[0]
    assert (entry.snoozed_until, entry.operator_id) == (None, anna.id)
    kinds = [item.event.kind for item in desk.read_timeline(held, anna, office).items if item.event]
    assert (kinds.count("snoozed"), kinds.count("snooze_ended")) == (1, 1)


def test_a_client_who_writes_wakes_the_conversation(
    office: Office, caller: Callable[..., Caller], anna: StaffMember, clock: Clock
) -> None:
    client = caller()
    conversation_id = client.say("Оператор", button="command:operator").message.conversation_id
    desk.take(conversation_id, anna, office)
    desk.snooze(conversation_id, anna, office, until=clock.now + timedelta(days=1))
    client.say("вы тут?")
    assert [each.conversation_id for each in desk.list_inbox(anna, office).entries] == [conversation_id]
    assert desk.wake_due(office) == 0


def test_two_workers_wake_a_conversation_once(office: Office, held: int, anna: StaffMember, clock: Clock) -> None:
    desk.snooze(held, anna, office, until=clock.now + timedelta(minutes=1))
    clock.move(minutes=2)
    results = at_once(*[lambda: desk.wake_due(office)] * 3)
    assert unexpected(results) == []
    assert sum(results) == 1


def test_a_snoozed_conversation_is_woken_by_hand(office: Office, held: int, anna: StaffMember, clock: Clock) -> None:
    desk.snooze(held, anna, office, until=clock.now + timedelta(minutes=1))
    assert desk.wake(held, anna, office).snoozed_until is None
    assert desk.wake(held, anna, office).snoozed_until is None


def test_only_a_near_future_and_only_one_s_own_can_be_snoozed(
    office: Office, held: int, anna: StaffMember, boris: StaffMember, clock: Clock
) -> None:
    for until in (clock.now, clock.now - timedelta(days=1), clock.now + timedelta(days=91)):
        with pytest.raises(InvalidInput, match="until"):
            desk.snooze(held, anna, office, until=until)
    with pytest.raises(InvalidInput, match="time zone"):
        desk.snooze(held, anna, office, until=clock.now.replace(tzinfo=None))
    with pytest.raises(NotHolder):
        desk.snooze(held, boris, office, until=clock.now + timedelta(hours=1))


# --- labels


def labels(office: Office) -> list[str | None]:
    """What training would get."""
    with office.database.read() as connection:
        return [row["label"] for row in exports.client_messages(connection)]


def test_a_correction_is_a_label_until_it_is_undone(
    office: Office, waiting: Callable[..., int], anna: StaffMember
) -> None:
    conversation_id = waiting(urgent=True)
    desk.correct_intent(conversation_id, 1, "card_declined", anna, office)
    desk.correct_intent(conversation_id, 1, ["card_declined"], anna, office)  # a double click
    assert labels(office) == ["card_declined"]
    desk.correct_intent(conversation_id, 1, ["card_declined", "card_pin"], anna, office)
    assert labels(office) == [None], "several intents teach a classifier of one intent nothing"
    shown = [item.understood.corrected for item in desk.read_timeline(conversation_id, anna, office).items
             if item.understood]  # fmt: skip
    assert shown == [("card_declined", "card_pin")]
    desk.correct_intent(conversation_id, 1, "out_of_scope", anna, office)
    assert labels(office) == ["out_of_scope"]
    desk.undo_correction(conversation_id, 1, anna, office)
    desk.undo_correction(conversation_id, 1, anna, office)
    assert labels(office) == [None]
    kinds = [item.event.kind for item in desk.read_timeline(conversation_id, anna, office).items if item.event]
    assert (kinds.count("intent_corrected"), kinds.count("intent_correction_undone")) == (3, 1)


@pytest.mark.parametrize(
    "intents", [(), ("nonsense",), ("card_pin", "out_of_scope"), ("card_pin", "nonsense"), ("x" * 100_000,)]
)
def test_a_correction_that_can_not_be_meant_is_refused(
    office: Office, waiting: Callable[..., int], anna: StaffMember, intents: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput):
        desk.correct_intent(waiting(), 1, intents, anna, office)


def test_a_stranger_marks_nothing(office: Office, held: int, clock: Clock) -> None:
    stranger = hire(office, "stranger", "loans")[0]
    for act in (
        lambda: desk.note(held, stranger, office, key="1", text="x"),
        lambda: desk.snooze(held, stranger, office, until=clock.now + timedelta(hours=1)),
        lambda: desk.correct_intent(held, 1, "card_pin", stranger, office),
        lambda: desk.undo_correction(held, 1, stranger, office),
        lambda: desk.client_card(held, stranger, office),
        lambda: desk.read_timeline(held, stranger, office),
        lambda: desk.reopen(held, stranger, office),
        lambda: desk.release(held, stranger, office),
        lambda: desk.who_types(held, stranger, office),
        lambda: desk.colleagues(held, stranger, office),
    ):
        with pytest.raises(NotFound):
            act()
