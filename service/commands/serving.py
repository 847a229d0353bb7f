"""otklik serve, worker and demo: run the service."""

import asyncio
import gc
import signal
import sys
import threading
from typing import Annotated, Any

import typer
import uvicorn

from models.encoders.unpacked import keep_tables_in
from service import cores
from service.app import create_app
from service.commands.console import err, plain_errors
from service.commands.setup import train_if_missing
from service.demo.living import LivingThread
from service.demo.seed import PASSWORD, DemoStaff, seed
from service.heap import give_back_memory, loading
from service.logs import set_up_logging
from service.office import open_office
from service.porter import Porter
from service.preparation import prepare_database
from service.reader_process import default_processes
from service.reception import Reception
from service.settings import Settings
from service.worker import Worker

SWITCH_SECONDS = 0.0005
"""How soon a thread that waits for the interpreter gets it. Requests hand it over at every statement of the database
and every product of matrices; at Python's default of 5 ms they would mostly wait for each other."""

Host = Annotated[str | None, typer.Option(help="Address to listen on [OTKLIK_HOST].")]
Port = Annotated[int | None, typer.Option(help="Port to listen on, 0 for any free one [OTKLIK_PORT].")]


class _Server(uvicorn.Server):
    """Tells open event streams that the end has come, so that stopping takes a moment and not their lifetime."""

    def __init__(self, config: uvicorn.Config, app: Any) -> None:
        super().__init__(config)
        self._application = app

    def handle_exit(self, sig: int, frame: Any) -> None:
        self._application.state.closing.set()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                err.print(f"listening on http://{host}:{port}", soft_wrap=True)


def serve(
    host: Host = None, port: Port = None, with_worker: Annotated[bool, typer.Option("--worker/--no-worker")] = True
) -> None:
    """Serve the API and the web chat. Needs a migrated database; several processes may share one."""
    with plain_errors():
        run(_with(Settings(), host, port), with_worker=with_worker)


def worker() -> None:
    """Do the time-driven work only: unanswered bursts, deliveries, errands, reloading what was changed elsewhere."""
    with plain_errors():
        settings = Settings()
        set_up_logging(settings.log_level, settings.log_format)
        keep_tables_in(settings.var_dir)
        office = open_office(settings)
        done = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: done.set())
        office.models.follow()
        working, porter, reception = Worker(office), Porter(office), Reception(office)
        working.start()
        porter.start()
        reception.start()
        done.wait()
        reception.stop()
        porter.stop()
        working.stop()
        office.close()


def demo(
    host: Host = None,
    port: Port = None,
    seeded: Annotated[bool, typer.Option("--seed/--no-seed", help="Clients who wait in the queue.")] = True,
    live: Annotated[
        bool, typer.Option("--live/--no-live", envvar="OTKLIK_DEMO_LIVE", help="Scripted clients who keep writing.")
    ] = True,
) -> None:
    """Everything at once for a first look: migrate, import, train when needed, seed, serve, and say what to open."""
    with plain_errors():
        settings = _with(Settings(), host, port)
        demo_only = {"explain": True, "demo_site": True, "log_format": "text"}
        if "back_office" not in settings.model_fields_set:
            demo_only["back_office"] = "demo"
        if "mail" not in settings.model_fields_set:
            demo_only["mail"] = "demo"
        settings = settings.model_copy(update=demo_only)
        settings.var_dir.mkdir(parents=True, exist_ok=True)
        prepare_database(settings, err.print)
        train_if_missing(settings)
        run(settings, seeded=seeded, live=live)


def run(settings: Settings, *, with_worker: bool = True, seeded: bool | None = None, live: bool = False) -> None:
    """Open the office and serve until a signal comes. `seeded`: with the demo's people; `live`: with its clients."""
    set_up_logging(settings.log_level, settings.log_format)
    sys.setswitchinterval(SWITCH_SECONDS)
    give_back_memory()
    keep_tables_in(settings.var_dir)
    readers = default_processes() if settings.readers is None else settings.readers
    core = cores.choose() if readers and settings.one_core else None
    with loading():
        office = open_office(settings, readers=readers, core=core)
    watch = _keep_to(core)
    living = LivingThread(office) if live else None
    try:
        with loading():
            app = create_app(office, with_worker=with_worker)
            if settings.console:
                from service.console.mounting import mount_console  # NiceGUI takes time and memory: only where used

                mount_console(app, office)
        if seeded is not None:
            _say_what_to_open(settings, seed(office, with_clients=seeded))
        if living is not None:
            living.start()
        # What was loaded stays: the collector need not look through it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        config = uvicorn.Config(
            app, settings.host, settings.port, log_config=None, access_log=False, timeout_graceful_shutdown=5
        )
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_Server(config, app).serve())
    finally:
        if living is not None:
            living.stop()
        if watch is not None:
            watch.stop()
        office.close()


def _keep_to(core: int | None) -> cores.CoreWatch | None:
    """Before the threads are started: they go where this one is."""
    if core is None:
        return None
    cores.keep_to(core)
    watch = cores.CoreWatch(core)
    watch.start()
    return watch


def _with(settings: Settings, host: str | None, port: int | None) -> Settings:
    changes = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    return settings.model_copy(update=changes)


def _say_what_to_open(settings: Settings, people: list[DemoStaff]) -> None:
    base = f"http://{settings.host}:{settings.port}"
    err.print("\n[bold]Otklik[/]", markup=True)
    err.print(f"  site with the chat   {base}/")
    if settings.mail == "demo":
        err.print(f"  letters to clients   {base}/demo/mailbox")
    if settings.console:
        err.print(f"  staff console        {base}/console")
    err.print(f"  API documentation    {base}/docs")
    for person in people:
        err.print(f"  token of {person.login:<12} {person.token}  ({person.role})", soft_wrap=True)
    if people:
        err.print(f"  password of each     {PASSWORD}", soft_wrap=True)
        header = f'-H "Authorization: Bearer {people[0].token}"'
        err.print(
            f"  the queue            curl {header} {base}/api/v1/queue",
            soft_wrap=True,
        )
    err.print("  stop with Ctrl+C\n")
