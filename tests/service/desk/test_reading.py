"""The list, the timeline across channels, the card, merging, the search: what is shown and to whom."""

from collections.abc import Callable

import pytest

from service import desk
from service.desk.finding import MOST_VIEWS
from service.domain.console import Delivery, InboxFilters, TimelinePage
from service.domain.conversations import ConversationState
from service.domain.messages import Author, DeliveryState
from service.domain.search import Search
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.events import conversation_topic, inbox_topic, person_topic
from service.office import Office
from service.storage.staff import Role, StaffMember
from service.visits import mark_seen
from service.worker import index_messages
from tests.service.conftest import Clock
from tests.service.desk.conftest import Caller
from tests.service.small_office import LOST, OPERATOR, hire
from tests.service.threads import at_once, raised, unexpected

XSS = "<img src=x onerror=alert(1)>"


def told(page: TimelinePage) -> list[str]:
    """A timeline in words."""
    return [
        item.message.author.value if item.message else "note" if item.note else item.event.kind if item.event else "?"
        for item in page.items
    ]


def test_the_timeline_tells_what_was_understood_and_why_the_bot_gave_up(
    office: Office, waiting: Callable[..., int], anna: StaffMember, clock: Clock
) -> None:
    conversation_id = waiting(urgent=True)
    clock.move(minutes=1)
    desk.take(conversation_id, anna, office)
    clock.move(minutes=1)
    desk.reply(conversation_id, anna, office, key="1", text="Блокирую")
    items = desk.read_timeline(conversation_id, anna, office).items
    first = items[0]
    assert first.message is not None
    assert first.understood is not None
    assert (first.message.author, first.understood.decision) == (Author.CLIENT, "handoff")
    assert 0.0 <= first.understood.confidence <= 1.0
    handed = next(item.event for item in items if item.event and item.event.kind == "handed_off")
    assert (handed.data["reason"], handed.data["department"]) == ("needs_verification", "cards")
    assert items[-1].message is not None
    assert items[-1].message.state is DeliveryState.SENT
    kinds = told(desk.read_timeline(conversation_id, anna, office))
    assert kinds.index("handed_off") < kinds.index("taken") < len(kinds) - 1


def test_what_became_of_messages_is_told_to_those_who_may_see_them(
    office: Office, caller: Callable[..., Caller], anna: StaffMember, vera: StaffMember
) -> None:
    client, stranger = caller(), caller()
    here = client.say("Оператор", button=OPERATOR).message.conversation_id
    elsewhere = stranger.say("Оператор", button=OPERATOR).message.conversation_id
    ids = []
    for conversation_id in (here, elsewhere):
        desk.take(conversation_id, anna, office)
        desk.reply(conversation_id, anna, office, key="1", text="Здравствуйте!")
        ids += [each.message.id for each in desk.read_timeline(conversation_id, anna, office).items if each.message]
    before = desk.read_deliveries(here, ids, anna, office)
    assert before[max(before)] == Delivery(DeliveryState.SENT)
    mark_seen(client.id, 100, office)
    after = desk.read_deliveries(here, ids, anna, office)
    assert after[max(before)] == Delivery(DeliveryState.SEEN)
    assert 0 < len(after) < len(ids), "of another client's messages nothing is said"
    assert desk.read_deliveries(here, [], anna, office) == {}
    with pytest.raises(NotFound):
        desk.read_deliveries(here, ids, vera, office)


def test_opening_marks_as_read_for_the_holder_only(
    office: Office, caller: Callable[..., Caller], anna: StaffMember, boris: StaffMember
) -> None:
    client = caller()
    conversation_id = client.say("Оператор", button=OPERATOR).message.conversation_id
    desk.take(conversation_id, anna, office)
    client.say("вы тут?")
    desk.read_timeline(conversation_id, boris, office)
    desk.read_timeline(conversation_id, anna, office, mark=False)
    assert desk.list_inbox(anna, office).entries[0].unread == 1
    desk.read_timeline(conversation_id, anna, office)
    assert desk.list_inbox(anna, office).entries[0].unread == 0
    client.say("ау")
    desk.mark_read(conversation_id, 10_000, anna, office)
    assert desk.list_inbox(anna, office).entries[0].unread == 0


def test_a_page_has_a_limit(office: Office, held: int, anna: StaffMember) -> None:
    for limit in (0, -1, 201, 10**9):
        for ask in (
            lambda limit=limit: desk.list_inbox(anna, office, limit=limit),
            lambda limit=limit: desk.read_timeline(held, anna, office, limit=limit),
            lambda limit=limit: desk.search(anna, office, Search(), limit=limit),
        ):
            with pytest.raises(InvalidInput, match="limit"):
                ask()


def test_who_makes_models_reads_nothing(office: Office, held: int) -> None:
    ml = hire(office, "ml", role=Role.ML)[0]
    for ask in (
        lambda: desk.list_inbox(ml, office),
        lambda: desk.read_timeline(held, ml, office),
        lambda: desk.client_card(held, ml, office),
        lambda: desk.search(ml, office, Search()),
        lambda: desk.suggest_tags("", ml, office),
        lambda: desk.saved_views(ml, office),
        lambda: desk.read_file("0" * 32, ml, office),
        lambda: desk.undo_merge(1, ml, office),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_names_and_texts_are_kept_as_they_were_written(
    office: Office, waiting: Callable[..., int], anna: StaffMember
) -> None:
    conversation_id = waiting(name=XSS)
    assert desk.list_inbox(anna, office).entries[0].client_name == XSS
    assert desk.client_card(conversation_id, anna, office).name == XSS


# --- one person, two channels


def test_merged_clients_have_one_timeline_until_they_are_separated(
    office: Office, caller: Callable[..., Caller], anna: StaffMember, clock: Clock
) -> None:
    web, messenger = caller("Пётр"), caller("Пётр", channel="sandbox")
    one = web.say("Карту украли", button=LOST).message.conversation_id
    clock.move(minutes=1)
    two = messenger.say("Оператор", button=OPERATOR).message.conversation_id
    assert {item.conversation_id for item in desk.read_timeline(one, anna, office).items} == {one}
    merge = desk.merge_clients(one, two, anna, office, reason="назвал тот же договор")
    for conversation_id in (one, two):
        page = desk.read_timeline(conversation_id, anna, office)
        assert {item.channel for item in page.items} == {"web", "sandbox"}
        assert [item.at for item in page.items] == sorted(item.at for item in page.items)
        card = desk.client_card(conversation_id, anna, office)
        assert [each.channel for each in card.channels] == ["web", "sandbox"]
        assert [each.reason for each in card.merges] == ["назвал тот же договор"]
    with pytest.raises(Conflict, match="one client already"):
        desk.merge_clients(two, one, anna, office, reason="ещё раз")
    undone = desk.undo_merge(merge.id, anna, office)
    assert undone.undone_at is not None
    assert desk.undo_merge(merge.id, anna, office).undone_at == undone.undone_at
    assert {item.conversation_id for item in desk.read_timeline(two, anna, office).items} == {two}
    messenger.say("и ещё")
    assert "merge_undone" in told(desk.read_timeline(two, anna, office))


def test_of_two_merges_at_once_one_wins(
    office: Office, waiting: Callable[..., int], anna: StaffMember, boris: StaffMember
) -> None:
    one, two = waiting(), waiting()
    results = at_once(
        lambda: desk.merge_clients(one, two, anna, office, reason="а"),
        lambda: desk.merge_clients(two, one, boris, office, reason="б"),
    )
    assert len(raised(results, Conflict)) == 1
    assert unexpected(results, Conflict) == []


def test_a_merge_shows_nobody_what_they_may_not_see(
    office: Office, waiting: Callable[..., int], anna: StaffMember
) -> None:
    cards = hire(office, "cards", "cards")[0]
    one, two = waiting(urgent=True), waiting()
    with pytest.raises(NotFound):
        desk.merge_clients(one, two, cards, office, reason="x")
    merge = desk.merge_clients(one, two, anna, office, reason="одно лицо")
    assert {item.conversation_id for item in desk.read_timeline(one, cards, office).items} == {one}
    assert [each.conversation_id for each in desk.client_card(one, cards, office).channels] == [one]
    with pytest.raises(NotFound):
        desk.undo_merge(merge.id, cards, office)  # what was moved is not theirs
    with pytest.raises(NotFound):
        desk.undo_merge(10_000, anna, office)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "x" * 1_000_000])
def test_a_merge_needs_a_reason(office: Office, waiting: Callable[..., int], anna: StaffMember, reason: str) -> None:
    one, two = waiting(), waiting()
    with pytest.raises(InvalidInput, match="reason"):
        desk.merge_clients(one, two, anna, office, reason=reason)
    with pytest.raises(InvalidInput, match="another"):
        desk.merge_clients(one, one, anna, office, reason="x")


# --- search and views


def test_a_message_is_found_after_the_worker_has_seen_it(
    office: Office, held: int, anna: StaffMember, vera: StaffMember
) -> None:
    desk.reply(held, anna, office, key="1", text="Проверила договоры страхования")
    desk.note(held, anna, office, key="1", text="Просит рассрочку")
    index_messages(office)
    page = desk.search(anna, office, Search("договор страхование"))
    assert [(each.conversation_id, each.hit.author if each.hit else "") for each in page.conversations] == [
        (held, "operator")
    ]
    noted = desk.search(anna, office, Search("рассрочка")).conversations[0].hit
    assert noted is not None
    assert (noted.seq, noted.author) == (None, "Anna")
    assert desk.search(vera, office, Search("договор")).conversations == ()


def test_views_are_kept_for_oneself(office: Office, anna: StaffMember, boris: StaffMember, clock: Clock) -> None:
    wanted = Search("карта", departments=("cards",), states=(ConversationState.CLOSED,), tags=("VIP",), since=clock.now)
    desk.save_view("Закрытые", wanted, anna, office)
    kept = desk.saved_views(anna, office)
    assert [each.name for each in kept] == ["Закрытые"]
    assert kept[0].search.tags == ("vip",)
    assert (kept[0].search.since, kept[0].search.states) == (clock.now, (ConversationState.CLOSED,))
    assert desk.saved_views(boris, office) == []
    with pytest.raises(NotFound):
        desk.forget_view("Закрытые", boris, office)
    desk.forget_view("Закрытые", anna, office)
    assert desk.saved_views(anna, office) == []


def test_of_two_tabs_that_keep_a_search_under_one_name_the_second_is_told(office: Office, anna: StaffMember) -> None:
    cards, loans, late = Search("карта"), Search("кредит"), Search("поздно")
    results = at_once(
        lambda: desk.save_view("Мой", cards, anna, office, seen=None),
        lambda: desk.save_view("Мой", loans, anna, office, seen=None),
    )
    assert (len(raised(results, Conflict)), unexpected(results, Conflict)) == (1, [])
    won = desk.saved_views(anna, office)[0].search
    for seen in (None, loans if won == cards else cards):
        with pytest.raises(Conflict, match="meanwhile"):
            desk.save_view("Мой", late, anna, office, seen=seen)
    assert [each.search for each in desk.saved_views(anna, office)] == [won]
    desk.save_view("Мой", won, anna, office, seen=None)  # the same search once more is no quarrel
    desk.save_view("Мой", late, anna, office, seen=won)
    assert [each.search for each in desk.saved_views(anna, office)] == [late]


def test_when_no_more_searches_can_be_kept_a_kept_one_can_still_be_changed(office: Office, anna: StaffMember) -> None:
    for number in range(MOST_VIEWS):
        desk.save_view(f"Поиск {number}", Search(f"слово {number}"), anna, office)
    with pytest.raises(InvalidInput, match="remove one"):
        desk.save_view("Ещё один", Search("слово"), anna, office)
    desk.save_view("Поиск 7", Search("другое"), anna, office)
    assert Search("другое") in [each.search for each in desk.saved_views(anna, office)]


@pytest.mark.parametrize(
    "wanted",
    [Search("x" * 501), Search(tags=("???",)), Search(departments=("x",) * 101), Search(intents=("x" * 501,)),
     Search("!!!")],
)  # fmt: skip
def test_a_search_that_can_not_be_meant_is_refused(office: Office, anna: StaffMember, wanted: Search) -> None:
    with pytest.raises(InvalidInput):
        desk.search(anna, office, wanted)


# --- live


def test_whoever_watches_a_list_hears_of_each_change(
    office: Office, waiting: Callable[..., int], anna: StaffMember, boris: StaffMember,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    heard: list[str] = []
    monkeypatch.setattr(office.events, "publish", heard.append)
    conversation_id = waiting()
    assert {inbox_topic("general"), conversation_topic(conversation_id)} <= set(heard)
    for act in (
        lambda: desk.take(conversation_id, anna, office),
        lambda: desk.add_tag(conversation_id, "vip", anna, office),
        lambda: desk.note(conversation_id, anna, office, key="1", text="x"),
        lambda: desk.reply(conversation_id, anna, office, key="1", text="x"),
    ):
        heard.clear()
        act()
        assert {inbox_topic("general"), conversation_topic(conversation_id)} <= set(heard)
    heard.clear()
    desk.transfer(conversation_id, anna, office, person=boris.id, department="loans")
    assert {inbox_topic("general"), inbox_topic("loans"), person_topic(anna.id), person_topic(boris.id)} <= set(heard)


def test_list_filters_by_operator(office: Office, held: int, waiting: Callable[..., int], anna: StaffMember) -> None:
    other = waiting()
    mine = desk.list_inbox(anna, office, InboxFilters(operator_id=anna.id)).entries
    queued = desk.list_inbox(anna, office, InboxFilters(states=(ConversationState.QUEUED,))).entries
    assert [each.conversation_id for each in mine] == [held]
    assert [each.conversation_id for each in queued] == [other]
    assert mine[0].operator == "Anna"


def test_typing_reaches_staff_and_client(office: Office, held: int, anna: StaffMember, boris: StaffMember) -> None:
    office.typing.set(held, "client", True)
    assert desk.who_types(held, boris, office) == {Author.CLIENT}
    desk.set_typing(held, anna, office, True)
    assert desk.who_types(held, boris, office) == {Author.CLIENT, Author.OPERATOR}
    desk.reply(held, anna, office, key="1", text="вот")
    assert desk.who_types(held, boris, office) == {Author.CLIENT}
    with pytest.raises(Conflict):
        desk.set_typing(held, boris, office, True)
