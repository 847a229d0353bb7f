"""The OpenAPI document is what integrators read: whole, with examples, and with every error there is."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import errors

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def document(http: TestClient) -> dict[str, Any]:
    """The document as it is served."""
    answer = http.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(«GET /path», operation) of everything that is documented."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema behind a reference."""
    reference = schema.get("$ref")
    if reference is None:
        reference = next((each["$ref"] for each in schema.get("anyOf", []) if "$ref" in each), None)
    if reference is None:
        return schema
    found = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(node: Any) -> Iterator[str]:
    """Every reference anywhere in the document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in set(references(document)):
        assert resolved(document, {"$ref": reference})


def test_every_part_of_the_api_is_there(document: dict[str, Any]) -> None:
    there = {name for name, _ in operations(document)}
    conversation = "/api/v1/conversations/{conversation_id}"
    assert there >= {
        "POST /chat/v1/sessions", "POST /chat/v1/messages", "GET /chat/v1/messages", "GET /chat/v1/events",
        "POST /chat/v1/seen", "POST /chat/v1/typing", "POST /api/v1/understand", "GET /api/v1/queue",
        f"GET {conversation}", f"POST {conversation}/take", f"POST {conversation}/reply",
        f"POST {conversation}/return", f"POST {conversation}/close", "GET /health/live", "GET /health/ready",
    }  # fmt: skip


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    silent = [name for name, each in operations(document) if not each.get("description") or not each.get("tags")]
    assert silent == []


def test_every_body_has_an_example_to_copy(document: dict[str, Any]) -> None:
    without = []
    for name, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            schema = resolved(document, media["schema"])
            if "example" in media or "examples" in media or "examples" in schema:
                continue
            for field, described in schema["properties"].items():
                obvious = "enum" in described or described.get("type") == "boolean"
                if not obvious and "examples" not in described:
                    without.append(f"{name}: {field}")
    assert without == []


def test_every_answer_has_examples(document: dict[str, Any]) -> None:
    """A reader sees what a message, a queue entry and a conversation look like without running anything."""
    without = []
    for name in ("MessageOut", "QueueOut", "ConversationOut", "UnderstoodOut", "Session", "Problem"):
        schema = document["components"]["schemas"][name]
        described = schema["properties"].values()
        if "examples" not in schema and not any("examples" in each for each in described):
            without.append(name)
    assert without == []


def expected_errors(name: str, operation: dict[str, Any]) -> set[str]:
    """The errors that an operation can answer with, by what it takes and touches."""
    if "/health/" in name:
        return {"503"} if name.endswith("/ready") else set()
    found = set()
    named = {each["name"].lower() for each in operation.get("parameters", [])}
    if "authorization" in named:
        found |= {"401"}
    if "requestBody" in operation:
        found |= {"413", "422"}
    if named - {"authorization", "last-event-id", "token"}:
        found |= {"422"}
    if not name.endswith(("/sessions", "/understand", "/events")):
        found |= {"503"}
    return found


def test_every_error_that_can_be_answered_is_documented(document: dict[str, Any]) -> None:
    missing = {}
    for name, operation in operations(document):
        absent = expected_errors(name, operation) - operation["responses"].keys()
        if absent:
            missing[name] = sorted(absent)
    assert missing == {}


def test_every_documented_error_is_a_problem_and_nothing_else(document: dict[str, Any]) -> None:
    wrong = []
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")) and "/health/" not in name:
                content = answer.get("content", {})
                schema = content.get(PROBLEM, {}).get("schema", {})
                if set(content) != {PROBLEM} or not schema.get("$ref", "").endswith("/Problem"):
                    wrong.append(f"{name} {status}: {sorted(content)}")
    assert wrong == []
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_a_problem_has_the_fields_of_the_standard_and_a_code(document: dict[str, Any]) -> None:
    assert set(document["components"]["schemas"]["Problem"]["properties"]) >= {
        "type", "title", "status", "detail", "code",
    }  # fmt: skip


def test_the_stream_is_documented_as_a_stream(document: dict[str, Any]) -> None:
    assert "text/event-stream" in document["paths"]["/chat/v1/events"]["get"]["responses"]["200"]["content"]


def test_codes_are_stable_words_each_with_one_meaning() -> None:
    def family(kind: type[errors.SupportError]) -> Iterator[type[errors.SupportError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from family(child)

    codes = [kind.code for kind in family(errors.SupportError)]
    assert len(codes) == len(set(codes))
    assert set(codes) >= {
        "internal", "invalid_input", "message_too_long", "unauthorized", "forbidden", "not_found", "conflict",
        "message_id_reused", "not_holder", "too_many_requests", "storage_unavailable",
    }  # fmt: skip


def test_the_documentation_can_be_read_in_a_browser(http: TestClient) -> None:
    answer = http.get("/docs")
    assert answer.status_code == 200
    assert "openapi.json" in answer.text
