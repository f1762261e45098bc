"""Writing the requests that make a sample company."""

from apatar.sandbox.quickbooks.markup import escaped


def add(kind: str, inside: str) -> str:
    return f"<{kind}AddRq><{kind}Add>{inside}</{kind}Add></{kind}AddRq>"


def ref(name: str, full_name: str) -> str:
    return f"<{name}>{leaf('FullName', full_name)}</{name}>"


def leaf(name: str, text: str) -> str:
    return f"<{name}>{escaped(text)}</{name}>"
