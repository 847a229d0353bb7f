"""Logs: one JSON object a line, or plain text for a terminal. What clients write is never logged."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonFormatter(logging.Formatter):
    """time, level, logger, event and whatever was given as `extra`; an exception as type, place and trace."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["trace"] = _places(record)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """For a terminal: time, level, logger, event, and in brackets what was given as `extra`."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """One line; an exception follows with its trace."""
        more = ", ".join(f"{key}: {value}" for key, value in vars(record).items() if key not in _STANDARD)
        return super().formatMessage(record) + (f" ({more})" if more else "")


def _places(record: logging.LogRecord) -> list[str]:
    # Only where it happened: the text of an exception may quote what a client wrote.
    assert record.exc_info is not None  # noqa: S101
    places, traceback = [], record.exc_info[2]
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places[-12:]


def set_up_logging(level: str, style: Literal["json", "text"]) -> None:
    """Send all logs to standard error in one style."""
    handler = logging.StreamHandler(sys.stderr)
    if style == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(TextFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("httpx", "httpcore", "alembic", "sentence_transformers"):
        logging.getLogger(name).setLevel("WARNING")
