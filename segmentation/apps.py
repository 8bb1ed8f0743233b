from django.apps import AppConfig


class SegmentationConfig(AppConfig):
    name = "segmentation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the app below, which cannot know of segments, who is in one, and of exports, what else holds a customer."""
        from customers.erase import ALSO_ERASED
        from customers.queries.people import MEMBERSHIP
        from segmentation.export_members import exports_cleared
        from segmentation.queries.membership import in_segment_q

        if in_segment_q not in MEMBERSHIP:
            MEMBERSHIP.append(in_segment_q)
        if exports_cleared not in ALSO_ERASED:
            ALSO_ERASED.append(exports_cleared)
