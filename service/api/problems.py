"""Errors over HTTP: RFC 9457 problem details with stable codes."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from service.errors import SupportError, TooManyRequests

log = logging.getLogger(__name__)
_TYPES = "https://otklik.dev/errors/"
_CODES = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
          413: "too_large", 415: "unsupported_media_type"}  # fmt: skip


class Problem(BaseModel):
    """RFC 9457 problem details. `code` is stable and meant for programs, `detail` for people."""

    type: str = Field(examples=[f"{_TYPES}invalid_input"])
    title: str = Field(examples=["The request can't be taken as it is"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["text: is empty; write something"])
    code: str = Field(examples=["invalid_input"])


def problem(
    status: int, code: str, title: str, detail: str, headers: Mapping[str, str] | None = None, **fields: Any
) -> JSONResponse:
    """One problem as a response."""
    body = {"type": _TYPES + code, "title": title, "status": status, "detail": detail, "code": code} | fields
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of these error statuses."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _CODES.get(status, "problem"), "content": content} for status in statuses}


def describe_problem(app: FastAPI) -> None:
    """Put the schema of problems into the OpenAPI document; `responses` refers to it."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"].setdefault("Problem", schema)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def add_handlers(app: FastAPI) -> None:
    """Make every error of the application a problem."""

    @app.exception_handler(SupportError)
    def support_error(_request: Request, error: SupportError) -> JSONResponse:
        if error.status >= 500:
            log.warning("request failed", extra={"code": error.code, "problem": error.detail})
        headers: dict[str, str] = {}
        if isinstance(error, TooManyRequests):
            headers["Retry-After"] = str(error.retry_after)
        elif error.status == 503:
            headers["Retry-After"] = "1"
        elif error.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return problem(error.status, error.code, error.title, error.detail, headers, **error.fields)

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        # Never the input itself: it may be a client's secret.
        places = [{"where": ".".join(map(str, e["loc"])), "what": e["msg"]} for e in error.errors()]
        detail = "; ".join(f"{each['where']}: {each['what']}" for each in places[:5])
        return problem(422, "invalid_input", "The request can't be taken as it is", detail, None, errors=places[:20])

    @app.exception_handler(HTTPException)
    def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "http_error")
        return problem(error.status_code, code, str(error.detail), str(error.detail), error.headers)

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> JSONResponse:
        request.app.state.office.metrics.errors.labels("http").inc()
        log.error("unexpected error", exc_info=error, extra={"path": request.url.path})
        detail = "the error was logged; try again, and tell the administrator if it stays"
        return problem(500, "internal", "Something went wrong on our side", detail)
