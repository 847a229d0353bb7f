"""Vectors kept on disk: a start encodes only what is new, and a bad file is never trusted."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge_base import vector_cache
from knowledge_base.vector_cache import encode_all

TEXTS = ["где карта", "какая ставка", "где карта"]


def encoded_by(encoder: Any, action: Any) -> list[str]:
    encoder.encoded.clear()
    action()
    return [text for text in encoder.encoded if not text.startswith("Где моя карта?")]


def test_only_new_texts_are_encoded(tmp_path: Path, encoder: Any) -> None:
    cache = tmp_path / "deep" / "vectors.npz"
    first = encode_all(TEXTS, encoder, cache)
    assert encoded_by(encoder, lambda: encode_all(TEXTS, encoder, cache)) == []
    assert encoded_by(encoder, lambda: encode_all([*TEXTS, "курс"], encoder, cache)) == ["курс"]
    np.testing.assert_array_equal(encode_all(TEXTS, encoder, cache), first)
    np.testing.assert_array_equal(encode_all(TEXTS, encoder), first)
    assert [path.name for path in cache.parent.iterdir()] == ["vectors.npz"]


def test_texts_are_prepared_once_until_preparing_changes(
    tmp_path: Path, encoder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, asked = tmp_path / "vectors.npz", []

    def upper(text: str) -> str:
        asked.append(text)
        return text.upper()

    first = encode_all(TEXTS, encoder, cache, model_text=upper)
    np.testing.assert_array_equal(first, encoder.encode([text.upper() for text in TEXTS]))
    np.testing.assert_array_equal(encode_all(TEXTS, encoder, cache, model_text=upper), first)
    assert asked == ["где карта", "какая ставка"]
    monkeypatch.setattr(vector_cache, "preparation_mark", lambda: "another version")
    np.testing.assert_array_equal(encode_all(TEXTS, encoder, cache), encoder.encode(TEXTS))


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "flipped", "pickle", "missing_key", "not_unit", "nan"])
def test_a_damaged_file_is_ignored_and_rebuilt(tmp_path: Path, encoder: Any, damage: str) -> None:
    cache = tmp_path / "vectors.npz"
    expected = encode_all(TEXTS, encoder, cache)
    content = bytearray(cache.read_bytes())
    if damage == "cut":
        cache.write_bytes(content[: len(content) // 2])
    elif damage == "empty":
        cache.write_bytes(b"")
    elif damage == "text":
        cache.write_text("not an archive")
    elif damage == "flipped":
        cache.write_bytes(bytes(byte ^ 0x55 for byte in content))
    elif damage == "pickle":
        np.savez(cache, encoder=np.array([object()]), allow_pickle=True)
    else:
        with np.load(cache) as stored:
            arrays = dict(stored)
        if damage == "missing_key":
            del arrays["hashes"]
        else:
            arrays["vectors"] = arrays["vectors"] * (2.0 if damage == "not_unit" else np.float32("nan"))
        np.savez(cache, **arrays)
    np.testing.assert_array_equal(encode_all(TEXTS, encoder, cache), expected)
    assert encoded_by(encoder, lambda: encode_all(TEXTS, encoder, cache)) == []


def test_another_encoder_does_not_get_these_vectors(tmp_path: Path, encoder: Any) -> None:
    cache = tmp_path / "vectors.npz"
    encode_all(TEXTS, encoder, cache)
    other = type(encoder)("other")
    np.testing.assert_array_equal(encode_all(TEXTS, other, cache), other.encode(TEXTS))


def test_other_weights_under_the_same_name_are_noticed(tmp_path: Path, encoder: Any) -> None:
    cache = tmp_path / "vectors.npz"
    encode_all(TEXTS, encoder, cache)
    tuned = type(encoder)("tuned")
    tuned.name = encoder.name
    tuned._row = type(encoder)("tuned")._row
    np.testing.assert_array_equal(encode_all(TEXTS, tuned, cache), tuned.encode(TEXTS))


def test_a_place_that_cannot_be_written_is_done_without(
    tmp_path: Path, encoder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    vectors = encode_all(TEXTS, encoder, blocked / "vectors.npz")
    assert vectors.shape == (3, encoder.dimension)
    assert "can't be written" in caplog.text


def test_a_crash_while_writing_leaves_the_old_file(
    tmp_path: Path, encoder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "vectors.npz"
    encode_all(TEXTS, encoder, cache)
    before = cache.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    encode_all(["новый"], encoder, cache)
    assert cache.read_bytes() == before
    assert list(tmp_path.iterdir()) == [cache]


def test_no_texts_have_no_vectors(tmp_path: Path, encoder: Any) -> None:
    assert encode_all([], encoder, tmp_path / "vectors.npz").shape == (0, encoder.dimension)
