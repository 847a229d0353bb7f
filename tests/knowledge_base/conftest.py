"""A small bank of articles, and an encoder that needs no weights."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base.article import Article
from knowledge_base.words import stems_of


class BagOfStems:
    """Texts that share stems are alike. Deterministic; counts what it encodes."""

    def __init__(self, name: str = "bag", dimension: int = 96) -> None:
        self.name = name
        self.dimension = dimension
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded.extend(texts)
        rows = [self._row(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), dtype=np.float32)

    def _row(self, text: str) -> NDArray[np.float32]:
        row = np.full(self.dimension, 1e-3, dtype=np.float32)
        for token in stems_of(text):
            digest = hashlib.sha256(f"{self.name}{token}".encode()).digest()
            row[int.from_bytes(digest[:4]) % self.dimension] += 1.0 if digest[4] % 2 else -1.0
        return row / np.float32(np.linalg.norm(row))


def make_article(article_id: str, questions: Sequence[str], **fields: Any) -> Article:
    """An article with what a test does not care about filled in."""
    article = Article(
        id=article_id,
        language="ru",
        title=questions[0],
        intents=(article_id,),
        questions=tuple(questions),
        answer=f"Ответ: {questions[0]}.",
    )
    return replace(article, **fields)


@pytest.fixture
def encoder() -> BagOfStems:
    return BagOfStems()


@pytest.fixture
def article() -> Any:
    """Makes an article: `article("card_fee", ["сколько стоит карта"], language="ru")`."""
    return make_article


@pytest.fixture
def bank() -> tuple[Article, ...]:
    """Six Russian articles, two of which exist in English as well."""
    return (
        make_article(
            "card_reissue",
            ["как перевыпустить карту", "срок действия карты истекает", "карта сломалась, нужна новая"],
            title="Перевыпуск карты",
            answer="Закажите перевыпуск в приложении. Это бесплатно и занимает 5 рабочих дней.",
        ),
        make_article(
            "card_fee",
            ["сколько стоит обслуживание карты", "за что списали 99 рублей за карту", "есть ли бесплатная карта"],
            title="Стоимость обслуживания карты",
        ),
        make_article(
            "card_abroad",
            ["работает ли карта за границей", "по какому курсу спишут в другой стране", "еду в отпуск, что с картой"],
            title="Карта за границей",
        ),
        make_article(
            "cash_withdrawal",
            ["где снять наличные без комиссии", "комиссия за снятие в чужом банкомате", "как снять деньги"],
            title="Снятие наличных",
        ),
        make_article("mortgage", ["какая ставка по ипотеке", "рефинансирование ипотеки"], title="Ипотека"),
        make_article("deposit_terms", ["ставки по вкладам", "под какой процент вклад"], title="Вклады"),
        make_article(
            "card_reissue",
            ["how do I get my card reissued", "my card expires soon", "replace a broken card"],
            title="Card reissue",
            language="en",
            answer="Order a reissue in the app. It is free and takes 5 working days.",
        ),
        make_article(
            "mortgage", ["what is the mortgage rate", "refinance a mortgage"], title="Mortgage", language="en"
        ),
    )


@pytest.fixture
def articles_folder(tmp_path: Path) -> Path:
    """A folder with one Russian article that uses a fact."""
    folder = tmp_path / "articles"
    (folder / "ru").mkdir(parents=True)
    (tmp_path / "facts.toml").write_text(
        '[cards]\nreissue_days = { ru = "5 рабочих дней", en = "5 working days" }\n', encoding="utf-8"
    )
    (folder / "ru" / "card_reissue.md").write_text(GOOD, encoding="utf-8")
    return folder


GOOD = """---
id: card_reissue
language: ru
title: "Перевыпуск карты: сроки"
intents: [card_reissue]
questions:
  - как перевыпустить карту
  - сколько ждать новую карту
buttons:
  - {text: Заблокировать карту, intent: card_lost_or_stolen}
---

Перевыпуск занимает {cards.reissue_days}.

## email
Добрый день! Перевыпуск занимает {cards.reissue_days}.
"""


@pytest.fixture
def good() -> str:
    """The text of an article without a problem."""
    return GOOD
