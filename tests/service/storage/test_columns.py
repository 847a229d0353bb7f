"""What is kept as JSON comes back as it was, and is kept in letters rather than in escapes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.storage.columns import read_json, write_json

VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**53), 2**53) | some.floats(allow_nan=False) | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_was_written_is_read_and_every_json_reader_agrees(value: Any) -> None:
    assert read_json(write_json(value)) == value
    assert json.loads(write_json(value)) == value


def test_russian_is_kept_as_letters() -> None:
    assert write_json({"текст": "карта"}) == '{"текст":"карта"}'


@pytest.mark.parametrize("text", ["\ud800", "перед \udfff после"])
def test_half_an_emoji_is_kept_as_an_escape(text: str) -> None:
    written = write_json({"text": text})
    assert written.isascii()
    assert read_json(written) == {"text": text}


def test_what_earlier_versions_escaped_is_read() -> None:
    assert read_json(json.dumps({"текст": "карта"})) == {"текст": "карта"}
    assert read_json(b'{"a": [1, 2.5]}') == {"a": [1, 2.5]}
