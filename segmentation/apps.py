from django.apps import AppConfig


class SegmentationConfig(AppConfig):
    name = "segmentation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the app below, which cannot know of segments: who is in one, what else holds a customer, what a merge takes along."""
        from customers.erase import ALSO_ERASED
        from customers.merge import ALSO_CARRIED
        from customers.queries.columns import TOLD_BY_RULES
        from customers.queries.people import MEMBERSHIP
        from segmentation.carry_lists import carry_lists
        from segmentation.columns import values_of
        from segmentation.export_members import exports_cleared
        from segmentation.queries.membership import in_segment_q

        if in_segment_q not in MEMBERSHIP:
            MEMBERSHIP.append(in_segment_q)
        if values_of not in TOLD_BY_RULES:
            TOLD_BY_RULES.append(values_of)
        if exports_cleared not in ALSO_ERASED:
            ALSO_ERASED.append(exports_cleared)
        if carry_lists not in ALSO_CARRIED:
            ALSO_CARRIED.append(carry_lists)
