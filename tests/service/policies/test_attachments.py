"""Which files are taken: by name and content, both; nothing that could run, however it is called."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policies.attachments import LONGEST_NAME, TAKEN, NotTaken, clean_name, judge_bytes

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 20
PDF = b"%PDF-1.7\n%..."


def zipped(**parts: bytes) -> bytes:
    """A zip with these parts («__» in a name stands for a slash)."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in parts.items():
            # A fixed time: test processes that start in different seconds have to name the same tests.
            archive.writestr(zipfile.ZipInfo(name.replace("__", "/")), content)
    return held.getvalue()


DOCX = zipped(**{"[Content_Types].xml": b"<x/>", "word__document.xml": b"<x/>"})
MACROS = zipped(**{"[Content_Types].xml": b"", "word__document.xml": b"", "word__vbaProject.bin": b"MZ"})
ODT = zipped(mimetype=b"application/vnd.oasis.opendocument.text")


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.png", PNG, "image/png"), ("фото.JPEG", JPEG, "image/jpeg"), ("a.gif", b"GIF89a..", "image/gif"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic", "image/heic"), ("договор.pdf", PDF, "application/pdf"),
        ("a.txt", "привет".encode(), "text/plain"), ("a.txt", "привет".encode("cp1251"), "text/plain"),
        ("a.txt", "привет".encode("utf-16"), "text/plain"), ("a.csv", b"a;b\r\n1;2", "text/csv"),
        ("a.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.odt", ODT, "application/vnd.oasis.opendocument.text"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "application/msword"),
    ],
)  # fmt: skip
def test_what_clients_really_send_is_taken(name: str, content: bytes, media_type: str) -> None:
    assert judge_bytes(name, content).media_type == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b"<svg onload=alert(1)>"), ("a.html", b"<html>"), ("a.exe", b"MZ..."), ("a.js", b"alert(1)"),
        ("a", PNG), ("a.png.exe", PNG), ("a.zip", zipped(a=b"")), ("", PNG), ("png", PNG), ("a.docm", MACROS),
        ("a.sh", b"#!/bin/sh"), ("a.pdf.html", PDF), ("a.html\x00.exe", b"MZ"), ("a.p\u200bng2", PNG),
    ],
)  # fmt: skip
def test_other_kinds_are_refused_by_name(name: str, content: bytes) -> None:
    with pytest.raises(NotTaken, match="send pictures"):
        judge_bytes(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"MZ\x90\x00"), ("a.png", b"<svg onload=alert(1)>"), ("a.pdf", b"MZ%PDF-1.7"), ("a.pdf", b"<html>"),
        ("a.txt", b"<html><script>"), ("a.txt", b"\xef\xbb\xbf  <!DOCTYPE html>"), ("a.txt", b"MZ\x90\x00\x03"),
        ("a.txt", b"#!/bin/sh\nrm -rf /"), ("a.txt", b"\x7fELF\x02\x01"), ("a.txt", b"<?php system($_GET[1]);"),
        ("a.docx", zipped(a=b"")), ("a.docx", MACROS), ("a.docx", b"PK\x03\x04broken"), ("a.docx", b"junk" + DOCX),
        ("a.odt", DOCX), ("a.xlsx", DOCX), ("a.doc", DOCX), ("a.jpg", DOCX), ("a.webp", b"RIFF....AVI "),
    ],
)  # fmt: skip
def test_a_disguised_file_is_refused_with_a_clear_message(name: str, content: bytes) -> None:
    with pytest.raises(NotTaken, match="not what its name says"):
        judge_bytes(name, content)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(NotTaken, match="empty"):
        judge_bytes("a.png", b"")


def test_a_picture_under_another_picture_s_name_gets_its_own() -> None:
    assert judge_bytes("IMG 1.png", JPEG).name == "IMG 1.jpg"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("../../etc/passwd.txt", "passwd.txt"), ("C:\\Users\\я\\чек.PDF", "чек.pdf"),
        ("a\u202egnp.exe.png", "agnp.exe.png"),
        (".htaccess.txt", "htaccess.txt"), ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"), ("\ud800.png", "_.png"),
        ("  чек   об оплате .pdf", "чек об оплате.pdf"), ("<b>.txt", "_b_.txt"), ("....", "file"),
    ],
)  # fmt: skip
def test_names_are_cleaned(written: str, shown: str) -> None:
    assert clean_name(written) == shown


@given(st.text())
def test_any_name_becomes_one_that_is_safe_to_show(written: str) -> None:
    name = clean_name(written)
    name.encode("utf-8")
    assert 0 < len(name) <= LONGEST_NAME
    assert not set(name) & set('/\\<>:"|?*\r\n\0')
    assert not name.startswith(".")
    assert clean_name(name) == name


@given(st.sampled_from(TAKEN), st.binary(max_size=200))
def test_any_content_is_judged_and_never_breaks(extension: str, content: bytes) -> None:
    try:
        assert judge_bytes("a" + extension, content).media_type
    except NotTaken as refusal:
        assert str(refusal)
