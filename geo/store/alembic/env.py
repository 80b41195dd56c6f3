"""Runs migrations on the connection it is given; called by Alembic.

Tables of SQLite are rebuilt where they change (batch mode), and all is one transaction: the
caller's, or one of its own when Alembic is run by hand with ``-x workspace=FOLDER_OR_URL``.
"""

import sqlalchemy as sa
from alembic import context

from geo.store.database import BUSY_S, database_of
from geo.store.models import BOOKS, MIGRATION


def _migrate(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=BOOKS,
        version_table=MIGRATION.name,
        render_as_batch=True,
        include_name=lambda name, kind, _: kind != "table" or str(name).startswith("fuwuquan_"),
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _migrate(given)
else:
    place = context.get_x_argument(as_dictionary=True)["workspace"]
    with database_of(place, folder=None, busy_s=BUSY_S).writing() as own:
        _migrate(own)
