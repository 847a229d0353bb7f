"""Is this file what it says, and do we take such files? By its name and by its content, both.

Pictures, PDF, plain text and office documents. Everything that a browser or a system could run is refused, whatever it
is called: SVG and HTML are programs too.
"""

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

LONGEST_NAME = 120
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".heic": "image/heic", ".heif": "image/heic",
}  # fmt: skip
_OOXML = {
    ".docx": (_OFFICE + "wordprocessingml.document", "word/"),
    ".xlsx": (_OFFICE + "spreadsheetml.sheet", "xl/"),
    ".pptx": (_OFFICE + "presentationml.presentation", "ppt/"),
}
_ODF = {
    ".odt": _OPEN_DOCUMENT + "text",
    ".ods": _OPEN_DOCUMENT + "spreadsheet",
    ".odp": _OPEN_DOCUMENT + "presentation",
}
_OLD_OFFICE = {
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
}
_TEXTS = {".txt": "text/plain", ".csv": "text/csv", ".log": "text/plain"}
TAKEN = (*_PICTURES, ".pdf", *_TEXTS, *_OOXML, *_ODF, *_OLD_OFFICE)
_MARKUP = re.compile(rb"^\s*(<!doctype|<html|<head|<body|<svg|<\?xml|<\?php|<script|<!--|#!|mz)", re.IGNORECASE)
_MOST_PARTS = 5000


class NotTaken(ValueError):
    """The file can't be taken; the words say why and what would be, `reason` and `kind` (its ending) say it short."""

    def __init__(self, words: str, reason: str, kind: str = "") -> None:
        super().__init__(words)
        self.reason = reason
        self.kind = kind


@dataclass(frozen=True)
class Judged:
    """A file that is taken: the name it is shown with and its true type."""

    name: str
    media_type: str


def judge_file(name: str, content: BinaryIO) -> Judged:
    """The cleaned name and true type of a file; NotTaken for anything else than it says or than we take.

    Reads at most the file itself, leaves it at any position.
    """
    cleaned = clean_name(name)
    stem, extension = _split(cleaned)
    if extension not in TAKEN:
        words = f"files of the type {extension or 'without a name ending'} are not taken; send {_offer()}"
        raise NotTaken(words, "file_kind", extension)
    content.seek(0)
    head = content.read(4096)
    if not head:
        raise NotTaken("the file is empty", "file_empty")
    found = _type_of(extension, head, content)
    if found is None:
        words = f"the content of this file is not what its name says ({extension}); send the original file"
        raise NotTaken(words, "file_disguised", extension)
    if extension in _PICTURES and _PICTURES[extension] != found:  # phones often name pictures wrongly
        extension = next(each for each, media_type in _PICTURES.items() if media_type == found)
    return Judged(stem + extension, found)


def clean_name(written: str) -> str:
    """A name that is safe to show and to save under: no folders, no invisible or direction-changing letters."""
    plain = written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    plain = plain.replace("\\", "/").rpartition("/")[2]
    kept = "".join(each for each in plain if unicodedata.category(each)[0] not in "CZ" or each == " ")
    kept = re.sub(r'[<>:"|?*\ufffd]', "_", " ".join(kept.split())).lstrip(". ").rstrip(". ")
    stem, extension = _split(kept)
    return (stem[: LONGEST_NAME - len(extension)].strip(". ") or "file") + extension


def _split(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    if not dot or not ending.isascii() or not ending.isalnum() or len(ending) > 8:
        return name, ""
    return stem, f".{ending.lower()}"


def _offer() -> str:
    return "pictures (png, jpg, gif, webp, heic), pdf, txt, csv, docx, xlsx, pptx or odt"


def _type_of(extension: str, head: bytes, content: BinaryIO) -> str | None:
    if extension in _PICTURES:
        return _picture(head)
    if extension == ".pdf":
        return "application/pdf" if head.startswith(b"%PDF-") else None
    if extension in _OLD_OFFICE:
        return _OLD_OFFICE[extension] if head.startswith(_OLE) else None
    if extension in _TEXTS:
        return _TEXTS[extension] if _is_text(content) else None
    return _document(extension, content)


def _picture(head: bytes) -> str | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heif"):
        return "image/heic"
    return None


def _is_text(content: BinaryIO) -> bool:
    content.seek(0)
    whole = content.read()
    if _MARKUP.match(whole.removeprefix(b"\xef\xbb\xbf")):
        return False
    if whole.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decodes(whole, "utf-16")
    if any(byte < 32 and byte not in b"\t\n\r\f\x1a" for byte in set(whole)):
        return False
    return _decodes(whole, "utf-8") or _decodes(whole, "cp1251")


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _document(extension: str, content: BinaryIO) -> str | None:
    """The type of a zipped document, told by its parts; None with macros or when it is another zip."""
    content.seek(0)
    if content.read(4) != b"PK\x03\x04":  # a zip behind something else could be two files in one
        return None
    try:
        with zipfile.ZipFile(content) as parts:
            names = parts.namelist()
            if len(names) > _MOST_PARTS or any("vbaproject" in name.lower() for name in names):
                return None
            if extension in _OOXML:
                media_type, folder = _OOXML[extension]
                whole = "[Content_Types].xml" in names and any(name.startswith(folder) for name in names)
                return media_type if whole else None
            declared = parts.getinfo("mimetype")
            if declared.file_size > LONGEST_NAME:
                return None
            return _ODF[extension] if parts.read("mimetype") == _ODF[extension].encode() else None
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return None


def judge_bytes(name: str, content: bytes) -> Judged:
    """`judge_file` for content that is in memory."""
    return judge_file(name, io.BytesIO(content))
