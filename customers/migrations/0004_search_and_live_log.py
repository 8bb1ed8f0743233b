"""What the pages look things up by.

Ids and names by their beginning: `text_pattern_ops` and the text search of the server, no extension. What was received
last: an index that only ever grows at its end, without the derived lines of orders.
"""

from django.db import migrations

FORWARDS = """
CREATE INDEX identity_beginning ON customers_identity ((lower(value COLLATE "pg_unicode_fast")) text_pattern_ops);
CREATE INDEX customer_words ON customers_customer USING gin (to_tsvector('simple',
    coalesce(attributes ->> 'first_name', '') || ' ' || coalesce(attributes ->> 'last_name', '')));
CREATE INDEX event_received ON customers_event (received_at) WHERE line IS NULL;
"""
BACKWARDS = "DROP INDEX identity_beginning; DROP INDEX customer_words; DROP INDEX event_received"


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_roles")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
