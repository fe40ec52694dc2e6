"""The demonstration: two simulated banks, the hub, its workers and an ERP that listens, living through three days.

Everything is real but the money: SFTP, HTTP, the database, the processes. What it reports is counted from the database
and from what the banks received, never from the story.
"""
