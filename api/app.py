"""The application: everything the server answers, built from its settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from api import errors
from api.door import Door
from api.metrics import Metrics
from api.settings import Settings
from api.store import opened

ROUTERS: Final = (
    "api.routes.health",
    "api.ogc.common",
    "api.ogc.schemas",
    "api.ogc.features",
)
"""Modules that each have a ``router``, in the order in which they are asked."""

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
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        workspace = app.state.workspace = opened(settings)
        yield
        workspace.close()

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
    errors.install(app)
    for name in ROUTERS:
        app.include_router(import_module(name).router)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=4)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=list(_SENT),
        )
    app.add_middleware(Door, settings=settings, metrics=metrics)
    return app
