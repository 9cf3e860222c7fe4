"""People and programs that write: their roles, passwords, tokens, log-ins, and the switches of the operator.

Which permission a route needs is the door's to say (``app.api.permissions``).
"""
