from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import DataError
from models.preparation import prepare
from models.sentiment import Mood, MoodReader

FOLDER = Path(__file__).parents[2] / "training" / "data" / "mood"
READER = MoodReader.load(FOLDER)


def mood(text: str) -> Mood:
    prepared = prepare(text)
    return READER.read(prepared.clean, prepared.emojis)


@pytest.mark.parametrize(
    "text",
    [
        "Вы идиоты!!!",
        "отвратительный сервис",
        "надоело ждать ответа",
        "не понравилось обслуживание",
        "почему так долго 😭",
        "не могу войти :(",
        "ГДЕ МОИ ДЕНЬГИ??",
        "😡😡😡",
        "вы меня обманули, подам в суд",
        "This is terrible service",
        "I am so disappointed",
        "not happy with your bank",
    ],
)
def test_unhappy_clients_are_heard(text: str) -> None:
    assert mood(text).label == "negative"


@pytest.mark.parametrize(
    "text", ["Спасибо большое!", "всё получилось)))", "вы молодцы 👍", "thanks a lot", "awesome service"]
)
def test_happy_clients_are_heard(text: str) -> None:
    assert mood(text).label == "positive"


@pytest.mark.parametrize(
    "text",
    [
        "где моя карта?",
        "сколько можно перевести в день",
        "когда скоро придёт выписка",
        "меня не обманули, всё ровно",
        "what kind of card is best",
        "please advise the exchange rate",
        "кредит (наличными) на год",
        "",
    ],
)
def test_plain_questions_are_neutral(text: str) -> None:
    assert mood(text) == Mood("neutral", mood(text).score, urgent=False)


@pytest.mark.parametrize(
    "text", ["срочно заблокируйте", "карту украли", "I need it asap", "my card was stolen", "помогите 🆘"]
)
def test_what_cannot_wait_is_urgent(text: str) -> None:
    assert mood(text).urgent


@pytest.mark.parametrize("text", ["это не срочно", "скорее всего завтра", "скоро буду", "not urgent at all"])
def test_what_can_wait_is_not(text: str) -> None:
    assert not mood(text).urgent


def test_more_signs_make_a_stronger_mood() -> None:
    assert mood("ужасный сервис").score > mood("УЖАСНЫЙ СЕРВИС").score
    assert mood("плохо").score > mood("плохо 😡😡").score
    assert mood("плохо!!!").score < mood("плохо").score
    assert mood("😭" * 3).score == mood("😭" * 300).score


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_shipped_lists_are_long_enough(language: str) -> None:
    from models.phrases import read_lists

    lists = read_lists(FOLDER / f"{language}.toml")
    least = 60 if language == "ru" else 30
    assert all(len(set(lists[name])) >= least for name in ("negative", "strong_negative", "positive", "urgent"))
    assert lists["insults"]
    assert lists["negators"]


@given(st.text(st.characters(), max_size=200))
def test_reading_is_total_and_bounded(text: str) -> None:
    result = mood(text)
    assert -1 <= result.score <= 1


def test_broken_lists_are_refused_with_the_file_and_the_line(tmp_path: Path) -> None:
    for name in ("ru", "en", "emoji"):
        (tmp_path / f"{name}.toml").write_bytes((FOLDER / f"{name}.toml").read_bytes())
    (tmp_path / "en.toml").write_text("negative = []\npositive = [1]\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"en\.toml:2: `positive` holds 1"):
        MoodReader.load(tmp_path)
    (tmp_path / "en.toml").write_text("negative = []\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"en\.toml: `strong_negative` is missing"):
        MoodReader.load(tmp_path)
    (tmp_path / "en.toml").write_text("negative = [", encoding="utf-8")
    with pytest.raises(DataError, match=r"en\.toml.*not valid TOML"):
        MoodReader.load(tmp_path)
    (tmp_path / "en.toml").unlink()
    with pytest.raises(DataError, match=r"en\.toml: can't be read"):
        MoodReader.load(tmp_path)
