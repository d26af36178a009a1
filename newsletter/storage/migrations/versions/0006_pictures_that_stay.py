"""Which copies of pictures an issue shows: those stay, the others may go."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COPY = re.compile(r"/images/([0-9a-f]{64}\.(?:jpg|png))")


def upgrade() -> None:
    op.add_column(
        "picture", sa.Column("shown", sa.Boolean, nullable=False, server_default=sa.false())
    )
    picture = sa.table("picture", sa.column("name", sa.String), sa.column("shown", sa.Boolean))
    edition = sa.table("edition", sa.column("html", sa.Text))
    connection = op.get_bind()
    names: set[str] = set()
    for html in connection.scalars(sa.select(edition.c.html).execution_options(yield_per=50)):
        names.update(_COPY.findall(html))
    for name in names:
        connection.execute(sa.update(picture).where(picture.c.name == name).values(shown=True))
