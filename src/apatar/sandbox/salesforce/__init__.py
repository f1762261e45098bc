"""A Salesforce org over HTTP, as strict as the real one."""
