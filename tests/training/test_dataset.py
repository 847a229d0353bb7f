from pathlib import Path

import pytest

from models.errors import DataError
from models.taxonomy import Intent, Taxonomy
from training.dataset import Dataset, Example, load_dataset


def _write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_reads_a_folder_with_languages_styles_and_lines(tmp_path: Path) -> None:
    _write(tmp_path / "ru" / "rate.txt", "# курсы\n\nпочём евро\n[terse]\n  курс  \n")
    _write(tmp_path / "en" / "out_of_scope.txt", "[noise]\nasdf\n")
    assert load_dataset(tmp_path).examples == (
        Example("почём евро", "rate", "ru", None),
        Example("курс", "rate", "ru", "terse"),
        Example("asdf", "out_of_scope", "en", "noise"),
    )
    assert [e.line for e in load_dataset(tmp_path).examples] == [3, 5, 2]


def test_finds_the_examples_inside_a_data_folder(tmp_path: Path) -> None:
    _write(tmp_path / "examples" / "ru" / "rate.txt", "курс\n")
    _write(tmp_path / "golden" / "ru" / "rate.txt", "другое\n")
    assert [e.text for e in load_dataset(tmp_path).examples] == ["курс"]
    assert [e.text for e in load_dataset(tmp_path / "golden").examples] == ["другое"]


@pytest.mark.parametrize("column", ["label", "category", "intent"])
def test_reads_csv_with_quoted_commas_and_lines(tmp_path: Path, column: str) -> None:
    file = _write(tmp_path / "a.csv", f'\ufefftext,{column}\n"one, two",a\n"three\nfour",b\nfive,a\n')
    examples = load_dataset(file).examples
    assert [(e.text, e.label) for e in examples] == [("one, two", "a"), ("three\nfour", "b"), ("five", "a")]
    assert [e.line for e in examples] == [2, 3, 5]


def test_reads_csv_with_windows_line_ends(tmp_path: Path) -> None:
    file = _write(tmp_path / "a.csv", b"text,label\r\none,a\r\ntwo,b\r\n")
    assert [(e.text, e.label) for e in load_dataset(file).examples] == [("one", "a"), ("two", "b")]


def test_reads_jsonl_with_language_and_style(tmp_path: Path) -> None:
    file = _write(tmp_path / "a.jsonl", '{"text": "курс", "label": "rate", "language": "ru", "style": "terse"}\n\n')
    assert load_dataset(file).examples == (Example("курс", "rate", "ru", "terse"),)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "", "a.csv:1: the first line must name the columns"),
        ("a.csv", "text,topic\na,b\n", "a.csv:1: the first line must name the columns"),
        ("a.csv", "text,label\none,a\ntwo\n", "a.csv:3: has 1 fields, the header has 2"),
        ("a.csv", "text,label\none,\n", "a.csv:2: the label is empty"),
        ("a.csv", 'text,label\n"one,a\n', "is not valid CSV"),
        ("a.csv", "text,label\n", "holds no examples"),
        ("a.csv", b"text,label\nok,a\n\xff\xfe,b\n", "a.csv:3: is not UTF-8"),
        ("a.jsonl", '{"text": "a", "label": "b"}\n{"text"\n', "a.jsonl:2: is not JSON"),
        ("a.jsonl", "[1]\n", "a.jsonl:1: must be an object"),
        ("a.jsonl", '{"text": 5, "label": "b"}\n', "a.jsonl:1: must have text and label"),
        ("a.jsonl", '{"text": "a", "label": "b", "style": 5}\n', "a.jsonl:1: language and style must be strings"),
        ("a.txt", "a\n", "only a folder of examples"),
        ("ru/Rate.txt", "a\n", "is not named <intent>.txt"),
        ("de/rate.txt", "a\n", "holds none of ru/, en/, other/"),
        ("ru/rate.txt", "# nothing\n", "holds no examples"),
        ("ru/rate.txt", b"ok\n\xff\n", "rate.txt:2: is not UTF-8"),
    ],
)
def test_what_can_not_be_understood_is_named_with_file_and_line(
    tmp_path: Path, name: str, content: str | bytes, says: str
) -> None:
    file = _write(tmp_path / name, content)
    with pytest.raises(DataError) as error:
        load_dataset(tmp_path if "/" in name else file)
    assert says in str(error.value)


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        load_dataset(tmp_path / "nothing.csv")


def test_an_empty_text_is_left_out_with_a_warning(tmp_path: Path) -> None:
    dataset = load_dataset(_write(tmp_path / "a.csv", "text,label\n  ,a\none,b\n"))
    assert [e.text for e in dataset.examples] == ["one"]
    assert dataset.warnings == (f"{tmp_path}/a.csv:2: the text is empty; left out",)


def test_a_text_with_two_labels_is_a_warning_with_both_places(tmp_path: Path) -> None:
    dataset = load_dataset(_write(tmp_path / "a.csv", "text,label\nOne two,a\none  two,b\n"))
    assert len(dataset.examples) == 2
    assert "a.csv:3: the same text is `a` at" in dataset.warnings[0]


def test_the_hash_is_of_the_content_and_not_of_the_place(tmp_path: Path) -> None:
    first = load_dataset(_write(tmp_path / "a.csv", "text,label\none,a\n"))
    moved = load_dataset(_write(tmp_path / "b.jsonl", '{"label": "a", "text": "one"}\n'))
    other = load_dataset(_write(tmp_path / "c.csv", "text,label\none,b\n"))
    assert first.hash == moved.hash != other.hash


def test_a_label_the_taxonomy_does_not_know_is_named() -> None:
    taxonomy = Taxonomy(1, ("general",), (Intent("rate", "general", "answer", "курсы"),))
    known = Example("курс", "rate")
    Dataset((known, Example("x", "out_of_scope"))).check_labels(taxonomy)
    with pytest.raises(DataError, match=r"f\.txt:7: label `rates` is not in the taxonomy"):
        Dataset((known, Example("x", "rates", file="f.txt", line=7))).check_labels(taxonomy)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_more_examples_than_fit_in_memory_are_refused_without_reading_on(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.dataset.MOST_EXAMPLES", 3)
    file = tmp_path / f"many.{kind}"
    line = "{},rate\n" if kind == "csv" else '{{"text": "{}", "label": "rate"}}\n'
    lines = [line.format(f"text {number}") for number in range(4)]
    file.write_text(("text,label\n" if kind == "csv" else "") + "".join(lines) + "\x00 not read\n")
    with pytest.raises(DataError, match=r"more than 3 examples.*draw a sample"):
        load_dataset(file)
    file.write_text(("text,label\n" if kind == "csv" else "") + "".join(lines[:3]))
    assert len(load_dataset(file).examples) == 3
