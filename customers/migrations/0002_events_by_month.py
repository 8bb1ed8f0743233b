"""The table of events, partitioned by month, and an audit log that nobody can rewrite.

No default partition: an event of a month without a partition must not land silently in a heap of leftovers. Ingest and a
daily task make partitions (customers/partitions.py).
"""

from django.db import migrations

EVENTS = """
CREATE SEQUENCE customers_event_id_seq AS bigint CACHE 1;
CREATE TABLE customers_event (
    id bigint NOT NULL DEFAULT nextval('customers_event_id_seq'),
    customer_id bigint NOT NULL,
    name_id integer NOT NULL,
    time timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    source_id bigint NOT NULL,
    store text,
    message_id text NOT NULL,
    line smallint,
    properties jsonb NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (time);
CREATE INDEX event_name_time ON customers_event (name_id, time, customer_id);
CREATE INDEX event_customer_name_time ON customers_event (customer_id, name_id, time);
ALTER SEQUENCE customers_event_id_seq OWNED BY customers_event.id;
"""

APPEND_ONLY = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON customers_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.RunSQL(EVENTS, "DROP TABLE customers_event"),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER audit_is_append_only ON customers_auditentry; DROP FUNCTION refuse_audit_change",
        ),
    ]
