"""What is kept of a message: the masked text, the ranking, what happened next, and the label that follows from it."""

from collections.abc import Callable
from datetime import timedelta

from service import desk, labelling
from service.domain.labels import Worry
from service.office import Office
from service.storage.staff import StaffMember
from service.suggesting import OfferMaker, accept, current_offer
from service.worker import work_once
from tests.service.conftest import Client, Clock
from tests.service.labelling.conftest import UNKNOWN, collected


def test_a_message_is_kept_masked_with_all_that_was_understood(office: Office, client: Client, clock: Clock) -> None:
    client.ask("я забыл пин-код от карты, мой телефон 8 916 123-45-67")
    ((text, row),) = collected(office, clock).items()
    assert "[phone]" in text
    assert "916" not in text
    assert (row.intent, row.decision, row.state) == ("card_pin", "answer", "quiet")
    assert row.confidence == row.ranking[0][1] or abs(row.confidence - row.ranking[0][1]) < 1e-4
    assert row.article == "card-pin"
    assert row.model == office.reader.bundle.version if office.reader.bundle else False


def test_the_same_change_is_read_once(office: Office, client: Client, clock: Clock) -> None:
    client.ask("забыл пин-код от карты")
    assert len(collected(office, clock)) == 1
    assert labelling.collect_due(office) == 0
    work_once(office)
    assert len(collected(office, clock)) == 1


def test_a_burst_is_one_message(office: Office, client: Client, clock: Clock) -> None:
    client.say("здравствуйте")
    client.say("у меня вопрос")
    client.say("забыл пин-код от карты")
    client.pause()
    assert len([text for text in collected(office, clock) if "пин" in text]) == 1


def test_an_answer_that_helped_becomes_a_weak_label(office: Office, client: Client, clock: Clock) -> None:
    client.ask("забыл пин-код от карты")
    client.ask("да, помогло")
    row = collected(office, clock)["забыл пин-код от карты"]
    assert (row.weak_label, row.weak_reason, row.weak_weight) == ("card_pin", "helped", 0.8)


def test_an_answer_that_did_not_help_is_doubted_and_waits_for_a_person(
    office: Office, client: Client, clock: Clock
) -> None:  # fmt: skip
    client.ask("забыл пин-код от карты")
    client.ask("нет, не помогло")
    row = collected(office, clock)["забыл пин-код от карты"]
    assert row.weak_label is None
    assert row.state == "open"
    assert Worry.DOUBTED in row.reasons


def test_a_client_who_asks_for_a_person_right_after_an_answer_doubts_it(
    office: Office, client: Client, clock: Clock
) -> None:  # fmt: skip
    client.ask("забыл пин-код от карты")
    client.ask("оператор", button="command:operator")
    row = collected(office, clock)["забыл пин-код от карты"]
    assert [event["kind"] for event in row.happened] == ["asked_for_person"]
    assert row.state == "open"


def test_what_is_said_otherwise_within_a_minute_teaches_the_first_wording(
    office: Office, client: Client, clock: Clock
) -> None:  # fmt: skip
    client.ask("забыл пин-код от карты")
    client.ask("как снять наличные в банкомате")
    rows = collected(office, clock)
    first = rows["забыл пин-код от карты"]
    assert (first.weak_label, first.weak_reason) == ("cash_withdrawal", "rephrased")
    assert rows["как снять наличные в банкомате"].weak_label is None


def test_the_same_a_quarter_of_an_hour_later_is_another_question(office: Office, client: Client, clock: Clock) -> None:
    client.ask("забыл пин-код от карты")
    clock.move(minutes=15)
    client.ask("как снять наличные в банкомате")
    assert collected(office, clock)["забыл пин-код от карты"].happened == []


def test_what_an_operator_corrects_stands_above_all(
    office: Office, client: Client, clock: Clock, anna: StaffMember
) -> None:  # fmt: skip
    client.ask("забыл пин-код от карты")
    client.ask("да, помогло")
    client.ask("оператор", button="command:operator")
    conversation = client.outcomes[0].message.conversation_id
    desk.take(conversation, anna, office)
    desk.correct_intent(conversation, 1, "card_unblock", anna, office)
    row = collected(office, clock)["забыл пин-код от карты"]
    assert (row.weak_label, row.weak_reason, row.weak_weight) == ("card_unblock", "corrected", 1.0)
    desk.undo_correction(conversation, 1, anna, office)
    assert collected(office, clock)["забыл пин-код от карты"].weak_reason != "corrected"


def test_an_accepted_article_and_a_resolved_request_teach(
    office: Office, client: Client, clock: Clock, anna: StaffMember
) -> None:  # fmt: skip
    client.ask("оператор", button="command:operator")
    conversation = client.outcomes[0].message.conversation_id
    desk.take(conversation, anna, office)
    client.say("как снять наличные")
    OfferMaker().make_due(office)
    offer = current_offer(conversation, anna, office)
    assert offer is not None
    article = next(each for each in offer.suggestions if each.source.key == "cash-withdrawal")
    accept(offer.id, article.rank, anna, office, key="1")
    assert collected(office, clock)["как снять наличные"].weak_reason == "accepted"
    desk.close(conversation, anna, office, resolution="resolved")
    row = collected(office, clock)["как снять наличные"]
    assert {event["kind"] for event in row.happened} == {"accepted", "resolved"}
    assert (row.weak_label, row.weak_weight) == ("cash_withdrawal", 0.7)


def test_a_transfer_names_what_the_other_department_does(
    office: Office, client: Client, clock: Clock, anna: StaffMember
) -> None:  # fmt: skip
    client.ask("оператор", button="command:operator")
    conversation = client.outcomes[0].message.conversation_id
    desk.take(conversation, anna, office)
    client.say("перевод на карту не пришёл, сняли комиссию")
    desk.transfer(conversation, anna, office, department="cards")
    row = collected(office, clock)["перевод на карту не пришёл, сняли комиссию"]
    assert "transferred" in {event["kind"] for event in row.happened}
    assert row.weak_label is None or office.rules.intents[row.weak_label].department == "cards"


def test_what_was_not_understood_waits_with_a_vector_to_compare_by(
    office: Office, client: Client, clock: Clock
) -> None:  # fmt: skip
    client.ask(UNKNOWN)
    row = collected(office, clock)[UNKNOWN]
    assert row.state == "open"
    assert Worry.UNSURE in row.reasons
    assert office.vectors.unpack(row.vector, row.encoder) is not None


def test_a_forgotten_client_leaves_nothing_behind(
    office: Office, new_client: Callable[..., Client], clock: Clock, vera: StaffMember
) -> None:  # fmt: skip
    gone, stays = new_client(), new_client()
    gone.ask(UNKNOWN)
    stays.ask("забыл пин-код от карты")
    row = collected(office, clock)[UNKNOWN]
    labelling.label(row.id, ["out_of_scope"], vera, office)
    assert labelling.forget(row.client_id, office) == 1
    assert list(collected(office, clock)) == ["забыл пин-код от карты"]
    assert labelling.history(vera, office) == []


def test_what_is_older_than_allowed_goes(office: Office, client: Client, clock: Clock) -> None:
    client.ask(UNKNOWN)
    collected(office, clock)
    assert labelling.expire_old(office) == 0
    clock.now += timedelta(days=office.settings.training_days + 1)
    assert labelling.expire_old(office) == 1
    assert collected(office, clock) == {}
