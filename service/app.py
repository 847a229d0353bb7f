"""create_app(office): the HTTP application, wired together in one place."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.metadata import version

import anyio.to_thread
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from service.api import (
    administration,
    articles,
    call_log,
    channels,
    chat,
    console,
    files,
    mailbox,
    not_me,
    privacy,
    protection,
    shifts,
    signing_in,
    site,
    staff,
    statistics,
    suggestions,
    system,
    work,
)
from service.api.access import Gate
from service.api.limits import LARGEST_BODY, BodyLimit, Timing
from service.api.problems import add_handlers, describe_problem
from service.mail.mailbox import Mailbox
from service.office import Office
from service.porter import Porter
from service.reception import Reception
from service.worker import Worker

DOOR_THREADS = 8
_ABOUT = """\
AI-assisted customer support: clients get an instant answer or a person, operators get ready replies.

* **web chat**: what the widget speaks; visitors are known by a signed token.
* **channels**: where messengers and other systems send their news.
* **sign-in**: how a browser of the staff gets its session; requests that change something must come from this site.
* **staff**: the queue and the conversations, with the session's cookie or an API token (`otklik staff token`).
* **administration**: people, departments and the audit trail, for programs of administrators.
* **suggestions**: ready replies for operators, canned replies.
* **articles**: the knowledge base: versions, preview, publish, withdraw.
* Errors are RFC 9457 problem details with a stable `code`.
"""


def create_app(office: Office, *, with_worker: bool = True) -> FastAPI:
    """The application on an open office; closing the office is the caller's business.

    `with_worker=False` when the time-driven work is done by another process.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = office.settings.threads
        threads = ThreadPoolExecutor(office.settings.threads, thread_name_prefix="chat")
        asyncio.get_running_loop().set_default_executor(threads)
        # Platforms are answered by threads of their own, however many visitors of the web chat wait.
        app.state.door = ThreadPoolExecutor(DOOR_THREADS, thread_name_prefix="door")
        app.state.closing = asyncio.Event()
        office.models.follow()
        worker = Worker(office) if with_worker else None
        porter, reception = Porter(office), Reception(office)
        porter.start()
        reception.start()
        if worker:
            worker.start()
        yield
        app.state.closing.set()
        app.state.door.shutdown(wait=False)
        await anyio.to_thread.run_sync(reception.stop)
        await anyio.to_thread.run_sync(porter.stop)
        if worker:
            await anyio.to_thread.run_sync(worker.stop)

    app = FastAPI(title="Otklik", version=version("otklik"), description=_ABOUT, lifespan=lifespan)
    app.state.office = office
    app.state.gate = Gate(office)
    app.state.typing = office.typing
    app.state.closing = asyncio.Event()
    add_handlers(app)
    app.add_middleware(BodyLimit, largest_upload=office.settings.file_max_mb * 2**20 + LARGEST_BODY)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(office.settings.allowed_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
        expose_headers=["Retry-After"],
    )
    app.add_middleware(Timing, metrics=office.metrics)
    for router in (
        chat.router, channels.router, files.client_router, signing_in.router, staff.router, work.router, console.router,
        files.staff_router, suggestions.router, articles.router, administration.router, protection.router,
        privacy.router, shifts.router, call_log.router, statistics.router, system.understand_router,
        system.health_router, site.widget_router, not_me.router,
    ):  # fmt: skip
        app.include_router(router)
    if office.settings.demo_site:
        app.include_router(site.demo_router)
    if isinstance(office.postman, Mailbox):
        app.include_router(mailbox.router)
    describe_problem(app)
    return app
