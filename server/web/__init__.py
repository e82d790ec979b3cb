"""HTTP: the console's API by FastAPI, the phone's and the streams by plain Starlette beside it."""
