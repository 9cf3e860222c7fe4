"""Curation against a model of it: whatever four people do in whatever order, the service answers as the rules say."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from app.history import queries
from tests.api.curating import Person, revisions
from tests.api.serving import Writable

PUBLIC = ("submitted", "accepted")
BODIES: dict[str, Any] = {"accept": {"interest": "none"}, "reject": {"comment": "no"}, "retire": {"reason": "a slip"}}
FROM = {"submit": ("draft",), "recall": ("submitted", "rejected"), "accept": ("submitted",), "reject": ("submitted",),
        "retire": ("draft", "submitted", "accepted", "rejected")}  # fmt: skip
TO = {"submit": "submitted", "recall": "draft", "accept": "accepted", "reject": "rejected", "retire": "retired"}
ROLES = {"maria": "curator", "jon": "curator", "edith": "editor", "boss": "admin"}
NAMES = st.sampled_from(sorted(ROLES))
STEPS = st.sampled_from(sorted(FROM))
PICK = st.integers(0, 999)


@dataclass
class Model:
    """A study or finding as it should be."""

    path: str
    author: str
    field: str
    study: "Model | None" = None
    parts: dict[str, Any] = field(default_factory=dict)
    status: str = "draft"
    value: int | None = None
    authors: set[str] = field(default_factory=set)

    def seen_by(self, name: str) -> int:
        """The status of a reading: 200, 404 or 410."""
        own = self.status in PUBLIC or ROLES[name] != "curator" or name == self.author
        if self.study is None:
            return 410 if self.status == "retired" else 200 if own else 404
        of = self.study.seen_by(name)
        if self.status == "retired":
            return 410
        if not own:
            return 404
        return of


@dataclass
class Proposed:
    """A proposal as it should be."""

    path: str
    author: str
    of: Model
    before: int | None
    after: int
    state: str = "open"


class Curation(RuleBasedStateMachine):
    """Four people and the records that they make; each rule says what the service must answer before it is asked."""

    def __init__(self, writable: Writable, people: dict[str, Person]) -> None:
        super().__init__()
        self.writable, self.people = writable, people
        self.records: list[Model] = []
        self.proposals: list[Proposed] = []
        self.counter = 0
        self.expected = revisions(writable)

    @rule(name=NAMES)
    def enter_a_study(self, name: str) -> None:
        study = self.people[name].study()
        self.records.append(Model(f"/studies/{study['id']}", name, "n_total", parts=study, authors={name}))
        self.expected += 1

    @precondition(lambda self: self.records)
    @rule(name=NAMES, pick=PICK, whole=st.booleans())
    def enter_a_finding(self, name: str, pick: int, whole: bool) -> None:
        studies = [each for each in self.records if each.study is None]
        study = studies[pick % len(studies)]
        places = {"report_id": "R11", "exposure_id": study.parts["exposures"][0]["id"]}
        quotes = [{"text": "slept badly", "location": "table", "page": "Table 2"}]
        body = {"outcome": "insomnia", "direction": "increased", "phase": "active_use", "contrast": "taking", **places,
                "basis": "perceived_effect", "summary": "As they say." if whole else None, "quotes": quotes}  # fmt: skip
        response = self.people[name].post(f"{study.path}/findings", body)
        expected = study.seen_by(name)

        assert (201 if expected == 200 else expected) == response.status_code, response.text
        if response.status_code == 201:
            data = response.json()["data"]
            self.records.append(
                Model(f"/findings/{data['id']}", name, "n_group", study, {"whole": whole}, authors={name})
            )
            self.expected += 1

    @precondition(lambda self: self.records)
    @rule(name=NAMES, pick=PICK)
    def edit(self, name: str, pick: int) -> None:
        record = self.records[pick % len(self.records)]
        self.counter += 1
        response = self.people[name].patch(record.path, {record.field: self.counter})

        assert self._of_edit(record, name) == response.status_code, response.text
        if response.status_code == 200:
            record.value = self.counter
            record.authors.add(name)
        if response.status_code == 202:
            data = response.json()["data"]
            self.proposals.append(Proposed(f"/proposals/{data['id']}", name, record, record.value, self.counter))
        self.expected += response.status_code < 300

    def _of_edit(self, record: Model, name: str) -> int:
        if record.seen_by(name) != 200:
            return record.seen_by(name)
        if record.status == "rejected":
            return 409
        bears = any(each.study is record and each.status == "accepted" for each in self.records)
        own = record.status == "submitted" and name == record.author and not bears
        return 200 if record.status == "draft" or own else 202

    @precondition(lambda self: self.records)
    @rule(name=NAMES, pick=PICK, step=STEPS)
    def take_a_step(self, name: str, pick: int, step: str) -> None:
        record = self.records[pick % len(self.records)]
        response = self.people[name].act(f"{record.path}/{step}", BODIES.get(step))

        assert self._of_step(record, name, step) == response.status_code, (record, name, step, response.text)
        if response.status_code == 200:
            record.status = TO[step]
            self.expected += 1
            if step == "reject":
                self._reopen_findings_of(record)

    def _reopen_findings_of(self, study: Model) -> None:
        for each in self.records:
            if each.study is study and each.status == "accepted":
                each.status = "submitted"

    def _of_step(self, record: Model, name: str, step: str) -> int:
        editor = ROLES[name] != "curator"
        if step in ("accept", "reject") and not editor:
            return 403
        if record.seen_by(name) != 200:
            return record.seen_by(name)
        if self._is_not_theirs(record, name, step):
            return 403
        if record.status not in FROM[step]:
            return 409
        if step == "submit" and record.study is not None and not record.parts["whole"]:
            return 422
        if self._bears_findings_of_others(record, name, step):
            return 409
        hidden = step == "accept" and record.study is not None and record.study.status not in PUBLIC
        return 409 if hidden else 200

    def _is_not_theirs(self, record: Model, name: str, step: str) -> bool:
        if step in ("accept", "reject"):
            return name in record.authors
        if step == "recall":
            return name != record.author
        own_draft = record.status == "draft" and name == record.author
        return step == "retire" and ROLES[name] == "curator" and not own_draft

    def _bears_findings_of_others(self, record: Model, name: str, step: str) -> bool:
        """A study that its author alone does not take out."""
        taken_out = (step == "recall" and record.status == "submitted") or (
            step == "retire" and ROLES[name] == "curator"
        )
        hanging = [each for each in self.records if each.study is record and each.status != "retired"]
        return taken_out and any(each.status == "accepted" or each.author != record.author for each in hanging)

    @precondition(lambda self: self.proposals)
    @rule(name=NAMES, pick=PICK)
    def accept_a_proposal(self, name: str, pick: int) -> None:
        proposal = self.proposals[pick % len(self.proposals)]
        response = self.people[name].act(f"{proposal.path}/accept", BODIES["accept"])

        assert self._of_accepting(proposal, name) == response.status_code, (proposal, name, response.text)
        if response.status_code == 200:
            proposal.state, proposal.of.value = "accepted", proposal.after
            proposal.of.authors.add(proposal.author)
            for other in self.proposals:
                if other.of is proposal.of and other.state == "open":
                    other.state = "superseded"
            self.expected += 1

    def _of_accepting(self, proposal: Proposed, name: str) -> int:
        if ROLES[name] == "curator":
            return 403
        if proposal.of.seen_by(name) != 200:
            return proposal.of.seen_by(name)
        if name == proposal.author:
            return 403
        holds = proposal.state == "open" and proposal.of.status in PUBLIC and proposal.of.value == proposal.before
        return 200 if holds else 409

    @invariant()
    def each_write_is_one_data_revision(self) -> None:
        assert self.expected == revisions(self.writable)

    def teardown(self) -> None:
        """What is stored is what the model holds."""
        boss = self.people["boss"]
        for record in self.records:
            response = boss.get(record.path)

            assert record.seen_by("boss") == response.status_code
            if response.status_code == 200:
                data = response.json()["data"]
                assert (record.status, record.value) == (data["status"], data[record.field])
        with self.writable.store.reading() as session:
            assert [] == list(queries.broken_links(session))


def test_whatever_four_people_do_the_service_answers_as_the_rules_say(writable: Writable) -> None:
    people = {name: Person.of(writable, name, role) for name, role in ROLES.items()}
    short = settings(max_examples=6, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(lambda: Curation(writable, people), settings=short)
