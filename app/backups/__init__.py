"""Copies of the whole store that were checked before they were called backups, and the way back from one."""
