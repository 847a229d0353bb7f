"""What every encoder must hold. A test class inherits `EncoderContract` and supplies the fixture `encoder`."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.encoder import Encoder

TEXTS = [
    "Где моя карта?",
    "Where is my card?",
    "",
    "Перевод не дошёл, деньги ушли три дня назад",
    "я потерял карту",
    " ",
    "12345",
    "🙂🙂🙂",
]


class EncoderContract:
    """The cases of `models.encoder.Encoder`."""

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> Encoder:
        pytest.fail("an encoder's test class must supply the fixture `encoder`")

    def test_gives_one_row_a_text_as_float32(self, encoder: Encoder) -> None:
        vectors = encoder.encode(TEXTS)
        assert vectors.shape == (len(TEXTS), encoder.dimension)
        assert vectors.dtype == np.float32

    def test_every_row_has_length_one(self, encoder: Encoder) -> None:
        assert np.linalg.norm(encoder.encode(TEXTS), axis=1) == pytest.approx(1.0, abs=1e-5)

    def test_the_same_text_gives_the_same_vector(self, encoder: Encoder) -> None:
        assert np.array_equal(encoder.encode(TEXTS), encoder.encode(TEXTS))

    def test_a_vector_does_not_depend_on_its_neighbours(self, encoder: Encoder) -> None:
        alone = np.vstack([encoder.encode([text]) for text in TEXTS])
        assert np.allclose(encoder.encode(TEXTS), alone, atol=1e-4)

    def test_different_texts_give_different_vectors(self, encoder: Encoder) -> None:
        first, second = encoder.encode(["Where is my card?", "I want to close my account today"])
        assert first @ second < 0.999

    def test_no_texts_give_no_rows(self, encoder: Encoder) -> None:
        assert encoder.encode([]).shape == (0, encoder.dimension)

    def test_a_huge_text_is_read_in_bounded_time(self, encoder: Encoder) -> None:
        vectors = encoder.encode(["карта не работает " * 6_000])
        assert np.isfinite(vectors).all()

    @pytest.mark.parametrize("text", ["\ud800", "a\x00b", "\u202eabc", "e\u0301" * 50])
    def test_strange_characters_are_no_error(self, encoder: Encoder, text: str) -> None:
        assert np.linalg.norm(encoder.encode([text])[0]) == pytest.approx(1.0, abs=1e-5)

    def test_threads_may_share_it(self, encoder: Encoder) -> None:
        expected = encoder.encode(TEXTS)
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda _: encoder.encode(TEXTS), range(8)))
        assert all(np.allclose(result, expected, atol=1e-5) for result in results)

    def test_its_name_is_a_spec(self, encoder: Encoder) -> None:
        assert encoder.name.partition(":")[0] in ("use", "sentence-transformers", "onnx")
