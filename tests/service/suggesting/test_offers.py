"""What operators are offered: for each message that reaches them, once, and never out of date."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from service import desk
from service.errors import Forbidden, NotFound
from service.office import Office
from service.settings import Settings
from service.storage.staff import Role, StaffMember
from service.storage.tables import OfferRow, OutcomeRow, PastReplyRow, table
from service.suggesting import OfferMaker, accept, current_offer, learn_due, search_replies
from service.visits import read_visit
from service.worker import answer_bursts, work_once
from tests.service.conftest import Client, Clock
from tests.service.small_office import hire
from tests.service.suggesting.conftest import Waiting
from tests.service.threads import at_once, unexpected

Clients = Callable[..., Waiting]
_PAST = table(PastReplyRow)
DECLINED = "карту не принимают в магазине, почему?"
CASHING = "как снять наличные в банкомате?"
UNBLOCK = "как разблокировать карту после трёх ошибок пина"
ADVICE = "Карта разблокируется сама в полночь по Москве, а раньше это может сделать специалист в отделении."


def offers_in(office: Office) -> int:
    """How many offers are kept."""
    with office.database.read() as connection:
        return connection.execute(select(func.count()).select_from(OfferRow)).scalar_one()


def test_a_message_that_reaches_staff_gets_ranked_replies(
    office: Office, anna: StaffMember, client_of: Clients
) -> None:
    offer = client_of(anna).asks("как снять наличные в банкомате?", anna)
    assert not offer.stale
    assert 1 <= len(offer.suggestions) <= 5
    best = offer.suggestions[0]
    assert (best.rank, best.kind, best.source.key) == (1, "article", "cash-withdrawal")
    assert best.source.title
    assert [each.score for each in offer.suggestions] == sorted((e.score for e in offer.suggestions), reverse=True)


def test_the_worker_makes_offers_off_the_clients_path(office: Office, anna: StaffMember, client_of: Clients) -> None:
    making = OfferMaker()
    client = client_of(anna)
    client.say("как снять наличные в банкомате?")
    assert offers_in(office) == 0
    assert making.make_due(office) == 1
    assert making.make_due(office) == 0
    client.say("а комиссия какая?")
    work_once(office, slow=False, offers=making)
    assert offers_in(office) == 2


def test_what_the_bot_serves_needs_no_offer(
    office: Office, anna: StaffMember, new_client: Callable[..., object]
) -> None:
    client = new_client()
    client.ask("как снять наличные в банкомате?")  # type: ignore[attr-defined]
    assert OfferMaker().make_due(office) == 0
    assert current_offer(1, anna, office) is None


def test_a_burst_that_is_handed_over_later_gets_its_offer_when_it_is_with_somebody(
    office: Office, anna: StaffMember, clock: Clock
) -> None:
    making = OfferMaker()
    making.make_due(office)
    client = Waiting(office, clock, "Анна", "web", "ru")
    making.make_due(office)
    before = offers_in(office)
    client.say("мне звонили мошенники и украли деньги с карты")
    clock.move(seconds=10)
    answer_bursts(office)
    making.make_due(office)
    assert offers_in(office) == before  # it waits: whoever opens it gets an offer made for them
    desk.take(client.conversation, anna, office)
    client.say("что мне делать?")
    making.make_due(office)
    assert offers_in(office) > before


def test_behind_a_call_for_a_person_stands_what_they_asked(
    office: Office, anna: StaffMember, client_of: Clients, teach: Callable[..., Waiting]
) -> None:
    teach(UNBLOCK, ADVICE)
    client = client_of()
    client.say("три раза неверный пин, как разблокировать карту?")
    client.say("оператор")
    offer = current_offer(client.conversation, anna, office)
    assert offer is not None
    assert "reply" in [each.kind for each in offer.suggestions]


def test_an_offer_is_stale_when_somebody_has_spoken_since(
    office: Office, anna: StaffMember, client_of: Clients
) -> None:
    client = client_of(anna)
    first = client.asks("как снять наличные в банкомате?", anna)
    second = client.asks("и ещё: карту не принимают в магазине", anna)
    assert first.id != second.id
    assert not second.stale
    desk.reply(client.conversation, anna, office, key="own", text="Уже отвечаю на оба вопроса")
    after = current_offer(client.conversation, anna, office)
    assert after is not None
    assert after.stale


def test_taking_a_conversation_does_not_drop_what_was_offered(
    office: Office, anna: StaffMember, client_of: Clients
) -> None:
    client = client_of()
    client.say("как снять наличные в банкомате?")
    before = current_offer(client.conversation, anna, office)
    desk.take(client.conversation, anna, office)
    after = current_offer(client.conversation, anna, office)
    assert before is not None
    assert after == before
    assert not after.stale


@pytest.mark.parametrize("complaint", ["уже 6 часов прошло!!!", "ау, вы тут?", "Безобразие, полдня жду ответа!"])
def test_a_complaint_about_waiting_is_answered_with_what_was_asked_before(
    complaint: str, office: Office, anna: StaffMember, client_of: Clients
) -> None:
    client = client_of(anna)
    client.say(DECLINED)
    desk.reply(client.conversation, anna, office, key="hold", text="Здравствуйте! Сейчас посмотрю, одну минуту.")
    offer = client.asks(complaint, anna)
    best = offer.suggestions[0]
    assert (best.source.key, best.question, best.sent) == ("card-declined", DECLINED, False)
    assert offer.is_earlier(best)
    assert not offer.stale
    accept(offer.id, 1, anna, office, key="k")
    with office.database.read() as connection:
        (stored,) = connection.execute(select(table(OutcomeRow)))
    asked = next(each for each in client.timeline() if each.text == DECLINED)
    assert (stored.outcome, stored.client_text, stored.message_id) == ("accepted", DECLINED, asked.id)


def test_what_was_asked_in_a_hand_off_that_is_over_is_not_brought_up_again(
    office: Office, anna: StaffMember, client_of: Clients, clock: Clock
) -> None:
    client = client_of(anna)
    client.say(DECLINED)
    clock.move(minutes=1)
    desk.close(client.conversation, anna, office, resolution="resolved")
    client.say("оператор", "command:operator")
    offer = client.asks("ау, вы тут?", anna)
    assert not [each for each in offer.suggestions if each.source.key == "card-declined"]


def test_what_the_bot_has_just_said_comes_last_and_says_so(
    office: Office, anna: StaffMember, clock: Clock, teach: Callable[..., Waiting]
) -> None:
    teach("как снять деньги в банкомате без карты", "Без карты деньги выдаст касса любого отделения по паспорту.")
    client = Client(office, clock)
    client.ask(CASHING)
    said = client.ask("оператор")
    assert said
    conversation = read_visit(client.id, office).conversation
    assert conversation is not None
    offer = current_offer(conversation.id or 0, anna, office)
    assert offer is not None
    marked = [each.source.key for each in offer.suggestions if each.sent]
    assert marked == ["cash-withdrawal"]
    assert offer.suggestions[-1].sent
    assert not offer.suggestions[0].sent


def test_what_was_said_in_the_conversation_is_not_offered_again(
    office: Office, anna: StaffMember, client_of: Clients
) -> None:
    client = client_of(anna)
    offer = client.asks("как снять наличные в банкомате?", anna)
    said = offer.suggestions[0].text
    accept(offer.id, 1, anna, office, key="k")
    again = client.asks("не понял, как снять наличные?", anna)
    assert said not in [each.text for each in again.suggestions]


def test_a_colleagues_reply_is_offered_with_this_clients_name(
    office: Office, anna: StaffMember, client_of: Clients, teach: Callable[..., Waiting]
) -> None:
    teach(UNBLOCK, f"Здравствуйте, Анна! Меня зовут Ольга. {ADVICE}")
    boris, _ = hire(office, "борис")
    offer = client_of(boris, name="Иван Сидоров").asks("три раза неверный пин, как разблокировать карту?", boris)
    (reply,) = [each for each in offer.suggestions if each.kind == "reply"]
    assert reply.text == f"Здравствуйте, Иван! Меня зовут Борис. {ADVICE}"
    assert (reply.source.author, reply.source.title) == ("Ольга", UNBLOCK)
    assert reply.source.at is not None


@pytest.mark.parametrize("name", [None, "{operator_name}", "https://evil.example/x", "\x00", "{0}{client_name}"])
def test_a_name_that_is_no_name_is_left_out(
    name: str | None, office: Office, anna: StaffMember, client_of: Clients, teach: Callable[..., Waiting]
) -> None:
    teach(UNBLOCK, f"Здравствуйте, Анна! {ADVICE}")
    offer = client_of(anna, name=name).asks("три раза неверный пин, как разблокировать карту?", anna)
    (reply,) = [each for each in offer.suggestions if each.kind == "reply"]
    assert reply.text == f"Здравствуйте! {ADVICE}"


def test_replies_of_other_departments_are_for_those_who_see_them(
    office: Office, anna: StaffMember, client_of: Clients, teach: Callable[..., Waiting]
) -> None:
    teach(UNBLOCK, ADVICE)  # in the department of those who only called for a person
    with office.database.write() as connection:
        connection.execute(update(_PAST).values(department="security", changed=_PAST.c.changed))
    office.past_replies._shelf = type(office.past_replies._shelf)()
    general, _ = hire(office, "general", "general")
    client = client_of(general)
    offer = client.asks("три раза неверный пин, как разблокировать карту?", general)
    assert "reply" not in [each.kind for each in offer.suggestions]
    found = search_replies("разблокировать карту пин", client.conversation, general, office)
    assert "reply" not in [each.kind for each in found]
    seen = current_offer(client.conversation, anna, office)
    assert seen is not None
    assert "reply" in [each.kind for each in seen.suggestions]


def test_an_offer_is_for_those_who_may_see_the_conversation(office: Office, client_of: Clients) -> None:
    client = client_of()
    loans, _ = hire(office, "loans", "loans")
    reader, _ = hire(office, "reader", role=Role.ML)
    with pytest.raises(NotFound):
        current_offer(client.conversation, loans, office)
    with pytest.raises(NotFound):
        search_replies("карта", client.conversation, loans, office)
    with pytest.raises(Forbidden):
        current_offer(client.conversation, reader, office)
    with pytest.raises(NotFound):
        current_offer(10**9, loans, office)


def test_a_colleague_who_left_is_not_named(
    office: Office, anna: StaffMember, client_of: Clients, teach: Callable[..., Waiting]
) -> None:
    teach(UNBLOCK, ADVICE)
    with office.database.write() as connection:
        connection.execute(update(_PAST).values(operator_id=999_999))
    office.past_replies._shelf = type(office.past_replies._shelf)()
    offer = client_of(anna).asks("три раза неверный пин, как разблокировать карту?", anna)
    (reply,) = [each for each in offer.suggestions if each.kind == "reply"]
    assert reply.source.author is None


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "\x00\ud800", "🎄" * 3000, "{client_name}", "'; DROP TABLE offers; --", "?"]
)
def test_any_message_gets_an_offer_and_no_error(
    text: str, office: Office, anna: StaffMember, client_of: Clients
) -> None:
    client = client_of(anna)
    assert client.asks(text, anna).suggestions is not None
    assert search_replies(text, client.conversation, anna, office) is not None


def test_secure_topics_are_not_offered_in_a_messenger(office: Office, anna: StaffMember, clock: Clock) -> None:
    client = Waiting(office, clock, "Анна", "sandbox", "ru")
    desk.take(client.conversation, anna, office)
    offer = client.asks("пришлите выписку по счёту за год", anna)
    for each in offer.suggestions:
        article = office.knowledge.get(each.source.key, "ru")
        rules = [office.rules.rule(intent) for intent in (article.intents if article else ())]
        assert not any(rule and rule.secure for rule in rules)


def test_of_processes_that_make_the_same_offer_the_first_one_stays(
    office: Office, anna: StaffMember, client_of: Clients
) -> None:
    client = client_of(anna)
    client.say("как снять наличные в банкомате?")
    made = at_once(*[lambda: current_offer(client.conversation, anna, office)] * 4)
    assert unexpected(made) == []
    assert len({offer.id for offer in made}) == 1
    assert offers_in(office) == 1


def test_without_an_encoder_articles_are_still_offered(
    settings: Settings, office: Office, anna: StaffMember, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.vectors, "_encoder", None)
    offer = client_of(anna).asks("как снять наличные в банкомате?", anna)
    assert "cash-withdrawal" in [each.source.key for each in offer.suggestions]
    assert learn_due(office) == 0
