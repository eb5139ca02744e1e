"""Logins and roles of the database: one login ``web`` with three eyes, and the owner of the tables.

``web`` does not inherit what its roles may do: a request must say ``SET ROLE`` first, so that a process outside any
request reads no table of the city's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

LOGIN = "web"
ROLES = ("desk", "lab", "visitor")
EXTENSIONS = ("pg_trgm", "btree_gist", "citext")

ROLES_SQL = (
    f"""\
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{LOGIN}') THEN
    CREATE ROLE {LOGIN} LOGIN NOINHERIT;
  END IF;
"""
    + "".join(
        f"""\
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
    CREATE ROLE {role} NOLOGIN;
  END IF;
"""
        for role in ROLES
    )
    + f"""\
END $$;
GRANT {", ".join(ROLES)} TO {LOGIN};
"""
)


def missing_roles(conn: Connection[Any]) -> list[str]:
    """Return the roles and memberships that this server still lacks, by name."""
    rows = conn.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [[LOGIN, *ROLES]]).fetchall()
    present = {row[0] for row in rows}
    absent = [name for name in (LOGIN, *ROLES) if name not in present]
    for role in ROLES if LOGIN in present else ():
        if role in present:
            row = conn.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [LOGIN, role]).fetchone()
            if row and not row[0]:
                absent.append(f"{LOGIN} → {role}")
    return absent


def ensure_roles(conn: Connection[Any]) -> None:
    """Create the login ``web`` and the roles ``desk``, ``lab``, ``visitor`` where they are missing (idempotent).

    Roles belong to the whole server, not to a database. Raises psycopg's InsufficientPrivilege where this login may
    not create roles: then ``./city sql-roles`` prints the statements for the server's administrator.
    """
    if missing_roles(conn):
        conn.execute(ROLES_SQL)


def create_database(conn: Connection[Any], name: str, template: str | None = None) -> None:
    """Create a database owned by this login; ``conn`` must be in autocommit mode."""
    from psycopg import sql

    copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
    conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copied)


def prepare_database(conn: Connection[Any]) -> None:
    """Create the extensions and take the right to make temporary tables from everybody (idempotent).

    A temporary table would otherwise shadow a real one for the session. Rights on a database are not copied from its
    template, so a copy is prepared too.
    """
    from psycopg import sql

    for extension in EXTENSIONS:
        conn.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    conn.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(conn.info.dbname)))
