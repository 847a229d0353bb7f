"""What is left of a letter: the forms in which the usual programs quote, in Russian and in English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.channels.quotes import strip_quotes, text_of_html

OWN = "Спасибо, получилось.\n\nА какой лимит в день?"
PLAIN = {
    "Gmail": "чт, 20 нояб. 2026 г. в 12:00, Банк <help@bank.example>:\n\n> Здравствуйте!\n> Смените код.\n",
    "Gmail, in two lines": "чт, 20 нояб. 2026 г. в 12:00, Служба поддержки\n<help@bank.example>:\n\n> Смените код.\n",
    "Gmail, in English": "On Thu, Nov 20, 2026 at 12:00 PM Bank <help@bank.example> wrote:\n\n> Hello!\n",
    "Apple Mail": "> 20 нояб. 2026 г., в 12:00, Банк <help@bank.example> написал(а):\n> \n> Смените код.\n",
    "Yandex": "20.11.2026, 12:00, «Банк» <help@bank.example>:\n> Смените код.\n",
    "Mail.ru": "Четверг, 20 ноября 2026, 12:00 +03:00 от Банк <help@bank.example>:\n \n>Смените код.\n>\n",
    "Thunderbird": "20.11.2026 12:00, Банк пишет:\n> Смените код.\n",
    "Outlook": "-----Исходное сообщение-----\nОт: Банк\nОтправлено: 20 ноября 2026\nКому: Иван\n\nСмените.\n",
    "Outlook, new": "От: Банк <help@bank.example>\nОтправлено: 20 ноября 2026\nКому: Иван\nТема: x\n\nСмените.\n",
    "Outlook, in English": "From: Bank\nSent: Thursday, November 20, 2026 12:00 PM\nTo: Ivan\nSubject: x\n\nHello\n",
    "The Bat": "> Смените код.\n> Это быстро.\n",
    "a signature": "-- \nИван Петров\nООО «Ромашка»\n",
    "a telephone": "Отправлено с iPhone\n",
    "Mail.ru on a telephone": "--\nОтправлено из Mail.ru для Android\n",
}


@pytest.mark.parametrize("quote", PLAIN.values(), ids=PLAIN)
def test_what_programs_add_is_taken_away(quote: str) -> None:
    assert strip_quotes(f"{OWN}\n\n{quote}") == OWN
    assert strip_quotes(f"{OWN}\r\n\r\n" + quote.replace("\n", "\r\n")) == OWN


def test_an_answer_below_the_quote_stays() -> None:
    assert strip_quotes("20.11.2026 12:00, Банк пишет:\n> Смените код.\n\nСпасибо!") == "Спасибо!"


def test_a_line_with_a_date_right_before_the_quote_is_the_clients() -> None:
    assert (
        strip_quotes("Списали 20.11 в 12:05!\n20.11.2026 12:00, Банк пишет:\n> Здравствуйте")
        == "Списали 20.11 в 12:05!"
    )


def test_answers_between_quoted_lines_stay() -> None:
    letter = "> Какая карта?\nЗелёная\n> Какой банкомат?\nНа Тверской"
    assert strip_quotes(letter) == "Зелёная\nНа Тверской"


@pytest.mark.parametrize(
    "letter",
    [
        "Мне вчера ваш сотрудник написал:\nприходите завтра с паспортом",
        "От: кого мне ждать письма?",
        "Сумма > 5000 не проходит",
        "Списали дважды в 12:05",
        "-- это не подпись, а тире в начале",
        "---------- Пересылаемое сообщение ----------\nОт: Магазин\nВаш заказ отменён",
    ],
)
def test_own_words_that_look_like_a_quote_stay(letter: str) -> None:
    assert strip_quotes(letter) == letter


def test_of_a_letter_that_is_all_quote_everything_stays() -> None:
    assert strip_quotes("> Смените код.\n") == "> Смените код."


HTML = {
    "Gmail": '<div dir="ltr">Спасибо, <b>получилось</b>.</div><br><div class="gmail_quote"><div class="gmail_attr">'
    "чт, 20 нояб. 2026 г. в 12:00, Банк &lt;help@bank.example&gt;:</div>"
    '<blockquote class="gmail_quote">Смените код</blockquote></div>',
    "Yandex": "<div>Спасибо, получилось.</div><div><br></div>"
    "<div>20.11.2026, 12:00, «Банк» &lt;help@bank.example&gt;:</div><blockquote><p>Смените код</p></blockquote>",
    "Outlook": '<div><p class="MsoNormal">Спасибо, получилось.<o:p></o:p></p></div><hr><div id="divRplyFwdMsg">'
    "<b>От:</b> Банк<br><b>Отправлено:</b> 20 ноября</div><div>Смените код</div>",
    "Thunderbird": "<html><head><title>x</title><style>p{}</style></head><body><p>Спасибо, получилось.</p>"
    '<div class="moz-cite-prefix">20.11.2026 12:00, Банк пишет:<br></div>'
    '<blockquote type="cite">Смените код</blockquote>',
}


@pytest.mark.parametrize("html", HTML.values(), ids=HTML)
def test_of_html_the_own_words_are_left(html: str) -> None:
    assert strip_quotes(text_of_html(html)) == "Спасибо, получилось."


def test_html_becomes_lines_as_they_are_seen() -> None:
    page = "<p>Карты:&nbsp;две</p><ul><li>синяя</li><li>зелёная</li></ul><table><tr><td>Сумма</td><td>5 ₽</td></table>"
    assert text_of_html(page) == "Карты: две\nсиняя\nзелёная\nСумма 5 ₽"
    assert text_of_html("раз<br>два<br><br>три<script>alert(1)</script>") == "раз\nдва\n\nтри"


@given(st.text(max_size=300))
def test_any_text_is_read_and_words_are_never_lost_altogether(text: str) -> None:
    assert bool(strip_quotes(text)) == bool(text.strip())
    text_of_html(text)


@given(
    st.lists(st.sampled_from(["<div>", "</div>", "<p", "<br>", "</p>", "<blockquote>", "&#", "&lt;", "<!--", "слово"]))
)
def test_any_markup_is_read(pieces: list[str]) -> None:
    text_of_html("".join(pieces))
