"""What the pages look things up by.

Ids and names by their beginning: `text_pattern_ops` and the text search of the server, no extension. What was received
last: a block-range index, next to nothing to write, since rows lie in the order of receipt within each month.
"""

from django.db import migrations

FORWARDS = """
CREATE INDEX identity_beginning ON customers_identity ((lower(value COLLATE "pg_unicode_fast")) text_pattern_ops);
CREATE INDEX customer_words ON customers_customer USING gin (to_tsvector('simple',
    coalesce(attributes ->> 'first_name', '') || ' ' || coalesce(attributes ->> 'last_name', '')));
CREATE INDEX event_received ON customers_event USING brin (received_at) WITH (autosummarize = on, pages_per_range = 32);
"""
BACKWARDS = "DROP INDEX identity_beginning; DROP INDEX customer_words; DROP INDEX event_received"


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_roles")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
