"""Blocking a card: one card, three, none, blocked already; by button and in words; twice, later, never by accident."""

import pytest

from service.domain.banking import CardState
from service.errands import claim, perform
from tests.scenarios.bank_stage import ARTEM, IRINA, JAMES, NINA, PAVEL, TIMUR, BankClient, Stage

LOST = "потерял карту, заблокируйте её срочно"
CONFIRM = "Да, заблокировать"


def blocked(stage: Stage, account: str) -> list[str]:
    """The last four digits of the client's cards that are blocked."""
    return [card.last_four for card in stage.bank.cards(account) if card.state is CardState.BLOCKED]


@pytest.fixture(params=["web", "sandbox"])
def irina(stage: Stage, request: pytest.FixtureRequest) -> BankClient:
    """A client with three cards, in a channel with buttons and in a messenger."""
    return stage.client(IRINA, channel=request.param)


# --- the way


def test_one_of_three_cards_is_chosen_confirmed_and_blocked(stage: Stage, irina: BankClient) -> None:
    assert "Какую карту заблокировать?" in irina.told(LOST)
    assert irina.buttons == ["Мир ··4821", "UnionPay ··0937", "Мир ··5516, кредитная", "Все карты сразу"]
    assert irina.tap("UnionPay ··0937").startswith("Блокирую карту UnionPay ··0937?")
    assert blocked(stage, IRINA) == []
    done, after = irina.press(CONFIRM)
    assert done.text.startswith("Готово: карта UnionPay ··0937 заблокирована 20 ноября в 15:")
    assert "Номер подтверждения — " in done.text
    assert irina.buttons == ["Перевыпустить карту", "Списали без меня", "Позвать специалиста"]
    assert "Новую карту можно заказать" in after.text
    assert blocked(stage, IRINA) == ["0937"]
    assert irina.state == "bot"


@pytest.mark.parametrize("choice", ["0937", "вторую", "2", "карта 0937", "··0937", "карту с номером 0937 пожалуйста"])
def test_a_card_is_chosen_in_words(stage: Stage, choice: str) -> None:
    client = stage.client(IRINA, channel="sandbox")
    client.ask(LOST)
    assert client.told(choice).startswith("Блокирую карту UnionPay ··0937?")


@pytest.mark.parametrize("yes", ["да", "Да, блокируйте!", "подтверждаю", "да, заблокируйте пожалуйста", "ок"])
def test_the_client_agrees_in_words(stage: Stage, yes: str) -> None:
    client = stage.client(PAVEL, channel="sandbox")
    assert client.told(LOST).startswith("Блокирую карту Мир ··7730?")
    assert client.told(yes).startswith("Готово: карта Мир ··7730")
    assert blocked(stage, PAVEL) == ["7730"]


@pytest.mark.parametrize("no", ["нет", "нет, не надо", "не блокируйте", "передумал", "не надо блокировать"])
def test_the_client_changes_their_mind(stage: Stage, no: str) -> None:
    client = stage.client(PAVEL)
    client.ask(LOST)
    said = client.told(no)
    assert "ничего не блокирую" in said or "отменил" in said
    assert blocked(stage, PAVEL) == []
    assert stage.conversation(client).dialogue is None


def test_all_cards_of_a_stolen_purse_are_blocked_at_once(stage: Stage, irina: BankClient) -> None:
    irina.ask(LOST)
    assert irina.tap("Все карты сразу").count("··") == 3
    said = irina.tap(CONFIRM)
    assert said.count("Номер подтверждения") == 3
    assert len(blocked(stage, IRINA)) == 3


def test_in_english(stage: Stage) -> None:
    client = stage.client(JAMES, language="en")
    assert "Which card shall I block?" in client.told("I lost my card, please block it right now")
    assert client.told("the second one").startswith("Shall I block UnionPay ··1175?")
    assert client.told("yes, block it").startswith("Done: UnionPay ··1175 was blocked on 20 November at 15:")


def test_a_card_named_at_once_is_not_asked_for(stage: Stage) -> None:
    client = stage.client(IRINA)
    assert client.told("заблокируйте карту 5516, я её потеряла").startswith("Блокирую карту Мир ··5516 (кредитная)?")


def test_a_card_the_client_does_not_have_is_not_blocked(stage: Stage) -> None:
    client = stage.client(IRINA)
    said = client.told("заблокируйте карту 7730, я её потеряла")
    assert said == "Действующей карты ··7730 у вас не вижу. Какую из этих заблокировать?"
    assert blocked(stage, PAVEL) == []


# --- cards that can't be blocked


def test_a_client_without_cards_is_told_so(stage: Stage) -> None:
    client = stage.client(NINA)
    assert "Карт на ваше имя не вижу" in client.told(LOST)
    assert client.buttons == ["Позвать специалиста"]


def test_a_card_that_is_blocked_already_is_said_to_be_and_another_can_be_chosen(stage: Stage) -> None:
    client = stage.client(TIMUR)
    assert client.told("заблокируйте карту 6108") == (
        "Карта Мир ··6108 уже заблокирована: платить ею и снимать деньги нельзя."
    )
    assert "Какую карту заблокировать?" in client.tap("Заблокировать другую")
    assert client.buttons == ["Мир ··2294"]


def test_when_no_card_works_any_more_nothing_is_asked(stage: Stage) -> None:
    client = stage.client(ARTEM)
    said = client.told(LOST)
    assert "закончился срок действия" in said
    assert "Действующих карт у вас больше нет" in said
    assert stage.conversation(client).dialogue is None


def test_a_card_blocked_elsewhere_in_the_meantime_is_told_with_its_confirmation(stage: Stage) -> None:
    client = stage.client(PAVEL)
    client.ask(LOST)
    first = stage.bank.block_card(PAVEL, "k-1002-1", "from the app")
    assert f"была заблокирована раньше, 20 ноября. Номер подтверждения — {first.confirmation}" in client.tap(CONFIRM)


# --- twice


def test_a_confirmation_tapped_twice_blocks_once(stage: Stage) -> None:
    client = stage.client(PAVEL)
    client.ask(LOST)
    client.say(CONFIRM, button="block:confirm")
    client.say(CONFIRM, button="block:confirm")
    client.pause()
    texts = [message.text for message in client.history()]
    assert sum(text.startswith("Готово: карта") for text in texts) == 1
    assert sum(text.startswith("Ещё выполняю") for text in texts) == 1
    assert len(stage.trail("block_cards")) == 1
    assert "больше не действует" in client.tap(CONFIRM)


def test_an_impatient_word_while_the_bank_is_asked_does_not_call_the_blocking_back(stage: Stage) -> None:
    client = stage.client(PAVEL)
    client.ask(LOST)
    client.say(CONFIRM, button="block:confirm")
    client.say("ну блокируйте же карту скорее, её украли!")
    client.pause()
    assert blocked(stage, PAVEL) == ["7730"]
    assert any(message.text.startswith("Готово: карта") for message in client.history())


def test_the_same_request_twice_has_one_confirmation(stage: Stage) -> None:
    """A process that died after the bank had answered: the next one asks with the same key."""
    client = stage.client(PAVEL)
    client.ask(LOST)
    client.say(CONFIRM, button="block:confirm")
    (dying,) = claim(stage.office, 1)
    first = stage.bank.block_card(PAVEL, "k-1002-1", f"{dying.key}-k-1002-1")
    client.clock.move(seconds=31)
    client.pause()
    (done,) = [each.text for each in client.history() if each.text.startswith("Готово: карта")]
    assert first.confirmation in done
    perform(dying, stage.office)
    assert sum(each.text.startswith("Готово: карта") for each in client.history()) == 1


# --- in the middle of it


def test_another_question_is_answered_and_the_open_step_comes_back(stage: Stage, irina: BankClient) -> None:
    irina.ask(LOST)
    irina.press("Мир ··4821")
    answer, again = irina.ask("как поменять пин-код карты?")
    assert answer.article is not None
    assert again.text.startswith("Блокирую карту Мир ··4821?")
    assert irina.tap(CONFIRM).startswith("Готово: карта Мир ··4821")


def test_an_operation_within_the_operation_comes_back_to_it(stage: Stage) -> None:
    client = stage.client(IRINA)
    client.ask(LOST)
    balance, again = client.ask("сколько денег у меня на счёте?")
    assert "612\u00a0000" in balance.text
    assert "Какую карту заблокировать?" in again.text


def test_a_restart_in_the_middle_changes_nothing(stage: Stage, irina: BankClient) -> None:
    irina.ask(LOST)
    stage.restart()
    irina.press("Мир ··4821")
    stage.restart()
    assert irina.tap(CONFIRM).startswith("Готово: карта Мир ··4821")


def test_an_operator_who_takes_over_ends_the_asking(stage: Stage) -> None:
    client = stage.client(PAVEL)
    client.ask(LOST)
    client.ask("оператор")
    stage.take(client)
    client.news()
    assert client.ask(CONFIRM, button="block:confirm") == []
    assert blocked(stage, PAVEL) == []


# --- who is not known


def test_a_stranger_whose_card_is_lost_gets_a_person_at_once_and_what_to_do_meanwhile(stage: Stage) -> None:
    client = stage.client(None)
    meanwhile, handed = client.ask(LOST)
    assert meanwhile.article == "card-lost-or-stolen"
    assert "вне очереди" in handed.text
    assert client.state == "queued"
    assert stage.conversation(client).priority == "urgent"


def test_who_is_unlinked_before_the_confirmation_blocks_nothing(stage: Stage) -> None:
    client = stage.client(PAVEL)
    client.ask(LOST)
    stage.unlink(client)
    client.press(CONFIRM)
    assert blocked(stage, PAVEL) == []
    assert client.state == "queued"
