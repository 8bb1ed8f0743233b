from django.apps import AppConfig


class SegmentationConfig(AppConfig):
    name = "segmentation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the app below, which cannot know of exports, what else holds a customer."""
        from customers.erase import ALSO_ERASED
        from segmentation.export_members import exports_cleared

        if exports_cleared not in ALSO_ERASED:
            ALSO_ERASED.append(exports_cleared)
