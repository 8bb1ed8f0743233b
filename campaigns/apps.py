from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the app below, which cannot know of journeys, whom to ask before a segment goes away, and
        what else is kept of a customer."""
        from campaigns import findings, kept_letters
        from campaigns.consequence import stopped_by
        from campaigns.queries.standing_on import journeys_on
        from customers.erase import ALSO_ERASED
        from customers.export import ALSO_EXPORTED
        from segmentation.findings import MORE_KINDS
        from segmentation.governance import ALSO_STOPS
        from segmentation.lifecycle import ALSO_USED_BY

        MORE_KINDS[:] = findings.KINDS
        if journeys_on not in ALSO_USED_BY:
            ALSO_USED_BY.append(journeys_on)
        if stopped_by not in ALSO_STOPS:
            ALSO_STOPS.append(stopped_by)
        if kept_letters.letters_cleared not in ALSO_ERASED:
            ALSO_ERASED.append(kept_letters.letters_cleared)
        ALSO_EXPORTED["responses"] = kept_letters.responses_as_json
        ALSO_EXPORTED["letters"] = kept_letters.letters_as_json
