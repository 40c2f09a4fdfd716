"""Many users and their roles from one file: read, plan, apply, resume, report.

``source`` opens a file and reads its rows, ``plan`` gives each a verdict without writing, ``engine`` applies
them as changes of a job, ``run_files`` keep what happened, ``sheet`` reports it. ``rows`` and ``records`` are
the values they exchange.
"""
