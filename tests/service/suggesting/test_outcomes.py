"""Accept, edit, reject, ignore: one message, one outcome, nothing sent that is out of date."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from service import desk, editing
from service.commands.data import write_lines
from service.domain.suggestions import Offer
from service.errors import Conflict, InvalidInput, MessageMismatch, NotFound, NotHolder
from service.office import Office
from service.shifts.statistics import Period, operator_table
from service.storage import conversations, exports
from service.storage.staff import StaffMember
from service.storage.tables import OutcomeRow, table
from service.suggesting import accept, current_offer, edit, forget, learn_due, reject
from tests.service.conftest import Clock
from tests.service.small_office import hire
from tests.service.suggesting.conftest import Waiting, plain
from tests.service.threads import at_once, raised, unexpected

Clients = Callable[..., Waiting]
QUESTION = "как снять наличные в банкомате?"


def outcomes(office: Office) -> list[Any]:
    """Everything stored, in order."""
    with office.database.read() as connection:
        return list(connection.execute(select(table(OutcomeRow)).order_by(OutcomeRow.id)))


@pytest.fixture
def client(anna: StaffMember, client_of: Clients) -> Waiting:
    """A client with the operator."""
    return client_of(anna)


@pytest.fixture
def offer(client: Waiting, anna: StaffMember) -> Offer:
    """What she is offered."""
    return client.asks(QUESTION, anna)


def test_accepting_sends_the_words_and_stores_one_outcome(
    office: Office, anna: StaffMember, client: Waiting, offer: Offer, clock: Clock
) -> None:
    clock.move(seconds=7)
    sent = accept(offer.id, 1, anna, office, key="k")
    assert client.heard() == [offer.suggestions[0].text]
    (row,) = outcomes(office)
    assert (row.outcome, row.rank, row.kind, row.reply_id) == ("accepted", 1, "article", sent.id)
    assert (row.score, row.distance, row.seconds) == (offer.suggestions[0].score, 0.0, 7.0)
    assert row.client_text == QUESTION


def test_a_double_click_is_one_message_and_one_outcome(
    office: Office, anna: StaffMember, client: Waiting, offer: Offer
) -> None:
    same = at_once(*[lambda: accept(offer.id, 1, anna, office, key="k")] * 4)
    assert unexpected(same) == []
    assert len({each.id for each in same}) == 1
    assert accept(offer.id, 1, anna, office, key="k").id == same[0].id
    assert len(client.heard()) == len(outcomes(office)) == 1


def test_two_clicks_with_two_keys_are_one_message_too(
    office: Office, anna: StaffMember, client: Waiting, offer: Offer
) -> None:
    both = at_once(*[lambda n=n: accept(offer.id, n, anna, office, key=f"k{n}") for n in (1, 2)])
    assert len(raised(both, Conflict)) == 1
    assert unexpected(both, Conflict) == []
    assert len(client.heard()) == len(outcomes(office)) == 1


def test_what_is_stale_is_refused_and_nothing_is_sent(
    office: Office, anna: StaffMember, client: Waiting, offer: Offer
) -> None:
    client.say("уже не надо, вопрос про карту")
    with pytest.raises(Conflict, match="moved on") as refused:
        accept(offer.id, 1, anna, office, key="k")
    assert refused.value.fields["stale"] is True
    assert client.heard() == []
    assert outcomes(office) == []


def test_the_client_writes_while_the_operator_accepts(office: Office, anna: StaffMember, client_of: Clients) -> None:
    for turn in range(6):
        client = client_of(anna)
        offer = client.asks(QUESTION, anna)
        both = at_once(
            lambda c=client: c.say("подождите"), lambda o=offer, t=turn: accept(o.id, 1, anna, office, key=f"{t}")
        )
        assert unexpected(both, Conflict) == []
        said = [(each.author, each.text) for each in client.timeline()][-2:]
        if raised(both, Conflict):
            assert client.heard() == []
        else:
            assert said[-1] == ("client", "подождите")


def test_only_the_holder_sends(office: Office, offer: Offer, client_of: Clients) -> None:
    boris, _ = hire(office, "boris")
    with pytest.raises(NotHolder):
        accept(offer.id, 1, boris, office, key="k")
    loans, _ = hire(office, "loans", "loans")
    for use in (
        lambda: accept(offer.id, 1, loans, office, key="k"),
        lambda: reject(offer.id, 1, "other", loans, office),
    ):
        with pytest.raises(NotFound):
            use()
    assert outcomes(office) == []


@pytest.mark.parametrize(("offer_id", "rank"), [(10**9, 1), (1, 99), (1, 0), (1, -1)])
def test_what_is_not_there_can_not_be_used(
    offer_id: int, rank: int, office: Office, anna: StaffMember, offer: Offer
) -> None:
    with pytest.raises(NotFound):
        accept(offer_id, rank, anna, office, key="k")


@pytest.mark.parametrize("key", ["", "k" * 101])
def test_a_key_has_a_length(key: str, office: Office, anna: StaffMember, offer: Offer) -> None:
    with pytest.raises(InvalidInput):
        accept(offer.id, 1, anna, office, key=key)


def test_an_edited_reply_keeps_how_much_was_changed_and_no_secrets(
    office: Office, anna: StaffMember, client: Waiting, offer: Offer
) -> None:
    final = offer.suggestions[0].text[:100] + " Ваш номер +7 916 123-45-67."
    edit(offer.id, 1, final, anna, office, key="k", seconds=3.5)
    assert client.heard() == [final]
    (row,) = outcomes(office)
    assert (row.outcome, row.seconds) == ("edited", 3.5)
    assert 0 < row.distance < 1
    assert "916" not in row.final_text
    with pytest.raises(MessageMismatch):
        edit(offer.id, 1, "другое", anna, office, key="k")


def test_an_edit_that_changes_nothing_is_an_acceptance(office: Office, anna: StaffMember, offer: Offer) -> None:
    edit(offer.id, 1, f" {offer.suggestions[0].text}\n", anna, office, key="k")
    assert [row.outcome for row in outcomes(office)] == ["accepted"]


def test_a_rejection_is_stored_once_and_shown(office: Office, anna: StaffMember, client: Waiting, offer: Offer) -> None:
    for _ in range(2):
        reject(offer.id, 1, "wrong_topic", anna, office, comment="не про карту 4111 1111 1111 1111")
    (row,) = outcomes(office)
    assert (row.outcome, row.reason, row.rank) == ("rejected", "wrong_topic", 1)
    assert "4111" not in row.comment
    after = current_offer(client.conversation, anna, office)
    assert after is not None
    assert [each.rejected for each in after.suggestions][:2] == [True, False]
    with pytest.raises(InvalidInput, match="wrong_topic"):
        reject(offer.id, 1, "nonsense", anna, office)
    with pytest.raises(InvalidInput):
        reject(offer.id, 1, "other", anna, office, comment="x" * 501)


def test_rejections_at_the_same_moment_are_one(office: Office, anna: StaffMember, offer: Offer) -> None:
    done = at_once(*[lambda: reject(offer.id, 1, "outdated", anna, office)] * 3)
    assert unexpected(done) == []
    assert len(outcomes(office)) == 1


def test_own_words_are_an_offer_ignored(
    office: Office, anna: StaffMember, client: Waiting, offer: Offer, clock: Clock
) -> None:
    desk.reply(client.conversation, anna, office, key="own", text="Приходите в отделение на Лесной, там помогут снять")
    clock.move(seconds=60)
    learn_due(office)
    learn_due(office)
    (row,) = outcomes(office)
    assert (row.outcome, row.rank, row.score) == ("ignored", 1, offer.suggestions[0].score)
    assert row.distance > 0.5


def test_a_second_reply_after_an_accepted_one_ignores_nothing(
    office: Office, anna: StaffMember, client: Waiting, offer: Offer, clock: Clock
) -> None:
    accept(offer.id, 1, anna, office, key="k")
    desk.reply(client.conversation, anna, office, key="own", text="И ещё: в кассе отделения тоже можно снять деньги")
    clock.move(seconds=60)
    learn_due(office)
    assert [row.outcome for row in outcomes(office)] == ["accepted"]


def test_an_article_withdrawn_meanwhile_is_not_sent(
    office: Office, anna: StaffMember, boss: StaffMember, client: Waiting, offer: Offer
) -> None:
    key = offer.suggestions[0].source.key
    editing.withdraw(key, "ru", boss, office, base=1)
    with pytest.raises(Conflict, match="withdrawn"):
        accept(offer.id, 1, anna, office, key="k")
    assert client.heard() == []
    edit(offer.id, 1, "В любом нашем банкомате.", anna, office, key="k2")
    assert client.heard() == ["В любом нашем банкомате."]


def test_an_article_changed_meanwhile_is_read_first(
    office: Office, anna: StaffMember, boss: StaffMember, offer: Offer
) -> None:
    key = offer.suggestions[0].source.key
    (version,) = editing.read_versions(key, "ru", boss, office)
    saved = editing.save_draft(key, "ru", boss, office, source=plain(version.source) + "\nНовое.", base=1)
    editing.publish(key, "ru", saved.version.number, boss, office)
    with pytest.raises(Conflict, match="changed"):
        accept(offer.id, 1, anna, office, key="k")


def test_outcomes_are_exported_without_personal_data_and_without_the_forgotten(
    office: Office, anna: StaffMember, client: Waiting, offer: Offer, tmp_path: Path
) -> None:
    edit(offer.id, 1, "Позвоните мне: +7 916 123-45-67, Ольга", anna, office, key="k")
    with office.database.read() as connection:
        write_lines(tmp_path / "o.jsonl", exports.suggestion_outcomes(connection))
    text = (tmp_path / "o.jsonl").read_text(encoding="utf-8")
    row = json.loads(text)
    assert (row["outcome"], row["kind"], row["rank"], row["text"]) == ("edited", "article", 1, QUESTION)
    assert row["source"] == offer.suggestions[0].source.key
    assert "916" not in text
    with office.database.read() as connection:
        who = conversations.get(connection, client.conversation).client_id
    forget(who or 0, office)
    (after,) = outcomes(office)
    assert (after.client_text, after.final_text, after.suggested_text) == (None, None, None)
    assert after.score == offer.suggestions[0].score
    with pytest.raises(NotFound):
        accept(offer.id, 1, anna, office, key=uuid4().hex)


def test_the_operator_table_counts_what_became_of_offers(
    office: Office, anna: StaffMember, boss: StaffMember, client_of: Callable[..., Waiting], clock: Clock
) -> None:
    for outcome in ("accepted", "edited", "rejected", "ignored"):
        client = client_of(anna)
        offer = client.asks(QUESTION, anna)
        if outcome == "accepted":
            reject(offer.id, 2, "wrong_topic", anna, office)
            accept(offer.id, 1, anna, office, key=uuid4().hex)
        elif outcome == "edited":
            edit(offer.id, 1, "Своими словами", anna, office, key=uuid4().hex)
        elif outcome == "rejected":
            reject(offer.id, 1, "wrong_topic", anna, office)
        else:
            desk.reply(client.conversation, anna, office, key=uuid4().hex, text="Совсем другое")
    clock.move(seconds=60)
    learn_due(office)
    today = clock().date()
    lines = {each.login: each for each in operator_table(Period(today, today), boss, office)}
    written = [each.outcome for each in outcomes(office)]
    used = sum(each in ("accepted", "edited") for each in written)
    assert (used, len(written)) == (2, 5)
    assert lines[anna.login].acceptance == 2 / 4
    assert lines["boss"].acceptance is None


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -5.0])
def test_times_that_can_not_be_are_not_stored(
    seconds: float, office: Office, anna: StaffMember, offer: Offer, clock: Clock
) -> None:
    clock.now -= timedelta(days=1)  # a clock that was set back
    accept(offer.id, 1, anna, office, key="k", seconds=seconds)
    assert 0 <= outcomes(office)[0].seconds <= 86400
