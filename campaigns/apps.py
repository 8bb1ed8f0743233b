from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the app below, which cannot know of journeys, whom to ask before a segment goes away."""
        from campaigns.queries.standing_on import journeys_on
        from segmentation.lifecycle import ALSO_USED_BY

        if journeys_on not in ALSO_USED_BY:
            ALSO_USED_BY.append(journeys_on)
