"""The WSDL of the door: WSDL 1.1, document/literal wrapped, from the same table that reads the calls.

The Web Connector itself never reads it (its client is compiled); toolkits and people do.
"""

from functools import lru_cache
from xml.sax.saxutils import quoteattr

from apatar.webconnector.soap import NAMESPACE, NUMBER_ARGUMENTS, OPERATIONS, Kind, Operation

SERVICE = "ApatarWebConnector"
_BINDINGS = ("soap", "soap12")
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"'
    f' xmlns:tns="{NAMESPACE}" name="{SERVICE}" targetNamespace="{NAMESPACE}">'
)
_TEXTS = (
    '<xs:complexType name="ArrayOfString"><xs:sequence>'
    '<xs:element name="string" type="xs:string" minOccurs="0" maxOccurs="unbounded" nillable="true"/>'
    "</xs:sequence></xs:complexType>"
)
_RESULT_TYPES = {Kind.TEXT: ("xs:string", 0), Kind.NUMBER: ("xs:int", 1), Kind.TEXTS: ("tns:ArrayOfString", 0)}


@lru_cache(maxsize=4)
def wsdl(address: str) -> bytes:
    """Describe the door at its public `address`, a whole URL."""
    operations = OPERATIONS.values()
    parts = [
        _HEAD,
        f'<wsdl:types><xs:schema elementFormDefault="qualified" targetNamespace="{NAMESPACE}">',
        *(_elements(operation) for operation in operations),
        _TEXTS,
        "</xs:schema></wsdl:types>",
        *(_messages(operation.name) for operation in operations),
        f'<wsdl:portType name="{SERVICE}Soap">',
        *(_port_operation(operation.name) for operation in operations),
        "</wsdl:portType>",
        *(_binding(soap) for soap in _BINDINGS),
        f'<wsdl:service name="{SERVICE}">',
        *(_port(soap, address) for soap in _BINDINGS),
        "</wsdl:service></wsdl:definitions>\n",
    ]
    return "\n".join(parts).encode()


def _elements(operation: Operation) -> str:
    """The wrapper of the call and the wrapper of its answer."""
    arguments = "".join(_argument(name) for name in operation.arguments)
    type_name, at_least = _RESULT_TYPES[operation.result]
    result = f'<xs:element name="{operation.name}Result" type="{type_name}" minOccurs="{at_least}"/>'
    return _wrapper(operation.name, arguments) + _wrapper(f"{operation.name}Response", result)


def _argument(name: str) -> str:
    number = name in NUMBER_ARGUMENTS
    return f'<xs:element name="{name}" type="xs:{"int" if number else "string"}" minOccurs="{int(number)}"/>'


def _wrapper(name: str, content: str) -> str:
    return (
        f'<xs:element name="{name}"><xs:complexType><xs:sequence>{content}</xs:sequence></xs:complexType></xs:element>'
    )


def _messages(name: str) -> str:
    """Parts must be named `parameters`: with any other name .NET's generated proxy posts an empty body."""
    return "".join(
        f'<wsdl:message name="{name}{way}"><wsdl:part name="parameters" element="tns:{element}"/></wsdl:message>'
        for way, element in (("SoapIn", name), ("SoapOut", f"{name}Response"))
    )


def _port_operation(name: str) -> str:
    return (
        f'<wsdl:operation name="{name}"><wsdl:input message="tns:{name}SoapIn"/>'
        f'<wsdl:output message="tns:{name}SoapOut"/></wsdl:operation>'
    )


def _binding(soap: str) -> str:
    operations = "".join(_binding_operation(soap, name) for name in OPERATIONS)
    return (
        f'<wsdl:binding name="{_binding_name(soap)}" type="tns:{SERVICE}Soap">'
        f'<{soap}:binding transport="http://schemas.xmlsoap.org/soap/http"/>{operations}</wsdl:binding>'
    )


def _binding_operation(soap: str, name: str) -> str:
    body = f'<{soap}:body use="literal"/>'
    return (
        f'<wsdl:operation name="{name}"><{soap}:operation soapAction="{NAMESPACE}{name}" style="document"/>'
        f"<wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output></wsdl:operation>"
    )


def _port(soap: str, address: str) -> str:
    name = _binding_name(soap)
    location = f"<{soap}:address location={quoteattr(address)}/>"
    return f'<wsdl:port name="{name}" binding="tns:{name}">{location}</wsdl:port>'


def _binding_name(soap: str) -> str:
    return f"{SERVICE}{soap.capitalize()}"
