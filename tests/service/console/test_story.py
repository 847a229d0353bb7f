"""The shown part of a story: its end is read anew, what came before stays, nothing is missing in between."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.console.inbox.story import Story, patch_of
from service.domain.console import Delivery, StaffNote, TimelineItem, TimelinePage
from service.domain.messages import Author, DeliveryState, StoredMessage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def item(number: int, text: str = "") -> TimelineItem:
    """The item of this number."""
    at = NOON + timedelta(minutes=number)
    return TimelineItem(f"{number:04}", at, 1, "web", note=StaffNote(number, 1, 1, "Анна", text, at))


def page(first: int, last: int) -> TimelinePage:
    """The items from `first` to `last`."""
    items = tuple(item(each) for each in range(first, last + 1))
    return TimelinePage(items, items[0].key if first > 1 else None)


def numbers(story: Story) -> list[int]:
    """What is shown, in order."""
    return [int(each.key) for each in story.items]


def test_what_was_scrolled_back_to_stays_while_new_messages_come() -> None:
    story = Story().renew(page(41, 60)).extend(page(21, 40))
    assert numbers(story.renew(page(45, 64))) == list(range(21, 65))
    assert story.renew(page(45, 64)).before == "0021"


def test_a_stretch_that_does_not_touch_what_is_known_begins_anew() -> None:
    story = Story().renew(page(41, 60)).extend(page(21, 40)).renew(page(81, 100))
    assert (numbers(story), story.before) == (list(range(81, 101)), "0081")


def test_what_changed_in_the_newest_stretch_is_shown_as_it_is_now() -> None:
    changed = TimelinePage((item(2), item(3, "исправлено")), "0002")
    story = Story().renew(page(1, 3)).renew(changed)
    assert story.items[2].note is not None
    assert story.items[2].note.text == "исправлено"
    assert (numbers(story), story.before) == ([1, 2, 3], None)


def said(number: int, author: Author, state: DeliveryState) -> TimelineItem:
    """A message of this number."""
    at = NOON + timedelta(minutes=number)
    message = StoredMessage(number, 1, number, author, "текст", at, state=state)
    return TimelineItem(f"{number:04}", at, 1, "web", message=message)


def test_what_became_of_messages_further_up_is_told_and_nothing_else_changes() -> None:
    mine, seen = said(3, Author.OPERATOR, DeliveryState.SENT), said(2, Author.BOT, DeliveryState.SEEN)
    story = Story((said(1, Author.CLIENT, DeliveryState.DELIVERED), seen, mine, item(4)), "0001")
    assert story.unsettled(10) == (3,)
    assert Story((mine, said(4, Author.BOT, DeliveryState.FAILED))).unsettled(1) == (4,)
    settled = story.settle({3: Delivery(DeliveryState.FAILED, "window_closed")})
    assert settled.items[2].message is not None
    assert (settled.items[2].message.state, settled.items[2].problem) == (DeliveryState.FAILED, "window_closed")
    assert (settled.items[:2], settled.items[3], settled.before) == (story.items[:2], item(4), "0001")
    patch = patch_of(
        [{"key": each.key, "state": str(each.message and each.message.state)} for each in story.items],
        [{"key": each.key, "state": str(each.message and each.message.state)} for each in settled.items],
    )
    assert patch is not None
    assert [each["key"] for each in patch["items"]] == ["0003"]


@given(st.lists(st.tuples(st.sampled_from(["back", "write", "look"]), st.integers(1, 30)), max_size=30))
def test_whatever_happens_nothing_is_missing_or_shown_twice(steps: list[tuple[str, int]]) -> None:
    last, story = 100, Story().renew(page(81, 100))
    for what, count in steps:
        if what == "write":
            last += count
        elif what == "look":
            story = story.renew(page(max(1, last - 19), last))
        elif story.before is not None:
            first = int(story.before)
            story = story.extend(page(max(1, first - count), first - 1))
    shown = numbers(story)
    assert shown == list(range(shown[0], shown[-1] + 1))
    assert story.before == (None if shown[0] == 1 else f"{shown[0]:04}")


def test_only_what_changed_goes_to_the_browser() -> None:
    one, two, three = ({"key": key, "text": key} for key in ("1", "2", "3"))
    assert patch_of([one, two], [one, two]) is None
    assert patch_of([one, two], [one, two, three]) == {"items": [three], "order": ["1", "2", "3"]}
    assert patch_of([one, two], [one, {"key": "2", "text": "new"}]) == {
        "items": [{"key": "2", "text": "new"}],
        "order": None,
    }
