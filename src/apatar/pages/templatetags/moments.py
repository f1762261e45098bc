"""How moments and spans of time are written on pages."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

register = template.Library()


@register.simple_tag
def moment(at: datetime | None, never: str = "Not yet") -> SafeString:
    """Write how long ago, or in how long; the exact time is in the tooltip and for machines."""
    if not at:
        return format_html('<span class="muted">{}</span>', never)
    words = distance(at, now=timezone.now())
    return format_html('<time datetime="{}" title="{} UTC">{}</time>', at.isoformat(), _exact(at), words)


@register.filter
def lasting(begin: datetime, end: datetime) -> str:
    """Write how long something took; below a minute in seconds."""
    seconds = int((end - begin).total_seconds())
    if seconds < 60:
        return f"{max(seconds, 1)} second{'s' if seconds > 1 else ''}"
    return _span(begin, end)


def distance(at: datetime, *, now: datetime) -> str:
    """Say in one unit how far a moment is: “3 days ago”, “in 10 minutes”, “just now”."""
    if abs((now - at).total_seconds()) < 60:
        return "just now" if at <= now else "in a moment"
    return f"{_span(at, now)} ago" if at < now else f"in {_span(now, at)}"


def _span(begin: datetime, end: datetime) -> str:
    return timesince(begin, end, depth=1).replace("\xa0", " ")


def _exact(at: datetime) -> str:
    return format_date(at, "j F Y, H:i")
