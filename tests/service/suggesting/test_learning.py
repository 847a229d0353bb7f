"""What is learned from operators' replies, merged, searched, brought up to date, and forgotten."""

import struct
from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import select, update

from service import desk
from service.office import Office
from service.past_replies import PastReplies
from service.storage import conversations, past_replies
from service.storage.staff import StaffMember
from service.storage.tables import PastQuestionRow, PastReplyRow, table
from service.suggesting import accept, forget, learn_due, reject
from service.vectors import Vectors
from tests.service.conftest import Clock
from tests.service.suggesting.conftest import Waiting
from tests.service.threads import at_once, unexpected

Teach = Callable[..., Waiting]
Clients = Callable[..., Waiting]
UNBLOCK = "как разблокировать карту после трёх ошибок пина"
ADVICE = "Карта разблокируется сама в полночь по Москве, а раньше это может сделать специалист в отделении."


def kept(office: Office) -> list[tuple[str, int]]:
    """(reply, how often it was given)."""
    with office.database.read() as connection:
        query = select(PastReplyRow.reply, PastReplyRow.given).order_by(PastReplyRow.id)
        return [(row.reply, row.given) for row in connection.execute(query)]


def questions(office: Office) -> int:
    """How many questions are kept."""
    with office.database.read() as connection:
        return len(connection.execute(select(PastQuestionRow.id)).all())


def client_id(office: Office, client: Waiting) -> int:
    """The client behind a conversation."""
    with office.database.read() as connection:
        return conversations.get(connection, client.conversation).client_id or 0


def search(office: Office, text: str = "три раза неверный пин, как разблокировать карту?") -> list[str]:
    """The replies found."""
    return [each.reply.reply for each in office.past_replies.search(office.vectors.one(text), language="ru")]


def test_a_reply_is_remembered_as_a_template_with_the_masked_question(office: Office, teach: Teach) -> None:
    teach(f"меня зовут Анна Петрова, тел +7 916 123-45-67. {UNBLOCK}", f"Здравствуйте, Анна! Это Ольга. {ADVICE}")
    assert kept(office) == [(f"Здравствуйте, {{client_name}}! Это {{operator_name}}. {ADVICE}", 1)]
    with office.database.read() as connection:
        (row,) = connection.execute(select(table(PastQuestionRow)))
    assert "916" not in row.question
    assert "Петрова" not in row.question
    assert row.encoder == office.vectors.encoder
    assert len(row.vector) == 4 * office.vectors.dimension


@pytest.mark.parametrize(
    "reply",
    [
        "Сейчас посмотрю, одну минуту", "Да", "Ваш перевод на 15 300 ₽ придёт сегодня вечером, ждите уведомления",
        "Мы перезвоним вам на номер +7 916 123-45-67 в течение часа, оставайтесь на связи",
        "Для Анны Петровой мы уже всё подготовили, приходите в отделение", "x " * 1000,
        "Номер вашей карты 4111 1111 1111 1111, она уже готова и ждёт вас",
    ],
)  # fmt: skip
def test_what_is_true_for_one_client_or_says_nothing_is_not_remembered(
    reply: str, office: Office, teach: Teach
) -> None:
    teach(UNBLOCK, reply)
    assert kept(office) == []


def test_public_numbers_of_the_articles_may_stay(office: Office, teach: Teach) -> None:
    teach("куда звонить если карту украли ночью", "Позвоните нам прямо сейчас: 8 800 000-00-00, линия круглосуточная.")
    assert len(kept(office)) == 1


def test_a_reply_after_a_moments_patience_is_learned_with_the_question_and_without_the_complaint(
    office: Office, anna: StaffMember, client_of: Clients, clock: Clock
) -> None:
    client = client_of(anna)
    client.say(UNBLOCK)
    desk.reply(client.conversation, anna, office, key="hold", text="Минутку, сейчас проверю")
    client.say("ау, вы тут?")
    desk.reply(client.conversation, anna, office, key="real", text=ADVICE)
    clock.move(seconds=60)
    learn_due(office)
    ((reply, _),) = kept(office)
    assert reply == ADVICE
    with office.database.read() as connection:
        assert connection.execute(select(PastQuestionRow.question)).scalar_one() == UNBLOCK


def test_nearly_equal_replies_are_one_with_all_its_questions(office: Office, teach: Teach) -> None:
    teach(UNBLOCK, f"Здравствуйте, Анна! {ADVICE}")
    teach("карта заблокирована, ввёл неверный пин три раза, разблокируйте", f"Здравствуйте, Иван! {ADVICE}",
          name="Иван Сидоров")  # fmt: skip
    teach("забыл пин, карта заблокировалась", f"Здравствуйте! {ADVICE}!", name=None)
    assert [given for _, given in kept(office)] == [3]
    assert questions(office) == 3
    assert len(search(office)) == 1


def test_an_accepted_reply_counts_and_teaches_its_new_question(
    office: Office, anna: StaffMember, teach: Teach, client_of: Clients, clock: Clock
) -> None:
    teach(UNBLOCK, ADVICE)
    offer = client_of(anna).asks("три раза неверный пин, как разблокировать карту?", anna)
    (reply,) = [each for each in offer.suggestions if each.kind == "reply"]
    accept(offer.id, reply.rank, anna, office, key="k")
    clock.move(seconds=60)
    learn_due(office)
    with office.database.read() as connection:
        (row,) = connection.execute(select(table(PastReplyRow)))
    assert (row.given, row.accepted, row.rejected) == (2, 1, 0)


def test_success_weighs_in(office: Office, anna: StaffMember, teach: Teach, client_of: Clients) -> None:
    teach(UNBLOCK, ADVICE)
    question = "три раза неверный пин, как разблокировать карту?"
    scores = []
    for _ in range(3):
        offer = client_of(anna).asks(question, anna)
        (reply,) = [each for each in offer.suggestions if each.kind == "reply"] or [None]
        if reply is None:
            break
        scores.append(reply.score)
        reject(offer.id, reply.rank, "outdated", anna, office)
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores) > 1


def test_an_accepted_article_is_not_learned_as_a_colleagues_reply(
    office: Office, anna: StaffMember, client_of: Clients, clock: Clock
) -> None:
    offer = client_of(anna).asks("как снять наличные в банкомате?", anna)
    accept(offer.id, 1, anna, office, key="k")
    clock.move(seconds=60)
    learn_due(office)
    assert kept(office) == []


def test_each_reply_is_read_once_even_by_several_workers(
    office: Office, anna: StaffMember, client_of: Clients, clock: Clock
) -> None:
    for number in range(3):
        client = client_of(anna)
        client.say(UNBLOCK)
        desk.reply(client.conversation, anna, office, key=str(number), text=f"{ADVICE} Вариант {'абв'[number] * 30}.")
    clock.move(seconds=60)
    done = at_once(*[lambda: learn_due(office)] * 4)
    assert unexpected(done) == []
    assert sum(done) == questions(office) == 3
    assert learn_due(office) == 0


def test_replies_that_are_still_settling_wait(
    office: Office, anna: StaffMember, client_of: Clients, clock: Clock
) -> None:
    client = client_of(anna)
    client.say(UNBLOCK)
    desk.reply(client.conversation, anna, office, key="k", text=ADVICE)
    assert learn_due(office) == 0
    clock.move(seconds=31)
    assert learn_due(office) == 1


def test_a_client_who_is_erased_is_forgotten_everywhere(office: Office, teach: Teach) -> None:
    first = teach(UNBLOCK, f"Здравствуйте, Анна! {ADVICE}")
    second = teach("карта заблокирована, три раза неверный пин", f"Здравствуйте, Иван! {ADVICE}!", name="Иван")
    elsewhere = PastReplies(office.database, office.vectors)
    assert elsewhere.load() == 2
    assert forget(client_id(office, first), office) == 1
    assert kept(office) == [(f"Здравствуйте, {{client_name}}! {ADVICE}!", 2)]
    assert elsewhere.load() == office.past_replies.size == 1
    assert forget(client_id(office, second), office) == 1
    assert kept(office) == []
    assert elsewhere.load() == office.past_replies.size == 0
    assert search(office) == []
    assert forget(10**9, office) == 0


def test_another_process_hears_of_what_was_learned(office: Office, teach: Teach) -> None:
    elsewhere = PastReplies(office.database, office.vectors)
    assert elsewhere.load() == 0
    teach(UNBLOCK, ADVICE)
    assert elsewhere.load() == 1
    found = elsewhere.search(office.vectors.one(UNBLOCK), language="ru")
    assert [each.reply.reply for each in found] == [ADVICE]
    assert found[0].likeness == pytest.approx(1, abs=1e-3)
    assert elsewhere.search(office.vectors.one(UNBLOCK), language="en") == []


@pytest.mark.parametrize(
    ("vector", "encoder"),
    [
        (b"", "use"), (b"broken", "use"), (None, None), (struct.pack("<512f", *[float("nan")] * 512), "use"),
        (struct.pack("<512f", *[1e30] * 512), "use"), (struct.pack("<384f", *[0.05] * 384), "sentence-transformers:x"),
    ],
)  # fmt: skip
def test_vectors_that_are_broken_or_anothers_are_made_anew(
    vector: bytes | None, encoder: str | None, office: Office, teach: Teach
) -> None:
    teach(UNBLOCK, ADVICE)
    with office.database.write() as connection:
        connection.execute(update(PastQuestionRow).values(vector=vector, encoder=encoder))
    elsewhere = PastReplies(office.database, office.vectors)
    assert elsewhere.load() == 1
    assert elsewhere.search(office.vectors.one(UNBLOCK), language="ru")[0].likeness == pytest.approx(1, abs=1e-3)
    with office.database.read() as connection:
        row = connection.execute(select(PastQuestionRow.vector, PastQuestionRow.encoder)).one()
    assert office.vectors.unpack(row.vector, row.encoder) is not None


class SmallEncoder:
    """Another encoder, of another dimension; `broken` says whether it fails."""

    name = "small"
    dimension = 3
    broken = False

    def encode(self, texts: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        if self.broken:
            raise ValueError("weights are damaged")
        return np.tile(np.array([1, 0, 0], dtype=np.float32), (len(texts), 1))


def test_another_encoder_reads_everything_again_and_a_broken_one_waits(office: Office, teach: Teach) -> None:
    teach(UNBLOCK, ADVICE)
    encoder = SmallEncoder()
    encoder.broken = True
    vectors = Vectors(encoder)  # type: ignore[arg-type]
    elsewhere = PastReplies(office.database, vectors)
    assert elsewhere.load() == 0
    assert elsewhere.search(None, language="ru") == []
    encoder.broken = False
    assert elsewhere.load() == 1
    assert len(elsewhere.search(vectors.one("что угодно"), language="ru")) == 1
    assert elsewhere.search(office.vectors.one(UNBLOCK), language="ru") == []


def test_searching_goes_on_while_much_is_learned(office: Office, teach: Teach) -> None:
    teach(UNBLOCK, ADVICE)
    stop: list[bool] = []

    def learn() -> None:
        with office.database.read() as connection:
            row = connection.execute(select(table(PastQuestionRow))).one()
        for number in range(300):
            lesson = past_replies.Lesson(
                10_000 + number, row.conversation_id, row.client_id, None, row.question, f"{ADVICE} {number}",
                str(number), "ru", None, None, row.vector, row.encoder, row.created_at,
            )  # fmt: skip
            with office.database.write() as connection:
                past_replies.add(connection, lesson, None)
            office.past_replies.load()
        stop.append(True)

    def look() -> None:
        vector = office.vectors.one(UNBLOCK)
        while not stop:
            found = office.past_replies.search(vector, language="ru", limit=5)
            assert found
            assert all(each.likeness > 0.9 for each in found)

    assert unexpected(at_once(learn, look, look)) == []
    assert office.past_replies.size == 301


def test_one_reply_keeps_its_newest_questions_only(office: Office, teach: Teach) -> None:
    teach(UNBLOCK, ADVICE)
    with office.database.read() as connection:
        row = connection.execute(select(table(PastQuestionRow))).one()
    for number in range(30):
        lesson = past_replies.Lesson(
            10_000 + number,
            1,
            1,
            None,
            "вопрос",
            ADVICE,
            "h",
            "ru",
            None,
            None,
            row.vector,
            row.encoder,
            row.created_at,
        )
        with office.database.write() as connection:
            past_replies.add(connection, lesson, row.past_reply_id)
    assert questions(office) == past_replies.MOST_QUESTIONS
