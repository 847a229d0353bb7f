import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.questions import PARTS_LIMIT, split_greeting, split_questions


@pytest.mark.parametrize(
    ("text", "greeting", "rest"),
    [
        ("Здравствуйте! Где моя карта?", "Здравствуйте", "Где моя карта?"),
        ("добрый день, как закрыть вклад", "добрый день", "как закрыть вклад"),
        ("Привет! Добрый вечер! не работает карта", "Привет", "не работает карта"),
        ("Доброго времени суток. Забыл пароль", "Доброго времени суток", "Забыл пароль"),
        ("Hi there, my card is lost", "Hi there", "my card is lost"),
        ("Good morning! Where is my card", "Good morning", "Where is my card"),
        ("Hello, there is a problem", "Hello", "there is a problem"),
        ("Добрый день уважаемый банк, верните деньги", "Добрый день уважаемый банк", "верните деньги"),
    ],
)
def test_a_greeting_before_a_question_is_taken_off(text: str, greeting: str, rest: str) -> None:
    assert split_greeting(text) == (greeting, rest)


@pytest.mark.parametrize("text", ["привет", "Здравствуйте!", "hello", "привет, как дела?", "hi, how are you", "Hey!!!"])
def test_a_greeting_alone_stays(text: str) -> None:
    greeting, rest = split_greeting(text)
    assert greeting is not None
    assert rest == text


@pytest.mark.parametrize(
    "text", ["Где карта?", "хайп вокруг вклада", "highest rate", "приветственный бонус", "hire a car", ""]
)
def test_other_words_are_no_greeting(text: str) -> None:
    assert split_greeting(text) == (None, text)


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        (
            "Как заблокировать карту? Какая комиссия за перевод за границу?",
            ("Как заблокировать карту?", "Какая комиссия за перевод за границу?"),
        ),
        (
            "Сколько стоит обслуживание карты и как подключить автоплатёж",
            ("Сколько стоит обслуживание карты", "как подключить автоплатёж"),
        ),
        (
            "1) Где посмотреть реквизиты счёта? 2) Как поменять номер телефона?",
            ("Где посмотреть реквизиты счёта?", "Как поменять номер телефона?"),
        ),
        (
            "How do I close my account? What is the exchange rate for dollars?",
            ("How do I close my account?", "What is the exchange rate for dollars?"),
        ),
        (
            "Какой курс доллара?\nПотерял карту вчера. Как заказать новую карту?",
            ("Какой курс доллара?", "Потерял карту вчера. Как заказать новую карту?"),
        ),
    ],
)
def test_independent_questions_are_told_apart(text: str, questions: tuple[str, ...]) -> None:
    assert split_questions(text) == questions


@pytest.mark.parametrize(
    "text",
    [
        "Где моя карта?",
        "Потерял карту. Что делать?",
        "Почему отказали в кредите? И что мне теперь делать?",
        "Карта не работает. Почему она не работает?",
        "I still have not received my card. What should I do?",
        "Can I track my card? Where is it?",
        "Why was my card declined? Is my card blocked?",
        "Не приходит код... Сколько ждать?",
        "привет",
        "",
    ],
)
def test_one_question_stays_in_one_piece(text: str) -> None:
    assert split_questions(text) == (text,)


def test_there_is_a_limit_to_questions() -> None:
    topics = ["карта", "вклад", "кредит", "перевод", "ипотека", "страховка", "кешбэк", "лимит"]
    text = " ".join(f"Сколько стоит {topic} {topic[::-1]}?" for topic in topics)
    assert 1 < len(split_questions(text)) <= PARTS_LIMIT


@given(st.text(st.characters(), max_size=200) | st.text(st.sampled_from("как где ?.!\n1) и ещё how"), max_size=100))
def test_splitting_is_total_and_loses_no_question(text: str) -> None:
    parts = split_questions(text)
    assert 1 <= len(parts) <= PARTS_LIMIT
    assert isinstance(split_greeting(text)[1], str)
