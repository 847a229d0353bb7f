"""What can go wrong in `models`. Every message says what is wrong, where (file and line for files), and what to do."""

from pathlib import Path


class ModelError(Exception):
    """Base of every error this package raises on purpose."""


class ArtifactError(ModelError):
    """A trained model directory is unreadable, or does not match the encoder or the taxonomy in use."""


class EncoderError(ModelError):
    """An encoder's name is unknown, its package or weights are missing, or it returned something unusable."""


class _FileError(ModelError):
    """A problem in a file, phrased as `path:line: what`."""

    def __init__(self, what: str, path: Path | str | None = None, line: int | None = None) -> None:
        self.what = what
        self.path = None if path is None else Path(path)
        self.line = line
        where = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(where + what)


class TaxonomyError(_FileError):
    """The taxonomy file can't be used; `path` and `line` (from 1) say where when they are known."""


class DataError(_FileError):
    """A data file (examples, keywords, mood words) can't be used; `path` and `line` (from 1) say where when known."""
