"""A model of three intents on a toy encoder: trains in a fraction of a second."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.artifact import Manifest
from models.bundle import Bundle
from models.encoder import normalise_rows
from training.dataset import Dataset, Example
from training.fit import fit

DIMENSION = 48


class WordEncoder:
    """Adds up a fixed random direction for each word: alike texts get alike vectors."""

    def __init__(self, name: str = "use", dimension: int = DIMENSION, salt: int = 0) -> None:
        self.name, self.dimension, self.salt = name, dimension, salt
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls += 1
        rows = np.zeros((len(texts), self.dimension))
        for row, text in enumerate(texts):
            for word in text.lower().split():
                seed = int.from_bytes(hashlib.sha256(f"{self.salt}{word}".encode()).digest()[:4], "big")
                rows[row] += np.random.default_rng(seed).normal(size=self.dimension)
        return normalise_rows(rows)


PHRASES = {
    "card_lost": [
        "потерял карту",
        "украли карту вчера",
        "карта пропала",
        "нет моей карты нигде",
        "утеряна карта помогите",
    ],
    "rate": ["какой курс доллара", "почём евро сегодня", "курс валюты", "сколько стоит юань", "обмен валюты по курсу"],
    "greeting": ["привет", "добрый день", "здравствуйте все", "доброе утро", "вечер добрый друзья"],
    "out_of_scope": [
        "расскажи анекдот",
        "какая погода завтра",
        "кто выиграл матч",
        "рецепт борща",
        "сколько лет солнцу",
    ],
}
ENDINGS = ["", "пожалуйста", "срочно", "подскажите", "мне надо знать"]


def small_dataset(out_of_scope: bool = True) -> Dataset:
    """25 messages of each of three intents, and as many out of scope."""
    return Dataset(
        tuple(
            Example(f"{phrase} {ending}".strip(), label, "ru", "plain", "small.txt", 1)
            for label, phrases in PHRASES.items()
            if out_of_scope or label != "out_of_scope"
            for phrase in phrases
            for ending in ENDINGS
        )
    )


def train_small(out: Path, dataset: Dataset | None = None, encoder: WordEncoder | None = None) -> Manifest:
    """Train on the small data set into `out`."""
    return fit(dataset or small_dataset(), encoder=[encoder or WordEncoder()], out=out, workers=1)


def load_small(folder: Path) -> Bundle:
    """Load what `train_small` wrote, with the toy encoder."""
    return Bundle.load(folder, encoders=[WordEncoder()])
