"""The audit log cannot be emptied either: a trigger for rows does not fire for TRUNCATE."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON customers_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_lists")]

    operations = [migrations.RunSQL(TRIGGER, "DROP TRIGGER audit_is_never_emptied ON customers_auditentry")]
