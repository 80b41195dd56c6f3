"""Who is reached by a public service, over real streets, from a county's own files."""
