"""One function per use case, one transaction each; the first argument is the open transaction.

Raising rolls the call back. A refusal that must leave a trace is returned, and the handler raises it.
"""
