"""Less to write for each change of membership: no index that is the beginning of another, and none of the keys of a log
row checked one by one, since whoever writes it holds the customer. `LookedAt` is what a rebuild asks before it moves many at once.

Dropped by name, so that no foreign key is checked again on the way.
"""

from typing import Any

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

FORWARDS = """
DROP INDEX IF EXISTS segmentation_membership_customer_id_7a7f72f3;
DROP INDEX IF EXISTS segmentation_membership_segment_id_3219dfd1;
DROP INDEX IF EXISTS segmentation_membership_suppressed_by_id_a2091333;
DROP INDEX IF EXISTS segmentation_membershipchange_customer_id_209bb3dc;
DROP INDEX IF EXISTS segmentation_membershipchange_segment_id_c3d92cfd;
DROP INDEX IF EXISTS segmentation_membershipchange_suppressed_by_id_d07d650e;
ALTER TABLE segmentation_membershipchange
    DROP CONSTRAINT IF EXISTS segmentation_members_customer_id_209bb3dc_fk_customers,
    DROP CONSTRAINT IF EXISTS segmentation_members_segment_id_c3d92cfd_fk_segmentat,
    DROP CONSTRAINT IF EXISTS segmentation_members_suppressed_by_id_d07d650e_fk_segmentat;
"""
BACKWARDS = """
CREATE INDEX segmentation_membership_customer_id_7a7f72f3 ON segmentation_membership (customer_id);
CREATE INDEX segmentation_membership_segment_id_3219dfd1 ON segmentation_membership (segment_id);
CREATE INDEX segmentation_membership_suppressed_by_id_a2091333 ON segmentation_membership (suppressed_by_id);
CREATE INDEX segmentation_membershipchange_customer_id_209bb3dc ON segmentation_membershipchange (customer_id);
CREATE INDEX segmentation_membershipchange_segment_id_c3d92cfd ON segmentation_membershipchange (segment_id);
CREATE INDEX segmentation_membershipchange_suppressed_by_id_d07d650e ON segmentation_membershipchange (suppressed_by_id);
ALTER TABLE segmentation_membershipchange
    ADD CONSTRAINT segmentation_members_customer_id_209bb3dc_fk_customers
        FOREIGN KEY (customer_id) REFERENCES customers_customer (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT segmentation_members_segment_id_c3d92cfd_fk_segmentat
        FOREIGN KEY (segment_id) REFERENCES segmentation_segment (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT segmentation_members_suppressed_by_id_d07d650e_fk_segmentat
        FOREIGN KEY (suppressed_by_id) REFERENCES segmentation_segment (id) DEFERRABLE INITIALLY DEFERRED;
"""
CASCADE = django.db.models.deletion.CASCADE


def _suppressor(**more: Any) -> models.ForeignKey:
    return models.ForeignKey(
        "segmentation.segment",
        django.db.models.deletion.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        **more,
    )


def _key(to: str, related_name: str, **more: Any) -> models.ForeignKey:
    return models.ForeignKey(to, CASCADE, related_name=related_name, db_index=False, **more)


STATE = [
    migrations.AlterField("membership", "customer", _key("customers.customer", "memberships")),
    migrations.AlterField("membership", "segment", _key("segmentation.segment", "memberships")),
    migrations.AlterField("membership", "suppressed_by", _suppressor()),
    migrations.AlterField(
        "membershipchange", "customer", _key("customers.customer", "membership_changes", db_constraint=False)
    ),
    migrations.AlterField("membershipchange", "segment", _key("segmentation.segment", "changes", db_constraint=False)),
    migrations.AlterField("membershipchange", "suppressed_by", _suppressor(db_constraint=False)),
]


def _of_the_suppressed(name: str) -> models.Index:
    return models.Index(fields=["suppressed_by"], condition=models.Q(suppressed_by__isnull=False), name=name)


class Migration(migrations.Migration):
    dependencies = [("segmentation", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="LookedAt",
            fields=[
                ("customer_id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "transaction",
                    models.BigIntegerField(
                        db_default=django.db.models.expressions.RawSQL("pg_current_xact_id()::text::bigint", [])
                    ),
                ),
            ],
            options={"verbose_name_plural": "customers looked at"},
        ),
        migrations.SeparateDatabaseAndState([migrations.RunSQL(FORWARDS, BACKWARDS)], STATE),
        migrations.AddIndex("membership", _of_the_suppressed("membership_suppressed_by")),
        migrations.AddIndex("membershipchange", _of_the_suppressed("change_suppressed_by")),
    ]
