"""What the database itself promises about a draw: published frames, digits, secrets and results never change.

The triggers are ENABLE ALWAYS, so that not even the superuser's replica mode steps over them.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION sampling_write_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE was jsonb; col text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION '% is never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  was := to_jsonb(OLD);
  FOREACH col IN ARRAY TG_ARGV LOOP
    IF coalesce(was->>col, '') NOT IN ('', '{}', '[]') AND was->col IS DISTINCT FROM to_jsonb(NEW)->col THEN
      RAISE EXCEPTION '% of % is fixed', col, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
  END LOOP;
  RETURN NEW;
END $$;

CREATE FUNCTION sampling_frame_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state IN ('', 'building') THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - 'state') IS DISTINCT FROM (to_jsonb(NEW) - 'state')
     OR NEW.state NOT IN ('published', 'voided') OR (OLD.state = 'voided' AND NEW.state <> 'voided') THEN
    RAISE EXCEPTION 'a published frame never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION sampling_rows_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched bigint;
BEGIN
  FOREACH touched IN ARRAY CASE TG_OP
      WHEN 'INSERT' THEN ARRAY[NEW.frame_id] WHEN 'DELETE' THEN ARRAY[OLD.frame_id]
      ELSE ARRAY[OLD.frame_id, NEW.frame_id] END LOOP
    IF EXISTS (SELECT 1 FROM sampling_frame WHERE id = touched AND state NOT IN ('', 'building')) THEN
      RAISE EXCEPTION 'rows of a published frame never change' USING ERRCODE = 'restrict_violation';
    END IF;
  END LOOP;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION sampling_digits_while_dice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM sampling_round WHERE id = NEW.round_id AND state = 'dice' AND digits = '') THEN
    RAISE EXCEPTION 'digits are written only while dice are thrown' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""

APPEND_ONLY = (
    "digitentry",
    "confirmation",
    "postponement",
    "drawnunit",
    "labmatch",
    "teammatch",
    "setaside",
    "poollab",
    "poolsampler",
    "rehearsal",
)
ROUND_ONCE = (
    "draw_id", "number_in_draw", "kind", "take", "announced_for", "inputs", "seats", "seats_min", "confirmations",
    "dice_count", "dice_sides", "draw_secret_id", "match_secret_id", "draw_commitment", "match_commitment", "announcement",
    "lab_pool", "team_pool", "digits", "digits_at", "beacon", "drawn_at", "count", "result_digest", "figures", "matching",
    "matched_at", "opened_at", "reports_signed_at", "void_reason", "voided_at",
)  # fmt: skip
DRAW_ONCE = (
    "plan_id", "frame_id", "number", "slug", "mode", "odds", "cap", "team_size", "replaces_id", "void_reason",
    "announced_at", "drawn_at", "opened_at",
)  # fmt: skip
WITNESS_ONCE = (
    "round_id",
    "sitting",
    "seat",
    "name",
    "capacity",
    "signed_in_at",
    "struck_at",
    "struck_reason",
    "signed_off_at",
    "signed_name",
    "unsigned_reason",
)


def trigger(table: str, name: str, when: str, call: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {when} ON sampling_{table} FOR EACH ROW EXECUTE FUNCTION {call};\n"
        f"ALTER TABLE sampling_{table} ENABLE ALWAYS TRIGGER {name};\n"
    )


def once(table: str, columns: tuple[str, ...]) -> str:
    return trigger(
        table, "write_once", "UPDATE OR DELETE", f"sampling_write_once({', '.join(repr(item) for item in columns)})"
    )


TRIGGERS = "".join(
    [
        *(trigger(table, "append_only", "UPDATE OR DELETE", "append_only()") for table in APPEND_ONLY),
        trigger("frame", "published_is_fixed", "UPDATE OR DELETE", "sampling_frame_fixed()"),
        trigger("framerow", "published_is_fixed", "INSERT OR UPDATE OR DELETE", "sampling_rows_fixed()"),
        trigger("reconciliation", "published_is_fixed", "INSERT OR UPDATE OR DELETE", "sampling_rows_fixed()"),
        trigger("digitentry", "while_dice", "INSERT", "sampling_digits_while_dice()"),
        trigger("confirmation", "while_dice", "INSERT", "sampling_digits_while_dice()"),
        once("round", ROUND_ONCE),
        once("draw", DRAW_ONCE),
        once("witness", WITNESS_ONCE),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("sampling", "0001_initial"), ("access", "0002_promises")]
    operations = [
        migrations.RunSQL(
            FUNCTIONS + TRIGGERS,
            "DROP FUNCTION sampling_write_once CASCADE; DROP FUNCTION sampling_frame_fixed CASCADE;"
            "DROP FUNCTION sampling_rows_fixed CASCADE; DROP FUNCTION sampling_digits_while_dice CASCADE;",
        )
    ]
