"""Labelling: the last word stands, undo, two people, disputes, permissions."""

import pytest

from models.selection import CANDIDATES_A_CHOICE
from service import labelling
from service.domain.labels import ReviewItem, Worry
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.office import Office
from service.storage import understood
from service.storage.audit import AuditFilter, entries
from service.storage.staff import StaffMember
from tests.service.conftest import Clock
from tests.service.labelling.conftest import UNKNOWN


def make_sample(item: ReviewItem, office: Office) -> None:
    """Mark a message as one that two people label."""
    with office.database.write() as connection:
        understood.change(connection, item.id, sample=True)


def ids(items: list[ReviewItem]) -> set[int]:
    """Which messages."""
    return {each.id for each in items}


def test_a_labelled_message_leaves_the_queue_and_comes_back_when_undone(
    office: Office, waiting: list[ReviewItem], vera: StaffMember
) -> None:
    first = waiting[0]
    stands = labelling.label(first.id, ["out_of_scope"], vera, office)
    assert stands.label == ("out_of_scope",)
    assert first.id not in ids(labelling.next_items(vera, office))
    assert labelling.undo(vera, office) == first.id
    assert first.id in ids(labelling.next_items(vera, office))
    assert labelling.undo(vera, office) is None


def test_undo_goes_back_step_by_step(office: Office, waiting: list[ReviewItem], vera: StaffMember) -> None:
    one, two, _ = waiting
    labelling.label(one.id, ["card_pin"], vera, office)
    labelling.skip(two.id, vera, office)
    assert ids(labelling.next_items(vera, office)) == {waiting[2].id}
    assert [labelling.undo(vera, office) for _ in range(3)] == [two.id, one.id, None]
    assert ids(labelling.next_items(vera, office)) == ids(waiting)


def test_skipping_leaves_a_message_to_others(
    office: Office, waiting: list[ReviewItem], vera: StaffMember, oleg: StaffMember
) -> None:
    labelling.skip(waiting[0].id, vera, office)
    assert waiting[0].id not in ids(labelling.next_items(vera, office))
    assert waiting[0].id in ids(labelling.next_items(oleg, office))


def test_a_sample_is_labelled_by_two_and_the_second_does_not_see_the_first(
    office: Office, waiting: list[ReviewItem], vera: StaffMember, oleg: StaffMember
) -> None:
    first = waiting[0]
    make_sample(first, office)
    labelling.label(first.id, ["card_pin"], vera, office)
    assert first.id not in ids(labelling.next_items(vera, office))
    shown = next(each for each in labelling.next_items(oleg, office) if each.id == first.id)
    assert (shown.second, shown.label) == (True, None)
    assert Worry.SAMPLE in shown.worries
    labelling.label(first.id, ["card_pin"], oleg, office)
    assert first.id not in ids(labelling.next_items(oleg, office))
    agreed = labelling.agreed(vera, office)
    assert (agreed.pairs, agreed.share, agreed.kappa) == (1, 1.0, 1.0)


def test_two_who_say_different_things_are_settled_by_a_decision(
    office: Office, waiting: list[ReviewItem], vera: StaffMember, oleg: StaffMember
) -> None:
    first = waiting[0]
    make_sample(first, office)
    labelling.label(first.id, ["card_pin"], vera, office)
    labelling.label(first.id, ["card_order"], oleg, office)
    disputed = next(each for each in labelling.next_items(vera, office) if each.id == first.id)
    assert disputed.disputed
    assert labelling.agreed(vera, office).kappa == 0.0
    assert labelling.label(first.id, ["card_order"], vera, office).label == ("card_order",)
    assert first.id not in ids(labelling.next_items(oleg, office))
    assert labelling.progress(vera, office)["disputed"] == 0


@pytest.mark.parametrize(
    "meant",
    [[], ["no_such_intent"], ["out_of_scope", "card_pin"], [f"intent_{n}" for n in range(6)], ["x" * 5000]],
)
def test_what_is_no_label_is_refused_and_nothing_is_written(
    office: Office, waiting: list[ReviewItem], vera: StaffMember, meant: list[str]
) -> None:
    with pytest.raises(InvalidInput):
        labelling.label(waiting[0].id, meant, vera, office)
    assert labelling.history(vera, office) == []


def test_a_message_that_was_erased_meanwhile_is_not_found(
    office: Office, waiting: list[ReviewItem], vera: StaffMember
) -> None:
    with office.database.write() as connection:
        row = understood.get(connection, waiting[0].id)
        assert row is not None
        understood.forget(connection, [row.conversation_id])
    with pytest.raises(NotFound, match="erased"):
        labelling.label(waiting[0].id, ["card_pin"], vera, office)


def test_an_operator_may_not_label(office: Office, waiting: list[ReviewItem], anna: StaffMember) -> None:
    for work in (labelling.next_items, labelling.history, labelling.agreed, labelling.undo):
        with pytest.raises(Forbidden):
            work(anna, office)
    with pytest.raises(Forbidden):
        labelling.label(waiting[0].id, ["card_pin"], anna, office)


def test_every_label_stands_in_the_history_and_in_the_trail(
    office: Office, waiting: list[ReviewItem], vera: StaffMember
) -> None:
    labelling.label(waiting[0].id, ["card_pin", "card_order"], vera, office)
    (line,) = labelling.history(vera, office)
    assert (line.text, line.intents, line.author) == (waiting[0].text, ("card_order", "card_pin"), "vera")
    with office.database.read() as connection:
        trail = entries(connection, AuditFilter(object_kind="message"))
    assert [(each.actor, each.action) for each in trail] == [("vera", "label_message")]
    assert waiting[0].text not in str(trail)


def test_a_new_intent_is_served_at_once_and_its_messages_are_labelled(
    office: Office, waiting: list[ReviewItem], vera: StaffMember
) -> None:
    item = next(each for each in waiting if each.text == UNKNOWN)
    made = labelling.add_intent(
        "app_dark_theme", vera, office, department="digital", title={"ru": "Тёмная тема", "en": "Dark theme"},
        about={"ru": "Тёмное оформление приложения"}, messages=[item.id],
    )  # fmt: skip
    assert made.about["en"] == "Тёмное оформление приложения"
    rule = office.rules.rule("app_dark_theme")
    assert rule is not None
    assert (rule.department, rule.label("en"), rule.mode) == ("digital", "Dark theme", "suggest")
    assert labelling.read_item(item.id, vera, office).label == ("app_dark_theme",)
    assert labelling.label(waiting[1].id, ["app_dark_theme"], vera, office).label == ("app_dark_theme",)
    with pytest.raises(Conflict, match="already"):
        labelling.add_intent(
            "app_dark_theme", vera, office, department="digital", title={"ru": "x"}, about={"ru": "x"}
        )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({"intent_id": "Тема"}, "id"), ({"intent_id": "out_of_scope"}, "id"), ({"department": "moon"}, "department"),
        ({"title": {"ru": " "}}, "title"), ({"about": {"en": "x" * 301}}, "description"), ({"does": "action"}, "does"),
        ({"mode": "always"}, "mode"),
    ],
)  # fmt: skip
def test_an_intent_that_can_not_be_is_refused(
    office: Office, vera: StaffMember, wrong: dict[str, object], about: str
) -> None:
    values: dict[str, object] = {
        "intent_id": "app_theme", "department": "digital", "title": {"ru": "Тема"}, "about": {"ru": "Тема"},
    } | wrong  # fmt: skip
    with pytest.raises(InvalidInput, match=about):
        labelling.add_intent(str(values.pop("intent_id")), vera, office, **values)  # type: ignore[arg-type]
    assert "app_theme" not in office.rules.intents


def test_the_queue_is_the_same_when_asked_twice(
    office: Office, waiting: list[ReviewItem], vera: StaffMember, clock: Clock
) -> None:
    assert labelling.next_items(vera, office) == waiting
    assert labelling.next_items(vera, office, but=[waiting[0].id]) == waiting[1:]
    assert labelling.next_items(vera, office, worry=Worry.SUSPICIOUS) == []


def test_a_kind_of_worry_is_found_however_many_others_are_worthier(
    office: Office, waiting: list[ReviewItem], vera: StaffMember
) -> None:
    least = waiting[-1]
    with office.database.write() as connection:
        row = understood.get(connection, waiting[0].id)
        assert row is not None
        for number in range(1, 2 * CANDIDATES_A_CHOICE):
            values = dict(row._mapping) | {"message_id": 1000 + number, "worth": 2.0, "reasons": ["unsure"]}
            understood.add(connection, {name: value for name, value in values.items() if name != "id"})
        understood.change(connection, least.id, worth=0.1, reasons=["unsure", "drifted"])
    assert ids(labelling.next_items(vera, office, limit=1, worry=Worry.DRIFTED)) == {least.id}
    assert labelling.next_items(vera, office, limit=1, worry=Worry.SUSPICIOUS) == []
