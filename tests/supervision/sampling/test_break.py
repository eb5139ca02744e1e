"""Attempts to break the promise from below: by SQL past the application, by the wrong database role."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError, connection

from qualitycity.kernel import clock
from qualitycity.kernel.access.dbrole import role
from qualitycity.supervision.sampling import services
from qualitycity.supervision.sampling.models import Round
from qualitycity.supervision.sampling.rights import RIGHTS

from . import play

pytestmark = pytest.mark.usefixtures("pack")


@pytest.fixture
def signed(as_login: Any) -> Round:
    draw = play.publish(as_login, play.build(as_login))
    round_ = play.first_round(draw)
    play.hold(as_login, round_)
    return round_


FIXED = [
    ("a row of a published frame", "UPDATE sampling_framerow SET weight = 8"),
    ("the reason of an exclusion", "UPDATE sampling_framerow SET reason = 'other' WHERE reason = 'repeat_ban'"),
    ("a row taken out", "DELETE FROM sampling_framerow WHERE uscc = '91339999MAD0EM1036'"),
    (
        "a row put in",
        "INSERT INTO sampling_framerow (frame_id, unit_id, uscc, name, product_name, town, town_path,"
        " supervision_class, risk_grade, stratum, weight, reason, reason_note, by_hand, origin) SELECT frame_id,"
        " 'X', 'X', 'X', '', '', '', '',"
        " '', 'socks', 1, '', '', false, 'both' FROM sampling_framerow LIMIT 1",
    ),
    ("a reconciliation", "UPDATE sampling_reconciliation SET decision = 'excused', reason = 'x'"),
    ("the frame file", "UPDATE sampling_frame SET canonical = ''"),
    ("the frame taken back to building", "UPDATE sampling_frame SET state = 'building'"),
    ("the mode", "UPDATE sampling_draw SET mode = 'on_stage'"),
    ("a draw that vanishes", "DELETE FROM sampling_draw"),
    ("the digits", "UPDATE sampling_round SET digits = '66666666666666666666'"),
    ("a commitment", "UPDATE sampling_round SET draw_commitment = repeat('0', 64)"),
    ("the announcement", "UPDATE sampling_round SET announcement = '{}'"),
    ("the pool", "UPDATE sampling_round SET lab_pool = 'agent,L1,9'"),
    ("the result", "UPDATE sampling_round SET result_digest = repeat('0', 64)"),
    ("the figures", "UPDATE sampling_round SET figures = '{\"count\": 5}'"),
    ("typed digits", "UPDATE sampling_digitentry SET digits = '6'"),
    ("typed digits taken away", "DELETE FROM sampling_digitentry"),
    ("a confirmation", "UPDATE sampling_confirmation SET digits = '6'"),
    (
        "digits added afterwards",
        "INSERT INTO sampling_digitentry (round_id, attempt, position, digits, witness_id, at)"
        " SELECT round_id, attempt, 99, '6', witness_id, at FROM sampling_digitentry LIMIT 1",
    ),
    ("who was drawn", "UPDATE sampling_drawnunit SET row_id = row_id + 1"),
    ("a drawn unit taken out", "DELETE FROM sampling_drawnunit"),
    ("which laboratory", "UPDATE sampling_labmatch SET lab_id = lab_id + 1"),
    ("which samplers", "DELETE FROM sampling_teammatch"),
    ("a set-aside", "DELETE FROM sampling_setaside"),
    ("a witness's name", "UPDATE sampling_witness SET name = 'somebody'"),
    ("a signature", "UPDATE sampling_witness SET signed_name = 'somebody'"),
]


def test_not_even_the_owner_changes_what_was_fixed(signed: Round, owner_sql: Any) -> None:
    """Every attempt alone, also in replica mode, which steps over plain triggers."""
    for replica in (False, True):
        if replica:
            owner_sql("SET session_replication_role = replica")
        for what, sql in FIXED:
            with pytest.raises(DatabaseError, match="is fixed|never change|never deleted|append-only|only while dice"):
                owner_sql(sql)
                pytest.fail(f"{what} was changed (replica mode {replica})")
    connection.close()


def test_the_secrets_value_is_not_in_the_database(signed: Round, owner_sql: Any) -> None:
    tables = owner_sql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    for (table,) in tables:
        found = owner_sql(f"SELECT count(*) FROM \"{table}\" AS held WHERE held::text LIKE '%%demo-secret-one%%'")
        assert found == [(0,)], table


def test_the_laboratory_and_the_public_read_none_of_these_tables(signed: Round) -> None:
    for name in ("lab", "visitor"):
        for table in RIGHTS:
            with role(name), pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
                cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")


def test_the_desk_writes_nothing_outside_an_act(signed: Round) -> None:
    with role("desk"), pytest.raises(DatabaseError, match="outside an act"), connection.cursor() as cursor:
        cursor.execute("UPDATE sampling_round SET place = 'elsewhere'")


def test_a_secret_that_does_not_fit_its_commitment_draws_nothing(as_login: Any, owner_sql: Any, settings: Any) -> None:
    from qualitycity.kernel.acts import Refused
    from qualitycity.kernel.disclosure import services as disclosure

    draw = play.publish(as_login, play.build(as_login))
    round_ = play.first_round(draw)
    play.throw(round_, play.convene(as_login, round_))
    secret = round_.draw_secret_id
    bound = f"sampling.round:{round_.pk}:draw"
    forged = settings.CITY_KEYRING.encrypt(b"a secret that suits somebody", bound)
    owner_sql("ALTER TABLE disclosure_secret DISABLE TRIGGER ALL")
    owner_sql("UPDATE disclosure_secret SET sealed = %s WHERE id = %s", forged, secret)
    owner_sql("ALTER TABLE disclosure_secret ENABLE TRIGGER ALL")
    with clock.on(play.CEREMONY_DAY), as_login("host"), pytest.raises(Refused, match="与公布的承诺不符"):
        services.draw_round(round_)
    assert disclosure.commitment("demo-secret-one") == round_.draw_commitment


def test_fixed_secrets_exist_in_demonstration_alone(as_login: Any, settings: Any) -> None:
    from qualitycity.kernel.acts import Refused

    frame = play.build(as_login)
    settings.CITY_DEMO = False
    with pytest.raises(Refused, match="只在演示模式可用"):
        play.publish(as_login, frame)
    first = play.publish(as_login, frame, draw_secret=None, match_secret=None)
    round_ = play.first_round(first)
    assert round_.draw_commitment != round_.match_commitment
