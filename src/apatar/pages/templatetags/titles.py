"""How a connection is called on pages."""

from django import template

from apatar.connections.glance import title_of

register = template.Library()
register.filter("title_of", title_of)
