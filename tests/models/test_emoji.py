import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.emoji import EMOJI_LIMIT, extract_emojis, plain_emoji


@pytest.mark.parametrize(
    ("text", "emojis"),
    [
        ("не пришло 😭😭", ("😭", "😭")),
        ("🤦🏽\u200d♀️ опять", ("🤦🏽\u200d♀️",)),
        ("👨\u200d👩\u200d👧\u200d👦", ("👨\u200d👩\u200d👧\u200d👦",)),
        ("🇷🇺 ок", ("🇷🇺",)),
        ("спасибо)))", (")))",)),
        ("не работает(", ("(",)),
        ("грустно :-( и =)", (":-(", "=)")),
        ("сердце <3 ^_^", ("<3", "^_^")),
        ("XD xDDD", ("XD", "xDDD")),
    ],
)
def test_emoji_and_smileys_are_found(text: str, emojis: tuple[str, ...]) -> None:
    assert extract_emojis(text)[1] == emojis


@pytest.mark.parametrize(
    "text",
    [
        "кредит (наличными) на год",
        "1) карта 2) вклад",
        "а) вклад б) счёт",
        "https://bank.ru/cards",
        "в 18:30",
        "итого: 300",
        "© 2026 Банк™",
        "цена 5 -> 6, тире — и кавычки «»",
        "id:D7 code:P4",
    ],
)
def test_ordinary_marks_are_no_emoji(text: str) -> None:
    assert extract_emojis(text) == (text, ())


def test_the_text_keeps_its_length() -> None:
    text = "спасибо 😊 вам :)) да((("
    assert len(extract_emojis(text)[0]) == len(text)


def test_ten_thousand_emoji_are_reported_as_a_hundred() -> None:
    assert len(extract_emojis("😭" * 10_000)[1]) == EMOJI_LIMIT


@pytest.mark.parametrize(
    ("emoji", "plain"),
    [("👍🏿", "👍"), ("🤦🏽\u200d♀️", "🤦"), ("❤️", "❤"), (":-)", ")"), ("=(", "("), (")))", ")"), ("XD", "XD")],
)
def test_variants_share_one_spelling(emoji: str, plain: str) -> None:
    assert plain_emoji(emoji) == plain


@given(st.text(st.sampled_from("😭👍🏽\u200d♀️()):;=-D3<^_ а1x/"), max_size=60))
def test_extraction_is_total(text: str) -> None:
    plain, emojis = extract_emojis(text)
    assert len(plain) == len(text)
    assert all(plain_emoji(emoji) for emoji in emojis)
