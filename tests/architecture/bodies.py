"""What the rows of the permission matrix send: the smallest body with which the route would act."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.architecture.world import GOOD_ROW, PASSWORD, a_file, a_picture
from tests.cast import CRITERIA
from tests.factories.agreements import TERMS, WORDING
from tests.factories.reviewing import ISSUE, WHY

NEW_PASSWORD = "another quite long passphrase of words"
REASON = {"reason": "Because the statement lacks a premise."}
RECIPIENT = {"name": "Lemma Labs", "kind": "company", "contact_email": "data@lemma.example.org"}
SAID = {"name": "Lena", "note": "By telephone."}
REFERENCE = {"name": "Another test", "source": "Here", "licence": "MIT"}
RULE = {"name": "Everything", "purpose": "", "rule": {}}
TASK = {"statement": "What is $2 + 2$?", "source": "Mona", "licence": "CC0-1.0"}
FILTER = {"action": "priority", "priority": 3, "ids": ["{open_task}"]}
GUIDELINE = {"body": "Write one idea in a step, and why.", "summary": "Say why.", "based_on": 1}
AGREEMENT = TERMS | WORDING | {"summary": "More is paid.", "pay": "50 EUR an hour.", "based_on": 1}
EXPORT = {"format": "trl_sft", "options": {}}
APPROVAL = {"verdict": "approve", "sha256": "{handed_in_sha256}", "verification_method": "re_derived"}
MEMBER = {"email": "new@example.org", "roles": ["annotator"]}
DRAFT = {"content": "{content}", "client_mutation_id": "matrix-mutation", "fencing": 1}
PROGRAM = {"purpose": "custom", "language": "python", "source": "print(5)"}
SETTINGS = {
    "name": "Sums",
    "purpose": "",
    "goal_tokens": "",
    "submissions_needed": "1",
    "review_levels": "1",
    "level2_share_percent": "20",
    "lease_hours": "24",
    "tool_policy": "",
    "content_language": "",
    "is_blind": "true",
}
HARDER = [criterion | {"weight": 7} for criterion in CRITERIA]
RUBRIC_FORM = {
    f"criteria.{n}.{field}": str(criterion[field]) for n, criterion in enumerate(HARDER) for field in criterion
}
Body = Mapping[str, Any]

BODIES: dict[str, Body] = {
    "POST /sign-in": {"data": {"email": "eduardina@example.org", "password": PASSWORD}},
    "POST /step-up": {"data": {"password": PASSWORD}},
    "POST /setup/{setup_secret}": {"data": {"email": "x@example.org", "name": "Xenia", "password": NEW_PASSWORD}},
    "POST /invitations/{invitation_secret}": {"data": {"name": "Newman", "password": NEW_PASSWORD}},
    "POST /password": {"data": {"email": "eduardina@example.org"}},
    "POST /password/{reset_secret}": {"data": {"password": NEW_PASSWORD}},
    "POST /account": {"data": {"name": "Somebody Else"}},
    "POST /account/password": {"data": {"old_password": PASSWORD, "password": NEW_PASSWORD}},
    "POST /account/tokens": {"data": {"name": "mine", "scopes": "work:read", "days": "30"}},
    "GET /leave": {"params": {"to": "https://example.org/"}},
    "POST /api/v1/session": {"json": {"email": "eduardina@example.org", "password": PASSWORD}},
    "POST /admin/users": {"data": {"email": "three@example.org"}},
    "GET /projects/new/slug": {"params": {"name": "Lemmas"}},
    "POST /projects/new": {"data": {"act": "template", "template": "mathematics", "prefilled_from": "mathematics"}},
    "POST /projects/{sums}/guidelines/edit": {"data": GUIDELINE},
    "POST /projects/{sums}/guidelines/acknowledge": {"data": {"n": "1"}},
    "POST /projects/{sums}/agreement/sign": {"data": {"n": "1", "agreed": "true"}},
    "POST /projects/{sums}/agreement/edit": {"data": AGREEMENT},
    "POST /api/v1/projects/{sums}/agreement/sign": {"json": {"n": 1, "agreed": True}},
    "PUT /api/v1/projects/{sums}/agreement": {"json": AGREEMENT},
    "POST /projects/{sums}/people": {"data": MEMBER},
    "POST /projects/{sums}/people/{eve}": {"data": {"act": "change", "roles": "reviewer"}},
    "POST /projects/{sums}/setup/rubric": {"data": {**RUBRIC_FORM, "based_on": "1"}},
    "POST /projects/{sums}/setup": {"data": SETTINGS},
    "POST /projects/{sums}/setup/labels": {"data": {"domains": "Algebra", "skills": "prove"}},
    "POST /projects/{sums}/setup/state": {"data": {"to": "paused"}},
    "POST /api/v1/projects": {"json": {"name": "Lemmas", "template": "mathematics"}},
    "PATCH /api/v1/projects/{sums}": {"json": {"purpose": "Proofs."}},
    "POST /api/v1/projects/{sums}/members": {"json": MEMBER},
    "PUT /api/v1/projects/{sums}/members/{eve}": {"json": {"roles": ["reviewer"]}},
    "PUT /api/v1/projects/{sums}/guideline": {"json": GUIDELINE},
    "POST /api/v1/projects/{sums}/guideline/acknowledge": {"json": {"n": 1}},
    "PUT /api/v1/projects/{sums}/rubric": {"json": {"criteria": HARDER, "based_on": 1}},
    "POST /projects/{sums}/tasks/bulk": {"data": FILTER},
    "POST /projects/{sums}/tasks/columns": {"data": {"columns": "topic"}},
    "POST /projects/{sums}/tasks/new": {"data": TASK},
    "POST /projects/{sums}/tasks/answer": {"data": {"answer_kind": "integer"}},
    "POST /tasks/{ready_task}/edit": {"data": TASK},
    "POST /projects/{sums}/imports": {"files": {"file": a_file(GOOD_ROW)}},
    "POST /admin/references": {"data": REFERENCE, "files": {"file": a_file({"text": "Nobody wrote this before."})}},
    "POST /api/v1/reference-sets": {
        "data": {"about": json.dumps(REFERENCE)},
        "files": {"file": a_file({"text": "Nobody wrote this before."})},
    },
    "POST /contamination/{contaminated}/waive": {"data": REASON},
    "POST /api/v1/contamination/{contaminated}/waive": {"json": REASON},
    "POST /imports/{uploaded}/check": {"data": {"adapter": "fields", "map.statement": "statement"}},
    "POST /imports/{checked}/start": {"data": {"leave_out_bad_rows": "true"}},
    "POST /tasks/{ready_task}/state": {"data": {"state": "open"}},
    "POST /tasks/{open_task}/attachments": {"files": {"file": a_picture()}},
    "POST /tasks/{ready_task}/attachments": {"files": {"file": a_picture()}},
    "POST /api/v1/projects/{sums}/tasks": {"json": TASK},
    "POST /api/v1/projects/{sums}/tasks/bulk": {"json": FILTER},
    "POST /api/v1/tasks/{open_task}/check": {"json": {}},
    "PUT /api/v1/tasks/{ready_task}": {"json": TASK},
    "POST /api/v1/tasks/{ready_task}/state": {"json": {"state": "open"}},
    "POST /api/v1/projects/{sums}/imports": {"files": {"file": a_file(GOOD_ROW)}},
    "POST /api/v1/imports/{uploaded}/check": {"json": {"mapping": {"statement": "statement"}}},
    "POST /api/v1/imports/{checked}/start": {"json": {"leave_out_bad_rows": True}},
    "POST /api/v1/tasks/{open_task}/attachments": {"files": {"file": a_picture()}},
    "POST /api/v1/tasks/{ready_task}/attachments": {"files": {"file": a_picture()}},
    "POST /assignments/{lease}/take-back": {"data": REASON},
    "POST /api/v1/assignments/{lease}/take-back": {"json": REASON},
    "POST /work/{draft}/submit": {"data": {"n": "1", "sha256": "{draft_sha256}"}},
    "POST /work/{draft}/reasons": {"data": {"n": "1", "waiver_key": "answer_check", "reason": "Checked by hand."}},
    "POST /work/{draft}/skip": {"data": REASON},
    "POST /work/{draft}/broken": {"data": REASON},
    "POST /work/{draft}/outside-field": {"data": REASON},
    "POST /work/{draft}/give-up": {"data": REASON},
    "POST /work/{draft}/withdraw": {"data": {**REASON, "understood": "true"}},
    "POST /work/{handed_in}/withdraw": {"data": {**REASON, "understood": "true"}},
    "POST /projects/{sums}/withdraw": {"data": {**REASON, "understood": "true", "is_all": "true"}},
    "POST /api/v1/projects/{sums}/withdraw": {"json": {**REASON, "is_all": True}},
    "POST /api/v1/projects/{sums}/next": {"json": {}},
    "PUT /api/v1/work/{draft}/draft": {"json": DRAFT, "headers": {"if-match": '"1"'}},
    "PUT /api/v1/work/{handed_in}/draft": {"json": DRAFT, "headers": {"if-match": '"1"'}},
    "POST /api/v1/work/{draft}/submit": {"json": {"n": 1, "sha256": "{draft_sha256}"}},
    "POST /api/v1/work/{draft}/heartbeat": {"json": {}},
    "POST /api/v1/work/{draft}/check": {"json": {"text": "n = 5"}},
    "POST /api/v1/work/{draft}/runs": {"json": PROGRAM},
    "POST /api/v1/work/{handed_in}/check": {"json": {"text": "n = 5"}},
    "POST /api/v1/work/{handed_in}/runs": {"json": PROGRAM},
    "POST /api/v1/work/{draft}/aside/skip": {"json": REASON},
    "POST /api/v1/work/{draft}/give-up": {"json": REASON},
    "POST /api/v1/work/{handed_in}/withdraw": {"json": REASON},
    "POST /api/v1/work/{draft}/conflicts/{conflict}/settle": {"json": {"take": "theirs", "base_n": 1}},
    "POST /reviews/{review}/reveal": {"data": {"own_answer": "5"}},
    "POST /reviews/{review}/threads": {"data": {"where": "whole", "severity": "major", "body": "Too short."}},
    "POST /reviews/{review}/decide": {"data": APPROVAL},
    "POST /reviews/{review}/edit": {"data": APPROVAL | {"answer": "5", "unit": "", "step-s1": "Write it so."}},
    "POST /threads/{issue}/comments": {"data": {"body": "I see."}},
    "POST /threads/{published}/comments": {"data": {"body": "I see."}},
    "POST /threads/{published}/state": {"data": {"state": "resolved"}},
    "POST /work/{edited}/edits": {"data": {"answer": "accept"}},
    "PUT /api/v1/reviews/{review}/review-draft": {"json": {}, "headers": {"if-match": '"0"'}},
    "POST /api/v1/reviews/{review}/reveal": {"json": {}},
    "POST /api/v1/reviews/{review}/decide": {"json": APPROVAL},
    "POST /api/v1/reviews/{review}/threads": {"json": ISSUE},
    "PATCH /api/v1/threads/{issue}": {"json": {"severity": "minor", "body": "A word is missing."}},
    "PATCH /api/v1/threads/{published}": {"json": {"severity": "minor", "body": "A word is missing."}},
    "POST /api/v1/threads/{published}/comments": {"json": {"body": "I see."}},
    "POST /api/v1/threads/{published}/state": {"json": {"state": "resolved"}},
    "POST /api/v1/work/{edited}/edits/contest": {"json": {"reason": WHY}},
    "POST /projects/{sums}/datasets": {"data": {"name": "Everything", "purpose": "", "states": "approved"}},
    "POST /projects/{sums}/datasets/count": {"data": {"states": "approved"}},
    "POST /datasets/{dataset}": {"data": {"name": "Proofs", "purpose": "", "states": "approved"}},
    "POST /api/v1/projects/{sums}/datasets": {"json": RULE},
    "POST /api/v1/projects/{sums}/datasets/count": {"json": {}},
    "PUT /api/v1/datasets/{dataset}": {"json": RULE},
    "POST /api/v1/datasets/{dataset}/snapshots": {"json": {}},
    "POST /snapshots/{snapshot}/rows/{frozen_work}/challenge": {"data": REASON},
    "POST /challenges/{challenge}/decide": {"data": {**REASON, "is_sustained": "true"}},
    "POST /api/v1/snapshots/{snapshot}/rows/{frozen_work}/challenge": {"json": REASON},
    "POST /api/v1/challenges/{challenge}/decide": {"json": {**REASON, "is_sustained": True}},
    "POST /snapshots/{snapshot}/exports": {
        "data": {"format": "trl_sft", "render": "clean", "reasoning": "field", "system": ""}
    },
    "POST /api/v1/snapshots/{snapshot}/exports": {"json": EXPORT},
    "POST /admin/recipients": {"data": RECIPIENT},
    "POST /admin/recipients/{recipient}": {"data": RECIPIENT},
    "POST /api/v1/recipients": {"json": RECIPIENT},
    "PUT /api/v1/recipients/{recipient}": {"json": RECIPIENT},
    "POST /exports/{handed_copy}/delivery/acknowledge": {"data": SAID},
    "POST /deliveries/{delivery}/acknowledge": {"data": SAID},
    "POST /deliveries/{delivery}/corrections/acknowledge": {"data": SAID},
    "POST /api/v1/deliveries/{delivery}/corrections/acknowledge": {"json": SAID},
    "POST /notices/{notice_secret}": {"data": {"name": "Lena", "heard": "yes", "up_to": "1"}},
    "POST /receipts/{receipt_secret}": {"data": {"name": "Lena", "accepts": "yes"}},
    "POST /api/v1/exports/{copy}/delivery": {"json": {"note": "By hand."}},
    "POST /api/v1/deliveries/{delivery}/acknowledge": {"json": SAID},
}
"""Rows that are not listed send nothing. ``{name}`` stands for a thing of the world."""
_NAME = re.compile(r"\{(\w+)\}")


def filled(value: Any, things: Mapping[str, Any]) -> Any:
    """Put the things of a world where their names stand."""
    if isinstance(value, str):
        whole = _NAME.fullmatch(value)
        return things[whole[1]] if whole else _NAME.sub(lambda match: str(things[match[1]]), value)
    if isinstance(value, dict):
        return {key: filled(inner, things) for key, inner in value.items()}
    return [filled(inner, things) for inner in value] if isinstance(value, list) else value
