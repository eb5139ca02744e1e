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
# loading works under a role, which only a superuser may take unasked
OWNER_SQL = f"GRANT {', '.join(ROLES)} TO {{owner}};\n"


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
    if not _owner_may_set(conn):
        conn.execute(OWNER_SQL.format(owner="CURRENT_USER"))


def _owner_may_set(conn: Connection[Any]) -> bool:
    right = "SET" if conn.info.server_version >= 160000 else "MEMBER"
    row = conn.execute("SELECT bool_and(pg_has_role(r, %s)) FROM unnest(%s::text[]) r", [right, list(ROLES)]).fetchone()
    return row == (True,)


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


def set_password(conn: Connection[Any], password: str) -> None:
    """Give the login ``web`` a password (a server reached over the network asks for one)."""
    from psycopg import sql

    conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(LOGIN), sql.Literal(password)))


def ready(conn: Connection[Any]) -> bool:
    """Whether everything that may need the server's administrator is in place in this database."""
    row = conn.execute("SELECT count(*) FROM pg_extension WHERE extname = ANY(%s)", [list(EXTENSIONS)]).fetchone()
    if missing_roles(conn) or not _owner_may_set(conn) or row is None or row[0] < len(EXTENSIONS):
        return False
    may = conn.execute("SELECT has_database_privilege(%s, current_database(), 'TEMP')", [LOGIN]).fetchone()
    return may == (False,)


def administrator_sql(dbname: str, owner: str, password: str) -> str:
    """Return the statements a server's administrator runs once, connected to the city's database."""
    from psycopg import sql

    name, secret = sql.Identifier(dbname).as_string(), sql.Literal(password).as_string()
    granted = OWNER_SQL.format(owner=sql.Identifier(owner).as_string())
    extensions = "".join(f"CREATE EXTENSION IF NOT EXISTS {extension};\n" for extension in EXTENSIONS)
    return (
        f"{ROLES_SQL}{granted}ALTER ROLE {LOGIN} PASSWORD {secret};\n{extensions}"
        f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC;\nGRANT CONNECT ON DATABASE {name} TO {LOGIN};\n"
    )
