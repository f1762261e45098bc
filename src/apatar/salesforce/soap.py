"""What every SOAP conversation with Salesforce shares: reading an envelope without trusting it."""

from lxml import etree

from apatar.salesforce.errors import NotUnderstood

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def read_body(content: bytes) -> etree._Element:
    """Return the body of an envelope. Raises NotUnderstood on HTML, on a doctype, and on anything else."""
    try:
        root = etree.fromstring(content, _PARSER)
    except etree.XMLSyntaxError as error:
        raise NotUnderstood(code="NOT_SOAP") from error
    body = root.find(f"{{{SOAP}}}Body")
    if body is None or _has_doctype(root):
        raise NotUnderstood(code="NOT_SOAP")
    return body


def fault_in(body: etree._Element) -> etree._Element | None:
    return body.find(f"{{{SOAP}}}Fault")


def _has_doctype(root: etree._Element) -> bool:
    return bool(root.getroottree().docinfo.doctype)  # type: ignore[attr-defined]  # the stubs do not know it
