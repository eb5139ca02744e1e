"""``./city sql-roles``: the SQL for the administrator of a PostgreSQL server that we may not make roles on."""

from __future__ import annotations

import os

from psycopg.conninfo import conninfo_to_dict

from . import verbs
from .database import NAME, Database
from .folder import DataFolder
from .postgres import OWNER
from .roles import administrator_sql


def main(argv: list[str]) -> int:
    """Print the statements; nothing is executed. The password of ``web`` is made once and kept in the data folder."""
    parser = verbs.parser("sql-roles", "./city sql-roles", "./city sql-roles > roles.sql && psql -d city -f roles.sql")
    verbs.data_option(parser)
    folder = DataFolder(parser.parse_args(argv).data)
    folder.open()
    address = conninfo_to_dict(os.environ.get("DATABASE_URL", ""))
    dbname, owner = str(address.get("dbname") or NAME), str(address.get("user") or OWNER)
    print("-- 以管理员身份连接到下列数据库后执行一次 / run once as the administrator, connected to this database")
    print(f"-- {dbname}")
    print(administrator_sql(dbname, owner, Database(folder).web_password()), end="")
    return 0
