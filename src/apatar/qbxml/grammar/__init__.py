"""The table of messages: what QuickBooks understands, in which order, of what length, since which version.

The table is the text files beside this module: US desktop edition, up to qbXML 16.0. Two spaces of indent make a child:

    message NAME [iterator] [metadata] [@since] [like SHAPE]     a request
    record NAME [like RECORD]                                    what an answer holds
    shape NAME                                                   elements that several places share
    values NAME                                                  a set of values that several elements share

    Name QUANTITY TYPE [@since]         none = at most one, ! = exactly one, * = any, + = one or more, *8 = up to 8
    choice QUANTITY                     one of its children; `all` makes several elements one alternative
    types                               text [length] · id · guid · bool · int [low..high] · amount · price · quantity ·
                                        percent · float · date · moment · interval · of A|B · in VALUES · ref [length of
                                        FullName] · use SHAPE · none = the children follow

Order and versions come from the schema's operations table, the numeric repeat limits from the XSD of 13.0 alone.
"""

from apatar.qbxml.grammar.elements import Choice, Element, Kind, Message, Particle, Record, elements_of, names_of
from apatar.qbxml.grammar.table import known, message, messages, record, records

__all__ = [
    "Choice",
    "Element",
    "Kind",
    "Message",
    "Particle",
    "Record",
    "elements_of",
    "known",
    "message",
    "messages",
    "names_of",
    "record",
    "records",
]
