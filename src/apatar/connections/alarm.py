"""The alarm: the Web Connector is silent for longer than twice the frequency (PRODUCT.md, defaults)."""

from datetime import datetime

import structlog
from django.core.mail import send_mail
from django.db.models import F, Q
from django_scopes import scopes_disabled

from apatar.connections.address import public_address
from apatar.connections.glance import expected_gap
from apatar.connections.models import Connection
from apatar.connections.schedule import is_silent

log = structlog.get_logger()

TEXT = """The QuickBooks Web Connector has not called for {company} since {since:%d %B %Y, %H:%M} UTC.

Salesforce and QuickBooks are not kept in step until it calls again. On the PC where QuickBooks runs, please look
whether
 - a Windows user is logged in and the Web Connector is running,
 - Auto-Run is ticked,
 - QuickBooks shows no question that waits for an answer.

{url}
"""


def raise_alarms(*, now: datetime) -> int:
    """Mail the owner of every connection that fell silent, once per silence; return how many mails were sent."""
    with scopes_disabled():
        watched = Connection.objects.select_related("owner").filter(
            Q(alarmed_at=None) | Q(alarmed_at__lt=F("last_call_at")), paused_at=None, last_call_at__isnull=False
        )
        return sum(_alarm(connection, now) for connection in watched)


def _alarm(connection: Connection, now: datetime) -> bool:
    if not is_silent(now=now, last_call=connection.last_call_at, frequency=expected_gap(connection)):
        return False
    # Claimed before it is sent: two workers must not write to one person twice.
    claimed = Connection.objects.filter(pk=connection.pk, alarmed_at=connection.alarmed_at).update(alarmed_at=now)
    if not claimed:
        return False
    url = f"{public_address()}/connections/{connection.pk}/"
    text = TEXT.format(company=connection.company, since=connection.last_call_at, url=url)
    sent = send_mail(f"{connection.company}: the Web Connector is silent", text, None, [connection.owner.email])
    log.info("silence reported", connection=connection.pk, mails=sent)
    return bool(sent)
