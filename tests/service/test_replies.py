"""Decisions in words: each kind in both languages, with buttons that every channel can carry."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from knowledge_base.article import Article
from knowledge_base.articles import load_any
from models.taxonomy import load_taxonomy
from service import texts
from service.dialogues.base import Say
from service.domain.conversations import ChannelKind, ConversationState, ConversationView
from service.domain.decisions import (
    Answer,
    Clarify,
    Control,
    Decision,
    HandOff,
    Reason,
    Refuse,
    Silent,
    Social,
    StartDialogue,
    Suggest,
    Wait,
)
from service.domain.intents import Priority, Rules
from service.domain.messages import Author, Button, Reply
from service.domain.promises import ReplyPromise
from service.knowledge import Knowledge
from service.policies.commands import find_command, read_press
from service.replies import Wording
from service.rule_making import make_rules
from service.settings import Settings

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOON = ReplyPromise(2)
LONGEST_PAYLOAD_BYTES = 64
LONGEST_BUTTON = 40
LANGUAGES = ("ru", "en")
SOCIAL = ("greeting", "thanks", "goodbye", "praise", "bot_identity")
CONTROLS = ("start", "menu", "cancel", "unsubscribe", "subscribe")


@pytest.fixture(scope="module")
def articles() -> tuple[Article, ...]:
    """Everything that ships."""
    shipped = Settings()
    return load_any(shipped.articles, shipped.facts)


@pytest.fixture(scope="module")
def rules() -> Rules:
    """The shipped taxonomy with every intent on automatic."""
    return make_rules(load_taxonomy(Settings().taxonomy), Settings(intent_modes={}))


@pytest.fixture(scope="module")
def wording(articles: tuple[Article, ...], rules: Rules) -> Wording:
    """Says decisions with the shipped texts and articles; nothing is searched."""
    knowledge = Knowledge(None, None, LANGUAGES, None)
    knowledge.serve(articles, version="1")
    return Wording(knowledge, rules)


@pytest.fixture
def say(wording: Wording) -> Any:
    """Says one decision in a conversation."""

    def compose(decision: Decision, language: str = "ru", **conversation: Any) -> tuple[Reply, ...]:
        return wording.compose(decision, ConversationView(language=language, **conversation), SOON, NOON)

    return compose


def hand_off(reason: Reason = Reason.INTENT_NEEDS_PERSON, **fields: Any) -> HandOff:
    """A hand-off to the payments department."""
    return HandOff(**{"department": "payments", "priority": Priority.NORMAL, "reason": reason} | fields)


def decisions() -> Iterator[Decision]:
    """Each kind of decision, with everything it may carry."""
    yield Answer(("card-pin",), "card_pin")
    yield Answer(("card-pin", "card-declined"), "card_pin")
    for key in ("unsure", "out_of_scope", "several"):
        yield Clarify(("card_pin", "cashback"), key)
        yield Clarify((), key)
    for reason in Reason:
        for priority in Priority:
            yield hand_off(reason, priority=priority)
    yield hand_off(article="fraud-report", department="security")
    for key in (*SOCIAL, "already_answered"):
        yield Social(key)
    for kind in CONTROLS:
        yield Control(kind)
    yield Refuse("secure_channel")
    yield Silent("queued")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("decision", list(decisions()), ids=repr)
def test_every_decision_that_speaks_is_said_in_full_sentences(say: Any, decision: Decision, language: str) -> None:
    replies = say(decision, language)
    assert replies
    for reply in replies:
        assert reply.text.strip()
        assert "{" not in reply.text
        assert "None" not in reply.text
        assert reply.author is Author.BOT
        assert is_in(reply.text, language)


def is_in(text: str, language: str) -> bool:
    """Whether most letters of the text are of the language's alphabet."""
    cyrillic = sum("а" <= letter <= "я" or letter == "ё" for letter in text.lower())
    latin = sum("a" <= letter <= "z" for letter in text.lower())
    return cyrillic > latin if language == "ru" else latin > cyrillic


@pytest.mark.parametrize(
    "decision",
    [Suggest(("card-pin",)), Wait(1.5), Silent("already_answered"), StartDialogue("verify_client")],
    ids=repr,
)
def test_decisions_that_are_silent_say_nothing(say: Any, decision: Decision) -> None:
    assert say(decision) == ()


# --- answers


def test_an_answer_is_the_article_and_asks_whether_it_helped(say: Any) -> None:
    (reply,) = say(Answer(("card-pin",), "card_pin"))
    assert reply.article == "card-pin"
    assert reply.article_title == "Задать или сменить ПИН-код"
    assert reply.text.startswith("Забытый ПИН-код")
    assert reply.text.endswith("\n\nЭто помогло?")
    assert [button.payload for button in reply.buttons[:2]] == ["feedback:yes", "feedback:no"]
    assert Button("ПИН-код заблокирован", "article:card-pin-blocked") in reply.buttons


def test_only_the_last_of_several_answers_asks_whether_it_helped(say: Any) -> None:
    first, last = say(Answer(("card-pin", "card-declined"), "card_pin"))
    assert "Это помогло?" not in first.text
    assert "feedback:yes" not in [button.payload for button in first.buttons]
    assert last.text.endswith("Это помогло?")


def test_an_article_without_a_translation_is_said_in_the_language_it_has(rules: Rules) -> None:
    shipped = Settings()
    russian = tuple(each for each in load_any(shipped.articles, shipped.facts) if each.language == "ru")
    knowledge = Knowledge(None, None, LANGUAGES, None)
    knowledge.serve(russian, None)
    (reply,) = Wording(knowledge, rules).answers(["card-pin"], ConversationView(language="en"))
    assert reply.article_title == "Задать или сменить ПИН-код"
    assert reply.text.endswith("Did this help?")


def test_an_article_that_is_gone_does_not_leave_the_client_without_a_word(say: Any) -> None:
    assert say(Answer(("article-of-last-year",)))


# --- questions, people, the queue


def test_topics_are_offered_as_buttons_with_a_person_beside_them(say: Any) -> None:
    (reply,) = say(Clarify(("card_pin", "cashback")))
    assert [button.text for button in reply.buttons] == ["ПИН-код", "Кешбэк и бонусы", "Позвать специалиста"]
    assert [button.payload for button in reply.buttons] == ["intent:card_pin", "intent:cashback", "command:operator"]


def test_without_topics_the_client_is_asked_for_other_words(say: Any) -> None:
    (reply,) = say(Clarify((), "out_of_scope"))
    assert "другими словами" in reply.text
    assert [button.payload for button in reply.buttons] == ["command:operator"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.ASKED_FOR_PERSON, "Зову специалиста"),
        (Reason.NOT_UNDERSTOOD, "Не хочу гадать"),
        (Reason.UPSET_CLIENT, "Не хочу гадать"),
        (Reason.ANSWER_DID_NOT_HELP, "Жаль, что не помогло"),
        (Reason.NEEDS_VERIFICATION, "убедится, что это вы"),
        (Reason.INTENT_NEEDS_PERSON, "отдел платежей и переводов"),
        (Reason.NO_ARTICLE, "отдел платежей и переводов"),
        (Reason.SUGGEST_ONLY, "отдел платежей и переводов"),
    ],
)
def test_a_hand_off_says_why_and_when_a_person_replies(say: Any, reason: Reason, words: str) -> None:
    (reply,) = say(hand_off(reason))
    assert words in reply.text
    assert "в течение 2 минут" in reply.text
    assert [button.payload for button in reply.buttons] == ["command:cancel"]


def test_an_urgent_hand_off_says_that_it_goes_first(say: Any) -> None:
    (reply,) = say(hand_off(priority=Priority.URGENT))
    assert reply.text.startswith("Это срочно")


def test_a_hand_off_says_what_to_do_meanwhile_before_it_says_when(say: Any) -> None:
    meanwhile, last = say(hand_off(article="fraud-report", department="security"))
    assert meanwhile.article == "fraud-report"
    assert "Это помогло?" not in meanwhile.text
    assert meanwhile.buttons == ()
    assert "служба безопасности" in last.text


def test_a_hand_off_with_an_article_that_is_gone_still_says_when(say: Any) -> None:
    (reply,) = say(hand_off(article="article-of-last-year"))
    assert "минут" in reply.text


def test_a_waiting_client_who_moves_forward_is_told_so(say: Any) -> None:
    (reply,) = say(hand_off(priority=Priority.URGENT), state=ConversationState.QUEUED)
    assert "в начало очереди" in reply.text


def test_a_waiting_client_is_told_once_that_the_message_will_be_read(say: Any) -> None:
    (reply,) = say(Silent("queued"), state=ConversationState.QUEUED)
    assert "Вы в очереди" in reply.text
    assert say(Silent("queued"), state=ConversationState.QUEUED, told_waiting=True) == ()


def test_who_leaves_the_queue_and_who_cancels_something_else_hear_different_words(say: Any) -> None:
    (left,) = say(Control("cancel"), state=ConversationState.QUEUED)
    (cancelled,) = say(Control("cancel"))
    assert "специалиста больше не зову" in left.text
    assert cancelled.text != left.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_client_who_writes_in_another_language_is_answered_in_the_conversations_own(say: Any, language: str) -> None:
    (reply,) = say(Social("thanks"), language)
    assert reply.text == texts.text("thanks", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_dialogues_speak_through_the_same_texts(wording: Wording, language: str) -> None:
    button = Button("Да", "feedback:yes")
    (reply,) = wording.say([Say("feedback_yes", buttons=(button,))], language, NOON)
    assert reply == Reply(texts.text("feedback_yes", language), (button,))


# --- what channels can carry


def every_button(wording: Wording, articles: tuple[Article, ...], rules: Rules) -> Iterator[Button]:
    """All buttons of all shipped articles, menus, clarifications and sentences."""
    for language in LANGUAGES:
        view = ConversationView(language=language)
        for article in articles:
            for reply in wording.answers([article.id], view):
                yield from reply.buttons
        for decision in decisions():
            for reply in wording.compose(decision, view, SOON, NOON):
                yield from reply.buttons
        for reply in wording.compose(Clarify(tuple(rules.intents)), view, SOON, NOON):
            yield from reply.buttons
        yield from wording.menu_buttons(language)


def test_every_button_fits_the_tightest_channel_and_leads_somewhere(
    wording: Wording, articles: tuple[Article, ...], rules: Rules
) -> None:
    ids = {article.id for article in articles}
    seen = 0
    for button in every_button(wording, articles, rules):
        seen += 1
        assert 0 < len(button.text) <= LONGEST_BUTTON, button
        if button.url is not None:
            assert button.url.startswith("https://"), button
            continue
        assert button.payload is not None
        assert len(button.payload.encode()) <= LONGEST_PAYLOAD_BYTES, button
        press = read_press(button.payload)
        assert press is not None, button
        known = {"intent": rules.intents, "article": ids, "feedback": ("yes", "no"), "command": (*CONTROLS, "operator")}
        assert press.value in known[press.kind], button
    assert seen > 500


def test_every_shipped_answer_is_said_without_a_hole_in_every_kind_of_channel(
    wording: Wording, articles: tuple[Article, ...]
) -> None:
    for article in articles:
        for kind in ChannelKind:
            view = ConversationView(language=article.language, channel_kind=kind)
            (reply,) = wording.answers([article.id], view)
            assert reply.text.strip()
            assert "{" not in reply.text, article.id
            assert reply.article_title


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_menu_offers_topics_and_a_person(wording: Wording, language: str) -> None:
    *topics, person = wording.menu_buttons(language)
    assert len(topics) >= 4
    assert person.payload == "command:operator"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_on_the_persons_button_may_be_typed(wording: Wording, rules: Rules, language: str) -> None:
    *_, person = wording.menu_buttons(language)
    assert find_command(person.text, rules.commands) == "operator"
