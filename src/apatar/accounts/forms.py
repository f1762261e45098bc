"""Forms about the people of a workspace."""

from django import forms

from apatar.accounts.models import Role


class LetInForm(forms.Form):
    """Gives someone who has registered a role here."""

    email = forms.EmailField(label="E-mail address", help_text="They must have registered with this address.")
    role = forms.ChoiceField(
        label="Role",
        choices=Role.choices,
        initial=Role.MEMBER,
        help_text="Viewers look, members also change connections, owners also decide who comes in.",
    )
