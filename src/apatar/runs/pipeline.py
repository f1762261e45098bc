"""The flow of a run. It calls the rooms in the right order and never decides.

    Web Connector                              worker
    begin: right company file? open the run
    ask for customers, page by page     |      login, right org?, read accounts, page by page
                        both read  ->  DECIDING
    NoOp                                |      dirty records -> sync core -> planned changes, problems, conflicts
                                    ->  WRITING
    send message sets, take outcomes    |      send collections, take outcomes
                        both written ->  records that became dirty meanwhile: DECIDING again, at most ROUNDS times
                                            tell Salesforce's records how they fare
                                    ->  DONE

Each arrow is one committed row: `phase` and the four flags. A job only says "go on with run 42"; it may be delivered
twice, and may die between any two instructions.
"""

from datetime import UTC, datetime, timedelta

import structlog
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django_scopes import scope, scopes_disabled

from apatar import jobs
from apatar.connections.errors import ConnectionProblem
from apatar.connections.models import seldom_read
from apatar.runs import closing, deciding, rehearsal, salesforce_read, salesforce_write, telling
from apatar.runs.models import Link, Outcome, Phase, Record, Run
from apatar.runs.turns import Overtaken
from apatar.runs.waking import wake_after_links
from apatar.salesforce.errors import SalesforceError
from apatar.sync.backoff import next_attempt

log = structlog.get_logger()

ROUNDS = 6
"""Customer, job, invoice, payment: each waits for the one before, and for its own id to be passed on."""
MOST_ATTEMPTS = 6
LONG_REST = timedelta(minutes=10)
GOES_ON = "Apatar On-Demand goes on by itself; the next run of the Web Connector fetches what is left."
BROKEN = (
    "Something in Apatar On-Demand itself went wrong. Nothing was lost; the next run goes on. If it happens again, "
    "tell whoever runs the service: the log has the details."
)


def now() -> datetime:
    return datetime.now(UTC)


def wake_worker(run: Run, *, at: datetime | None = None) -> None:
    """Ask the worker to go on with a run, in the caller's transaction; asking twice is asking once."""
    jobs.enqueue(
        "runs.go_on",
        lock=f"connection:{run.connection_id}",
        queueing_lock=f"go-on:{run.pk}",
        at=at,
        run_id=run.pk,
    )


@jobs.task("runs.go_on")
def go_on(*, run_id: int) -> None:
    """Do what the worker can do for a run now; idempotent."""
    with scopes_disabled():  # the job names the run; everything after runs in its connection's scope
        run = Run.objects.select_related("connection").filter(pk=run_id, finished_at=None).first()
    if run is None:
        return
    with scope(connection=run.connection), structlog.contextvars.bound_contextvars(run=run.number):
        try:
            _work(run)
        except SalesforceError as error:
            _salesforce_failed(run, error)
        except Overtaken:
            log.info("run was overtaken", phase=run.phase)
            _go_on_later(run)
        except OperationalError:
            raise  # the database is busy or a lock was lost: the job engine brings the job again
        except ConnectionProblem as error:
            closing.fail(run, error.sentence, now=now())
        except Exception:
            log.exception("run broke")
            closing.fail(run, BROKEN, now=now())


def _work(run: Run) -> None:
    while run.finished_at is None:
        before = _how_far(run)
        if run.phase == Phase.READING and not run.salesforce_read:
            salesforce_read.read(run, clock=now)
        elif run.phase == Phase.DECIDING:
            deciding.decide(run, now=now())
        elif run.phase == Phase.WRITING and not run.salesforce_written:
            salesforce_write.write(run, clock=now)
        elif _is_written(run) and not run.told:
            telling.tell(run, clock=now)
        advance(run)
        if before == _how_far(run):
            return


def _how_far(run: Run) -> tuple[str, int, bool, bool, bool]:
    """Return what changes whenever the worker got on; a dry run decides several times in one phase."""
    return (run.phase, run.rounds, run.salesforce_read, run.salesforce_written, run.told)


def advance(run: Run) -> None:
    """Move the run on as far as its flags allow, and wake the worker where it has something to do."""
    with transaction.atomic():
        run.refresh_from_db(from_queryset=locked())
        advance_locked(run)


def advance_locked(run: Run) -> None:
    """Do the same for a run whose row the caller has locked, and has not changed since but through `run` itself."""
    if run.finished_at is not None or run.connection.paused_at is not None:
        return
    moved = _step(run)
    run.touched_at = now()
    run.save(update_fields=None if moved else ["touched_at"])


def locked() -> "QuerySet[Run]":
    """Return runs to be locked, with their connections, which are not: those are always locked first or not at all."""
    return Run.objects.select_for_update(of=("self",)).select_related("connection").defer(*seldom_read("connection"))


def locked_run(run_id: int) -> Run:
    """Return a run whose row is locked until the end of the caller's transaction."""
    return locked().get(pk=run_id)


def _go_on_later(run: Run) -> None:
    """Wake the worker for a run that moved under it; a paused one waits for the Web Connector's next call."""
    with transaction.atomic():
        if Run.objects.filter(pk=run.pk, finished_at=None, connection__paused_at=None).exists():
            wake_worker(run)


def _step(run: Run) -> bool:
    """Return whether the run moved."""
    if run.phase == Phase.READING and run.quickbooks_read and run.salesforce_read:
        run.phase = Phase.DECIDING
        wake_worker(run)
    elif _is_written(run):
        if _another_round(run):
            run.phase, run.told = Phase.DECIDING, False
            wake_worker(run)
        elif not run.told:
            wake_worker(run)
        else:
            closing.close(run, now=now())
            run.message += rehearsal.show_what_came_up(run, now=now())
    else:
        return False
    return True


def _is_written(run: Run) -> bool:
    return run.phase == Phase.WRITING and run.quickbooks_written and run.salesforce_written


def _another_round(run: Run) -> bool:
    """Writing makes records dirty again: a stale one was read anew, a created one has a new id to pass on.

    What waited for a record that has a counterpart now, a new one or one that was found, is decided again, too: an
    invoice after its customer.
    """
    if run.undoes_id is not None:
        return False
    made = Link.objects.filter(connection=run.connection, linked_at__gte=run.started_at).count()
    if made > run.links_made:
        run.links_made = made
        wake_after_links(run)
    return run.rounds < ROUNDS and Record.objects.filter(connection=run.connection, dirty=True).exists()


def _salesforce_failed(run: Run, error: SalesforceError) -> None:
    """Try again later where that can help, else close the run with the reason."""
    attempts = int(run.salesforce_cursor.get("attempts", 0)) + 1
    log.warning("salesforce failed", code=error.code, attempts=attempts)
    if error.permanent or attempts >= MOST_ATTEMPTS:
        closing.fail(run, error.sentence, now=now(), outcome=Outcome.FAILED)
        return
    with transaction.atomic():
        run.refresh_from_db(fields=["salesforce_cursor"])
        at = next_attempt(attempts, now=now(), jitter=0.5)
        at = max(at, now() + error.retry_after) if error.retry_after else at
        run.salesforce_cursor |= {"attempts": attempts, "rests": {"until": at.isoformat(), "why": error.sentence}}
        run.save(update_fields=["salesforce_cursor"])
        wake_worker(run, at=at)


def why_it_rests(run: Run, *, now: datetime) -> str:
    """Say why Salesforce is not asked again soon, or nothing: nobody needs to wait for that at the Web Connector."""
    rests = run.salesforce_cursor.get("rests")
    if rests is None or datetime.fromisoformat(rests["until"]) - now < LONG_REST:
        return ""
    return f"{rests['why']} {GOES_ON}"
