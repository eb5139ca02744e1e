"""The laboratory's role sees to-dos of its own front door alone: row security, not an `if`."""

from django.db import migrations

ROWS = """
ALTER TABLE todo_item ENABLE ROW LEVEL SECURITY;
CREATE POLICY laboratory ON todo_item FOR ALL TO PUBLIC
  USING (current_user <> 'lab' OR front = 'lab') WITH CHECK (current_user <> 'lab' OR front = 'lab');
"""


class Migration(migrations.Migration):
    dependencies = [("todo", "0001_initial")]
    operations = [migrations.RunSQL(ROWS, migrations.RunSQL.noop)]
