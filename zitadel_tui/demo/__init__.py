"""A small ZITADEL in memory, for trials, tests, screenshots and benchmarks. Shares no code with the client.

`server.Demo` is the ASGI application, `serve.serve` runs it on a port of this machine.
"""
