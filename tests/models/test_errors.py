from pathlib import Path

import pytest

from models.errors import ArtifactError, DataError, EncoderError, ModelError, TaxonomyError


@pytest.mark.parametrize("kind", [ArtifactError, DataError, EncoderError, TaxonomyError])
def test_every_error_is_a_model_error(kind: type[ModelError]) -> None:
    assert isinstance(kind("broken"), ModelError)


def test_a_file_error_says_where() -> None:
    error = DataError("is empty; write a line", "examples/ru/balance.txt", 7)
    assert str(error) == "examples/ru/balance.txt:7: is empty; write a line"
    assert (error.path, error.line) == (Path("examples/ru/balance.txt"), 7)


def test_a_file_error_without_a_line_names_the_file() -> None:
    assert str(TaxonomyError("is missing", "taxonomy.yaml")) == "taxonomy.yaml: is missing"
    assert str(TaxonomyError("is missing")) == "is missing"
