"""Logs say what happened and why, in either style, and never what clients wrote."""

import json
import logging

import pytest

from service.logs import JsonFormatter, TextFormatter


def record(**extra: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "service.x", "levelno": 40, "levelname": "ERROR", "msg": "no model"} | extra)


def test_a_terminal_shows_the_reason_too() -> None:
    line = TextFormatter("%(levelname)s %(name)s: %(message)s").format(record(problem="made without a taxonomy"))
    assert line == "ERROR service.x: no model (problem: made without a taxonomy)"
    assert TextFormatter("%(message)s").format(record()) == "no model"


def test_a_machine_gets_the_same_as_fields() -> None:
    line = json.loads(JsonFormatter().format(record(problem="why", n=3)))
    assert (line["level"], line["event"], line["problem"], line["n"]) == ("error", "no model", "why", 3)


def test_the_words_of_an_exception_stay_out_of_json() -> None:
    with pytest.raises(ValueError, match="secret words") as caught:
        raise ValueError("secret words of a client")
    line = JsonFormatter().format(record(exc_info=(caught.type, caught.value, caught.tb)))
    assert "secret" not in line
    assert json.loads(line)["exception"] == "ValueError"
