"""What can be wrong with a connection.

ConnectionProblem
├── WrongCompany        another company file than the one bound to the connection
├── WrongOrg            another Salesforce org than the one bound to the connection
└── NotConfigured       something in the form is still empty
"""


class ConnectionProblem(Exception):
    """Something about the connection needs a person; the message is a sentence for that person."""

    @property
    def sentence(self) -> str:
        return str(self)


class WrongCompany(ConnectionProblem):
    """The open company file is not the one this connection belongs to."""


class WrongOrg(ConnectionProblem):
    """The login led to another Salesforce org than the one this connection belongs to."""


class NotConfigured(ConnectionProblem):
    """The form is not complete."""
