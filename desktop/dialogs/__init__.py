"""What asks or waits: the screens before one is signed in, forms, and the windows of a request and of an enrolment.

They are opened with `open()` or `show()`, never with `exec()`: nothing may stop the event loop of live events.
"""
