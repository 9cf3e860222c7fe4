"""The door of the terminal: ``evidence …``, one file per verb. Every rule of the field is in the rooms below.

What is slow to import and not needed by every verb (alembic, uvicorn with the
service, rich, the importers with lxml and httpx) is imported inside the verb
that needs it, each time with that reason.
"""
