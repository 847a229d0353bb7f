"""Numbers that no row can have, in every place of every route, on both databases: refused, never an accident."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.storage.staff import Role
from tests.service.shifts.conftest import Desk
from tests.service.small_office import hire

LARGE = (2**31 - 1, 2**31, 2**63 - 1, 2**70)


def filled(schema: Any, document: dict[str, Any], number: int) -> Any:
    """A body of this schema with the number wherever a whole number goes."""
    if "$ref" in schema:
        return filled(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document, number)
    kinds = [schema, *schema.get("anyOf", ())]
    if any(each.get("type") == "integer" for each in kinds):
        return number
    if schema.get("type") == "object":
        return {name: filled(each, document, number) for name, each in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [filled(schema.get("items", {}), document, number)]
    return schema.get("examples", [schema.get("default", schema.get("enum", ["x"])[0])])[0]


@pytest.mark.parametrize("number", LARGE)
def test_a_number_that_no_row_has_is_refused(desk: Desk, number: int) -> None:
    headers = {"Authorization": f"Bearer {hire(desk.office, 'root', role=Role.ADMIN)[1]}"}
    problems, tried = [], 0
    with TestClient(create_app(desk.office, with_worker=False), raise_server_exceptions=False) as http:
        document = http.get("/openapi.json").json()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                asked = [each for each in operation.get("parameters", ()) if "integer" in str(each["schema"])]
                content = operation.get("requestBody", {}).get("content", {}).get("application/json")
                body = filled(content["schema"], document, number) if content else None
                numbers = "{" in path or asked or str(number) in str(body)
                if not path.startswith(("/api/v1", "/staff/v1")) or not numbers:
                    continue
                tried += 1
                query = {each["name"]: number for each in asked if each["in"] == "query"}
                address = re.sub(r"\{\w+\}", str(number), path)
                answer = http.request(method, address, headers=headers, params=query, json=body)
                if answer.status_code >= 500:
                    problems.append((method, path, answer.status_code, answer.text[:200]))
    assert problems == []
    assert tried > 40
