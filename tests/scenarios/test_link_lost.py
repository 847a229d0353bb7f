"""A link ends, or becomes another's, in the middle of a procedure: nothing of what it remembers is said any more."""

from collections.abc import Callable

import pytest

from service.dialogues import DIALOGUES
from service.domain.messages import InboundMessage
from service.errands import claim, perform
from service.inbox import handle_message
from tests.scenarios.bank_stage import IRINA, PAVEL, BankClient, Stage

LOST, DETAILS, STATEMENT = "card_lost_or_stolen", "account_details", "statement"
WISHES = {LOST: "заблокируйте карту", DETAILS: "пришлите реквизиты", STATEMENT: "пришлите выписку"}
IRINAS = ("4821", "0937", "5516", "4417", "4425", "4433")
"""How the cards and accounts of Irina end."""

Lose = Callable[[Stage, BankClient], None]


def unlinked(stage: Stage, client: BankClient) -> None:
    """Staff end the link."""
    stage.unlink(client)


def expired(stage: Stage, client: BankClient) -> None:
    """A link lasts ninety days."""
    stage.clock.move(seconds=91 * 86_400)


def anothers(stage: Stage, client: BankClient) -> None:
    """Somebody else proves themselves in the same chat: a family's telephone."""
    stage.link(client, PAVEL)


def begin(client: BankClient, wish: str) -> str:
    """Press the button of the topic; what comes back."""
    return "\n".join(each.text for each in client.ask(WISHES[wish], button=f"intent:{wish}"))


LOSSES = pytest.mark.parametrize("lose", [unlinked, expired, anothers])


def endings_in(said: str) -> list[str]:
    """What of Irina's is named."""
    return [each for each in IRINAS if f"··{each}" in said]


@pytest.fixture(params=list(WISHES))
def choosing(stage: Stage, request: pytest.FixtureRequest) -> BankClient:
    """Irina, asked which of her cards or accounts she means."""
    client = stage.client(IRINA, channel="sandbox")
    asked = begin(client, request.param)
    held = stage.conversation(client).dialogue
    assert getattr(held, "account", None) == IRINA, asked
    return client


def test_every_procedure_that_asks_the_bank_but_the_proof_itself_belongs_to_who_was_linked() -> None:
    asking = {name for name, each in DIALOGUES.items() if each.asks_bank}
    assert {name for name in asking if not DIALOGUES[name].of_account} == {"verify_client"}


@LOSSES
def test_a_choice_among_what_is_no_longer_theirs_names_nothing(stage: Stage, choosing: BankClient, lose: Lose) -> None:
    lose(stage, choosing)
    assert endings_in(choosing.told("2")) == []


@LOSSES
def test_another_question_brings_no_reminder_of_it(stage: Stage, choosing: BankClient, lose: Lose) -> None:
    lose(stage, choosing)
    said = choosing.told("спасибо")
    assert said
    assert endings_in(said) == []
    assert all(each.account != IRINA for each in stage.conversation(choosing).dialogue or ())


@LOSSES
@pytest.mark.parametrize("words", ["да", "2"])
def test_consent_to_what_is_no_longer_theirs_blocks_and_names_nothing(stage: Stage, lose: Lose, words: str) -> None:
    client = stage.client(IRINA, channel="sandbox")
    begin(client, LOST)
    assert endings_in(client.told("5516")) == ["5516"]
    lose(stage, client)
    assert endings_in(client.told(words)) == []
    assert all(card.state.value == "active" for card in stage.bank.cards(IRINA) if card.last_four == "5516")


def test_who_goes_on_after_the_link_has_ended_is_asked_who_they_are(stage: Stage) -> None:
    client = stage.client(IRINA, channel="sandbox")
    begin(client, DETAILS)
    stage.unlink(client)
    said = client.told("2")
    assert stage.conversation(client).dialogue.name == "verify_client", said


def test_who_has_proved_to_be_another_chooses_among_their_own(stage: Stage) -> None:
    client = stage.client(IRINA, channel="sandbox")
    begin(client, LOST)
    stage.link(client, PAVEL)
    assert "Мир ··7730" in client.told("2")


@pytest.mark.parametrize("lose", [unlinked, anothers])
@pytest.mark.parametrize("wish", list(WISHES))
def test_what_the_bank_brings_after_that_is_not_said(stage: Stage, wish: str, lose: Lose) -> None:
    client = stage.client(IRINA, channel="sandbox")
    client.say(WISHES[wish], button=f"intent:{wish}")
    (errand,) = claim(stage.office, 1)
    lose(stage, client)
    client.news()
    assert perform(errand, stage.office)
    client.pause()
    assert endings_in("\n".join(each.text for each in client.news())) == []


def test_the_same_client_goes_on_where_they_stopped(stage: Stage) -> None:
    client = stage.client(IRINA, channel="sandbox")
    begin(client, LOST)
    stage.unlink(client)
    stage.link(client, IRINA)
    assert endings_in(client.told("0937")) == ["0937"]


def test_a_picture_that_is_not_taken_brings_no_reminder_either(stage: Stage, choosing: BankClient) -> None:
    stage.unlink(choosing)
    choosing.news()
    sent = InboundMessage(choosing.channel, "m-1", choosing.id, "", None, "ru", refused_files=("выписка.exe",))
    handle_message(sent, stage.office)
    choosing.pause()
    said = "\n".join(each.text for each in choosing.news())
    assert "МБ" in said
    assert endings_in(said) == []
