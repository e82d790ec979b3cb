"""Everything that crosses the wire, as pydantic models, one noun a module; imports nothing else of ours.

A `Call` comes in and refuses unknown members; an `Answer` goes out and, read by an older console, lets new ones pass.
"""
