"""Drafts over HTTP: an API root for each, what differs, handing in, deciding."""
