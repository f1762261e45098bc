"""The form that takes a file of decisions in."""

from typing import Any

from django import forms

LARGEST_FILE = 20_000_000
NO_TEXT = "This file is no text in UTF-8. Save it as “CSV UTF-8”."


class ReviewFileForm(forms.Form):
    """One CSV file, as it was exported and worked through."""

    file = forms.FileField(label="The CSV file", widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}))
    text = ""

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError("The file is larger than 20 MB. Split it.")
        try:
            self.text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(NO_TEXT) from error
        return file
