"""Which verb leaves which entry in the audit log.

Every public function of a verb module that is told who acts (`by`) stands here: with the action and the type of its
entry, or among those that leave none, with the reason. `tests/stages/test_audit_log.py` makes each change and looks.
"""

from __future__ import annotations

import ast

from tests.house.code import HOME

WRITES = {
    "customers.edit.edit": ("edit", "customer"),
    "customers.erase.erase": ("erase", "customer"),
    "customers.keys.create_api_key": ("create API key", "apikey"),
    "customers.keys.create_write_key": ("create write key", "source"),
    "customers.pause.pause_messages": ("pause messages", "customer"),
    "customers.retype.set_type": ("attribute.typed", "catalogueattribute"),
    "customers.unmerge.unmerge": ("unmerge", "customer"),
    "segmentation.approvals.approve": ("publish", "segment"),
    "segmentation.approvals.comment": ("comment rule", "segment"),
    "segmentation.approvals.reject": ("reject rule", "segment"),
    "segmentation.approvals.submit": ("submit rule", "segment"),
    "segmentation.approvals.withdraw": ("withdraw rule", "segment"),
    "segmentation.dismiss.dismiss": ("dismiss finding", "finding"),
    "segmentation.dismiss.restore": ("restore finding", "finding"),
    "segmentation.drafts.publish_draft": ("publish", "segment"),
    "segmentation.enlist.request_enlist": ("add members", "segment"),
    "segmentation.enlist.snapshot": ("create", "segment"),
    "segmentation.export_members.request_export": ("export members", "segment"),
    "segmentation.governance.put_exclusion": ("change exclusion", "governance"),
    "segmentation.governance.put_group": ("change exclusion group", "governance"),
    "segmentation.governance.rename_group": ("change exclusion group", "governance"),
    "segmentation.governance.set_full_stop": ("change full stop", "governance"),
    "segmentation.governance.set_hysteresis": ("change hysteresis", "governance"),
    "segmentation.governance.set_priorities": ("change priorities", "governance"),
    "segmentation.lifecycle.archive": ("archive", "segment"),
    "segmentation.lifecycle.pause": ("pause", "segment"),
    "segmentation.lifecycle.resume": ("resume", "segment"),
    "segmentation.merge_segments.merge_segments": ("merge segments", "segment"),
    "segmentation.publish.publish": ("publish", "segment"),
    "segmentation.review.review": ("review", "segment"),
    "segmentation.save.create": ("create", "segment"),
    "segmentation.save.delete_draft": ("delete", "segment"),
    "segmentation.save.edit_card": ("edit", "segment"),
    "segmentation.split.split": ("split segment", "segment"),
    "segmentation.undo.undo": ("change hysteresis", "governance"),
    "segmentation.upload.add_upload": ("add members", "segment"),
    "segmentation.upload.freeze_rule": ("create", "segment"),
    "campaigns.approvals.approve": ("journey approved", "journey"),
    "campaigns.approvals.comment": ("journey commented", "journey"),
    "campaigns.approvals.end": ("journey ended", "journey"),
    "campaigns.approvals.pause": ("journey paused", "journey"),
    "campaigns.approvals.reject": ("journey rejected", "journey"),
    "campaigns.approvals.resume": ("journey resumed", "journey"),
    "campaigns.approvals.start": ("journey live", "journey"),
    "campaigns.approvals.submit": ("journey submitted", "journey"),
    "campaigns.approvals.withdraw": ("journey withdrawn", "journey"),
    "campaigns.save.create_journey": ("journey created", "journey"),
    "campaigns.save.delete_journey": ("journey deleted", "journey"),
    "campaigns.save.delete_template": ("template deleted", "template"),
    "campaigns.save.save_journey": ("journey edited", "journey"),
    "campaigns.save.save_template": ("template created", "template"),
}

# Those that leave none of their own, and why.
WRITES_NONE = {
    "customers.permissions.holds": "asks",
    "customers.permissions.permission": "asks",
    "segmentation.permissions.require": "asks",
    "segmentation.withdraw.settle": "the verbs that settle a request write",
    "segmentation.withdraw.withdraw_waiting": "writes for the edit, publish or archive that withdraws, which the tests of those cover",
    "campaigns.permissions.require": "asks",
    "customers.saved_views.edit_view": "a view is how somebody looks at a list; it changes nothing",
    "customers.saved_views.make_default": "as above",
    "customers.saved_views.remove_view": "as above",
    "customers.saved_views.save_view": "as above",
    "segmentation.backtest.request_backtest": "asks",
    "segmentation.bulk.request_bulk": "each segment goes through its own verb, which writes",
    "segmentation.jobs.enqueue": "whoever asks for a job writes, where it changes something",
    "segmentation.lifecycle.stand_still": "the pause inside `pause`, which the test of that one covers",
    "segmentation.look_for_findings.request_look": "asks",
    "segmentation.publish.put_live": "the rest of `publish`, which the test of that one covers",
    "segmentation.publish.request_rebuild": "a rebuild changes nothing that a person said; publishing wrote",
    "segmentation.save.save_draft": "a draft counts once it is published; who saved it last stands with it",
    "segmentation.threshold_sweep.request_threshold_sweep": "asks",
    "segmentation.upload.keep_upload": "looks ids up; putting them on the list writes",
    "campaigns.approvals.note_decision": "the journey's own record; the verbs beside it write",
    "campaigns.remedies.take_remedy": "calls segmentation.governance",
}


def verbs() -> set[str]:
    """The public functions of the three apps' verb modules that are told who acts."""
    found: set[str] = set()
    for app in ("customers", "segmentation", "campaigns"):
        for path in sorted((HOME / app).glob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _by(node):
                    found.add(f"{app}.{path.stem}.{node.name}")
    return found


def _by(function: ast.FunctionDef) -> bool:
    return "by" in {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
