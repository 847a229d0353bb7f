import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.layout import REPAIR_LIMIT, repair_layout


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ghbdtn rfr gthtdtcnb ltymub", "привет как перевести деньги"),
        ("Ghbdtn! Rfr pf,kjrbhjdfnm rfhne&", "Привет! Как заблокировать карту?"),
        ("ghbdtn, rfr ltkf", "привет, как дела"),
        ("rjulf ghbltn gthtdjl?", "когда придет перевод?"),
        ("yt hf,jnftn apple pay", "не работает apple pay"),
        ("CFQN YT HF,JNFTN", "САЙТ НЕ РАБОТАЕТ"),
        ("не работает ghbkj;tybt", "не работает приложение"),
        ("ltymub ghjgfkb c rfhns", "деньги пропали с карты"),
        ("pf,skf gfhjkm", "забыла пароль"),
        ("j,jcyjdfnm xt[jk lkz njuj", "обосновать чехол для того"),
        ("руддщ", "hello"),
        ("рщц вщ ш ыутв ьщтун", "how do i send money"),
    ],
)
def test_a_message_in_the_wrong_layout_is_turned_round(typed: str, meant: str) -> None:
    assert repair_layout(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "where is my card",
        "lf",
        "yt",
        "Revolut, Wise и N26",
        "my iban is DE89370400440532013000",
        "write to ghbdtn@mail.ru",
        "https://ghbdtn.ru/rfr",
        "тук-тук",
        "ваще шляпа, бгг",
        "Чому не працює",
        "менің картам қайда",
        "nginx qwrt xvcb",
        "",
        "12345 !!! ???",
        "Привет, как дела",
        "пэй эпл не пашет",
    ],
)
def test_text_that_is_right_stays(text: str) -> None:
    assert repair_layout(text) == text


def test_long_texts_are_left_alone() -> None:
    text = "ghbdtn " * REPAIR_LIMIT
    assert repair_layout(text) == text


@given(st.text(st.characters(), max_size=100) | st.text(st.sampled_from("qwertyфывап,.;'[]` &?/"), max_size=60))
def test_repair_is_total(text: str) -> None:
    assert isinstance(repair_layout(text), str)
