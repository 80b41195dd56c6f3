"""The application: everything the server answers, built from its settings."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api import errors
from api.coding import Gzip
from api.door import Door
from api.drafts.roots import Roots
from api.metrics import Metrics
from api.ogc.problem_pages import ProblemPages
from api.people.guard import Guard
from api.settings import Settings
from api.store import GLANCES, opened

ROUTERS: Final = (
    "api.ogc.features",
    "api.ogc.common",
    "api.ogc.api_document",
    "api.ogc.schemas",
    "api.ogc.editing",
    "api.ogc.tile_grids",
    "api.ogc.tilesets",
    "api.ogc.tiles",
    "api.ogc.processes",
    "api.ogc.jobs",
    "api.drafts.routes",
    "api.drafts.settling",
    "api.drafts.proposals",
    "api.routes.health",
    "api.routes.icon",
    "api.routes.login",
    "api.routes.single_sign_on",
    "api.routes.account",
    "api.routes.accounts",
    "api.routes.audit",
    "api.routes.audit_cases",
    "api.routes.whatif",
    "api.routes.norms",
    "api.routes.runs",
    "api.routes.case_list",
    "api.routes.cases",
    "api.routes.case_acts",
    "api.routes.case_undoing",
    "api.routes.case_edits",
    "api.routes.case_documents",
    "api.routes.case_hearing",
    "api.routes.case_tasks",
    "api.routes.case_codes",
    "api.routes.standing",
    "api.routes.isochrone",
    "api.routes.maps",
    "api.routes.names_check",
    "api.routes.names_history",
    "api.routes.names_search",
    "api.routes.names",
)
"""Modules that each have a ``router``, in the order in which they are asked.

A module may also have ``CONFORMS``, the standards that its routes keep; ``landing_links(request)``
and ``collection_links(request, table)``, the links it adds to those resources;
``landing_page(request)``, the page of the root of a draft; and ``lifespan(app)``, an asynchronous
context in which the server runs.
"""

_SENT: Final = ("ETag", "Link", "Location", "Content-Crs", "Retry-After", "X-Request-ID")


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    settings
        How it is set up; from the environment when None.

    Raises
    ------
    NotFoundError
        When it starts: there is no such workspace.
    """
    settings = settings or Settings.read()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        workspace = app.state.workspace = opened(settings)
        async with AsyncExitStack() as stack:
            stack.callback(workspace.close)
            for part in app.state.parts:
                if hasattr(part, "lifespan"):
                    await stack.enter_async_context(part.lifespan(app))
            gc.collect()
            gc.freeze()  # what is loaded stays: to look through it again and again is dear
            yield

    metrics = Metrics()
    app = FastAPI(
        title="服务圈 Fuwuquan",
        version=version("fuwuquan"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.glances = ThreadPoolExecutor(GLANCES, "glance")
    app.state.parts = [import_module(name) for name in ROUTERS]
    errors.install(app)
    for part in app.state.parts:
        app.include_router(part.router)
    app.add_middleware(Roots)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Gzip, minimum_size=1_000, compresslevel=4)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=list(_SENT),
        )
    app.add_middleware(Door, settings=settings, metrics=metrics)
    app.add_middleware(ProblemPages)
    return app
