"""The workers of a server: begun with it and stopped with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from api.jobs import known
from api.jobs.pool import Pool
from api.settings import Settings
from geo.store import Workspace


@contextmanager
def running(settings: Settings, workspace: Workspace) -> Iterator[Pool | None]:
    """Have workers do the jobs of a workspace; none where the settings want none."""
    known.add(settings.job_modules)
    if not settings.job_workers or settings.public:
        yield None
        return
    database = settings.database
    place = str(settings.workspace) if database is None else database.get_secret_value()
    pool = Pool(
        place,
        workspace,
        workers=settings.job_workers,
        lease_s=settings.job_lease_s,
        keep_days=settings.job_days,
    )
    pool.start()
    try:
        yield pool
    finally:
        pool.stop()
