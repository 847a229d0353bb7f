"""What every error over HTTP looks like."""

from typing import Any

import httpx


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem in the answer, after checking that it is one of this status and code and gives nothing away."""
    assert answer.status_code == status, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= body.keys()
    assert (body["status"], body["code"]) == (status, code), body
    assert body["type"].endswith(f"/{code}")
    assert body["title"]
    assert body["detail"]
    assert "Traceback" not in answer.text
    return body
