"""Drafts: edits that somebody keeps for himself until another approves of them."""
