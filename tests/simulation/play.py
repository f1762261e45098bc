"""Playing a schedule: people act, runs go wrong, and after each step and at the end the judge looks at both sides."""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection as database
from django_scopes import scope, scopes_disabled

from apatar.runs import models as rows
from apatar.runs import rehearsal, snoozing, undoing
from apatar.runs.models import ChangeState
from apatar.runs.quickbooks_side import TAKES_LONG
from apatar.sandbox.webconnector.faults import Fault
from apatar.sync.record import Side
from tests.simulation import promises
from tests.simulation.mishaps import LOCKED, Mishaps
from tests.simulation.promises import Broken, Moved
from tests.simulation.stage import Stage, a_stage, another_org, quick_folder
from tests.simulation.steps import (
    Deal,
    Delete,
    Edit,
    Elsewhere,
    Make,
    Refuse,
    Rehearse,
    Run,
    Schedule,
    Sell,
    Step,
    TakeBack,
    Trouble,
    Typed,
    Wait,
    Wrong,
)
from tests.simulation.town import IN_SALESFORCE, View, Word, told

LATE = frozenset({
    Trouble.ORG_UNAVAILABLE, Trouble.ORG_LOSES_REQUEST, Trouble.ORG_LOSES_REPLY, Trouble.QUOTA, Trouble.RETURNS,
})  # fmt: skip
TRIED = (ChangeState.CONFIRMED, ChangeState.REFUSED)
KEPT_TABLES = ("contenttypes", "auth", "sites")
"""Filled by the migrations."""
OWNER = "owner@bayshore.example"
REFUSED = "Not this one"
MINUTES = 10
"""Between two runs of the peace at the end."""


@dataclass
class Report:
    """What became of a schedule: the promise that was broken, and the number of mishaps of each sort."""

    schedule: Schedule
    broken: Broken | None = None
    injected: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)


def play(schedule: Schedule) -> Report:
    """Play a schedule on a stage of its own; the database is empty before and after."""
    report = Report(schedule)
    folder = Path(mkdtemp(prefix="apatar-simulation-", dir=quick_folder()))
    try:
        with a_stage(schedule, folder) as stage:
            player = Player(stage, Mishaps(stage, report.injected), report)
            try:
                player.play()
            except Broken as broken:
                report.broken = broken
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        empty_the_database()
    return report


def empty_the_database() -> None:
    """Delete every row; the tables are few and nearly empty, so this is quicker than making them anew."""
    database.ops.execute_sql_flush(_flush())


@cache
def _flush() -> list[str]:
    models = apps.get_models(include_auto_created=True)
    tables = [one._meta.db_table for one in models if one._meta.managed and one._meta.app_label not in KEPT_TABLES]
    return list(database.ops.sql_flush(no_style(), tables, allow_cascade=database.vendor == "postgresql"))


@dataclass
class Player:
    """Plays the steps on a stage."""

    stage: Stage
    mishaps: Mishaps
    report: Report
    refused: set[int] = field(default_factory=set)

    def play(self) -> None:
        for step in self.report.schedule.steps:
            self.report.story.append(f"{datetime.now(UTC):%m-%d %H:%M:%S} {step}")
            self._do(step)
            self._look()
            self.stage.clock.pass_by(seconds=7)
        self.mishaps.over()
        self._make_peace()

    def _do(self, step: Step) -> None:
        match step:
            case Make() | Edit() | Delete():
                self.stage.town.do(step)
            case Sell():
                self.stage.market.sell(step)
            case Deal():
                self.stage.market.deal(step)
            case Run():
                self._run(step)
            case Rehearse():
                self._rehearse(step)
            case TakeBack():
                self._take_back(step)
            case Wrong():
                self._go_wrong(step.what)
            case Refuse():
                self._refuse(step)
            case Wait():
                self.stage.clock.pass_by(minutes=step.minutes)
            case _:
                raise NotImplementedError(step)

    def _look(self) -> View:
        view = self.stage.town.look()
        promises.nothing_is_doubled(view)
        promises.nothing_unmapped_is_touched(view, self.stage.town)
        if self.report.schedule.trades:
            self.stage.market.nothing_is_doubled()
        return view

    def _run(self, run: Run) -> None:
        calls = self.stage.line.calls
        faults = [Fault(one.mishap, one.operation, one.nth) for one in run.wire]
        self.stage.struck.clear()
        with self.mishaps.befalling(run):
            outcome = self.stage.update_selected(*faults)
            self.report.story.append(f"    {outcome.status}")
            if outcome.status == TAKES_LONG and not (run.wire or run.kill or self._salesforce_suffers(run)):
                raise Broken("I5", "the Web Connector waited for a worker that nobody had woken")
        self.report.injected.update(f"the wire: {one}" for one in self.stage.struck)
        self.stage.work()
        promises.calls_are_few(self.stage.line.calls - calls, idle=False, objects=self.report.schedule.objects)

    def _salesforce_suffers(self, run: Run) -> bool:
        """Tell whether Salesforce has a reason to be late with its side of this run."""
        return any(one.trouble in LATE for one in run.troubles)

    def _calm_run(self) -> bool:
        """Update Selected without mishap; True where it ended well."""
        outcome = self.stage.update_selected()
        self.report.story.append(f"    {outcome.status}")
        self.stage.work()
        return outcome.well

    def _rehearse(self, step: Rehearse) -> None:
        """I8: the dry run writes nothing, and its release writes what it has shown and what follows from that."""
        with scope(connection=self.stage.connection):
            rehearsal.ask_for_a_dry_run(self.stage.reload(), now=datetime.now(UTC))
        before = self.stage.town.view()
        well, dry = self._calm_run(), self.stage.last_known_run()
        if dry is None or not dry.is_dry:
            return
        promises.nothing_moved(before, self.stage.town.view())
        if not well or dry.outcome != rows.Outcome.SHOWN:
            return
        if step.act:
            self.stage.clock.pass_by(minutes=2)
            self.stage.town.do(step.act)
        self.stage.clock.pass_by(minutes=2)
        with scope(connection=self.stage.connection):
            if not rehearsal.release(dry, by=OWNER, now=datetime.now(UTC)):
                return
        if self._calm_run():
            self.report.injected["a plan is released"] += 1
            self._judge_release(dry, self.stage.last_run(), undisturbed=step.act is None)

    def _judge_release(self, dry: rows.Run, done: rows.Run, *, undisturbed: bool) -> None:
        shown = {one.content: one for one in self.stage.changes(dry) if one.state == ChangeState.SHOWN}
        written = [one for one in self.stage.changes(done) if one.state == ChangeState.CONFIRMED]
        made = {(one.side, one.remote_id) for one in written if one.operation == "create"}
        made |= {(Side(one.side).other.value, one.source_id) for one in written if one.operation == "create"}
        for one in written:
            if one.content not in shown and (one.side, one.remote_id) not in made:
                raise Broken("I8", f"the release wrote what was not shown: {one} {one.name} {one.fields}")
        tried = {one.content for one in self.stage.changes(done) if one.state in TRIED}
        left = {one.content for one in shown.values() if not one.is_later} - tried
        if undisturbed and left:
            raise Broken("I8", f"the release left out {[str(shown[one]) + shown[one].name for one in left]}")

    def _take_back(self, step: TakeBack) -> None:
        """I9: what a run wrote is as it was before, wherever nobody has edited since."""
        stage, town = self.stage, self.stage.town
        before, last = town.view(), stage.last_known_run()
        if not self._calm_run():
            return
        run = stage.last_run()
        wrote = {one.remote_id for one in stage.changes(run) if one.state == ChangeState.CONFIRMED}
        after, words = self._look(), len(town.words)
        stage.clock.pass_by(minutes=2)
        if step.act:
            town.do(step.act)
        with scope(connection=stage.connection):
            if not undoing.ask(run, by=OWNER, now=datetime.now(UTC)):
                return
        stage.clock.pass_by(minutes=2)
        if not self._calm_run():
            return
        self.report.injected["a run is taken back"] += 1
        touched = {one.number for one in town.words[words:]} | set(town.deleted)
        self._judge_edited(town.words[words:])
        if last is None or run.number > last.number:  # one that was interrupted began before we looked
            self._judge_undo(before, after, wrote, touched)
        town.part({one.number for one in after.entries if one.remote_id in wrote})

    def _judge_edited(self, words: Sequence[Word]) -> None:
        """What was edited since is not touched."""
        view = self.stage.town.view()
        for word in words:
            held = [one.values[word.field] for one in view.of(word.number) if one.side is word.side]
            if held and told(word.field, held[0]) != told(word.field, word.value):
                raise Broken("I9", f"{word.field} of customer {word.number} was edited since, and is {held[0]} now")

    def _judge_undo(self, before: View, after: View, wrote: set[str], touched: set[int]) -> None:
        stood = {(one.side, one.remote_id): one for one in before.entries}
        now = {(one.side, one.remote_id): one for one in self.stage.town.view().entries}
        for one in after.entries:
            key = (one.side, one.remote_id)
            if one.remote_id not in wrote or one.number in touched or one.number in self.refused:
                continue
            then = stood.get(key)
            if then is None and key in now:
                raise Broken("I9", f"customer {one.number} was made by the run and is still in {one.side.label}")
            if then and now[key].values != then.values:
                raise Broken("I9", f"customer {one.number} in {one.side.label}: {now[key].values}, not {then.values}")

    def _go_wrong(self, what: Elsewhere) -> None:
        """I6: whoever stands in the right one's place gets not one read, not one write."""
        self.report.injected[what] += 1
        stage = self.stage
        if stage.last_known_run() is None:
            return
        if what is Elsewhere.FILE:
            stage.other.asked.clear()
            outcome = stage.update_selected(desk=stage.other)
            if outcome.well or stage.other.asked:
                raise Broken("I6", f"another company file was asked: {stage.other.asked}")
            return
        with another_org(stage) as other:
            calls = other.state.calls_today()
            outcome = stage.update_selected()
            stage.work()
            if other.state.calls_today() > calls:
                raise Broken("I6", f"another org was asked {other.state.calls_today() - calls} times")
        self.report.story.append(f"    {outcome.status}")

    def _refuse(self, step: Refuse) -> None:
        """Have one side refuse a record that was edited on the other one."""
        one = self.stage.town.chosen(step.side.other, step.pick)
        if one is None or self.refused:
            return
        self.refused.add(one.number)
        self.stage.town.do(Edit(step.side.other, step.pick, Typed.FAX))
        self.report.injected[f"{step.side.label} refuses a record"] += 1
        if step.side is Side.SALESFORCE:
            rule = {"object": "Account", "when": f"Name LIKE '{one.number}%'", "message": REFUSED}
            self.stage.org.faults.set(validation_rules=[rule])

    def _make_peace(self) -> None:
        """People stop editing, problems are fixed: two runs, and both sides agree; a third one writes nothing."""
        stage, town = self.stage, self.stage.town
        self.report.story.append("-- peace")
        if self.refused:
            self._others_go_on()
        stage.org.faults.set(validation_rules=[])
        stage.clock.pass_by(minutes=30)
        self._ask_again()
        self._well_run()
        if not self._is_quiet():
            self._quiet_run()
        view = self._look()
        town.unseen |= self._overwritten_unseen(view)
        promises.nothing_is_missing(view, town)
        promises.both_sides_agree(view, town)
        promises.nothing_typed_is_lost(view, town, self._kept())
        if self.report.schedule.trades:
            stage.market.the_books_agree()

    def _is_quiet(self) -> bool:
        """Run once more, and tell whether that wrote nothing: then the one before was enough."""
        try:
            self._quiet_run()
        except Moved:
            return False
        return True

    def _quiet_run(self) -> None:
        """A run that has nothing left to do: it writes nothing, and hardly asks."""
        self.stage.clock.pass_by(minutes=MINUTES)
        view, calls, traded = self.stage.town.look(), self.stage.line.calls, self._traded()
        self._well_run()
        promises.nothing_moved(view, self.stage.town.view())
        if traded != self._traded():
            raise Moved("I3", "a run that had nothing to do wrote what is traded")
        promises.calls_are_few(self.stage.line.calls - calls, idle=True, objects=self.report.schedule.objects)

    def _traded(self) -> dict[str, str]:
        return self.stage.market.versions() if self.report.schedule.trades else {}

    def _others_go_on(self) -> None:
        """I4: one record is refused; all others agree after two runs nevertheless."""
        for _ in range(2):
            self.stage.clock.pass_by(minutes=MINUTES)
            self._refuse_in_quickbooks()
            self._calm_run()
        view = self._look()
        try:
            promises.nothing_is_missing(view, self.stage.town, self.refused)
            promises.both_sides_agree(view, self.stage.town, self.refused)
        except Broken as broken:
            raise Broken("I4", str(broken)) from None
        self.stage.desk.forget_traps()

    def _refuse_in_quickbooks(self) -> None:
        if self.stage.org.faults.in_force.validation_rules:
            return
        for number in self.refused:
            self.stage.desk.refuse(str(number), *LOCKED, times=99)

    def _well_run(self) -> None:
        if not self._calm_run():
            raise Broken("I3", f"a run without mishap ended with “{self.report.story[-1].strip()}”")

    def _ask_again(self) -> None:
        with scope(connection=self.stage.connection):
            ids = list(rows.Problem.objects.filter(closed_at=None).values_list("pk", flat=True))
            snoozing.ask_again(ids, now=datetime.now(UTC))

    def _overwritten_unseen(self, view: View) -> set[int]:
        """Return the serials of words in Salesforce that were written over before anybody could see them."""
        found = set()
        for word in self.stage.town.words:
            if word.shown_at is None or word.side is not Side.SALESFORCE:
                continue
            ids = [one.remote_id for one in view.of(word.number) if one.side is Side.SALESFORCE]
            with scopes_disabled():
                sent = rows.Change.objects.exclude(state=ChangeState.REFUSED).filter(
                    side=Side.SALESFORCE,
                    remote_id__in=ids,
                    batch__sent_at__range=(word.typed_at, word.shown_at),
                )
                if any(IN_SALESFORCE[word.field] in one.fields for one in sent):
                    found.add(word.serial)
        return found

    def _kept(self) -> str:
        """Return every value that the service has kept for people to bring back, as one text."""
        with scopes_disabled():
            lost = rows.Conflict.objects.values_list("salesforce_value", "quickbooks_value")
            return "\n".join(value for pair in lost for value in pair)
