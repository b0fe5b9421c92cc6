"""Sage 300 and Anaplan servers for trying out and testing.

`sage300` and `anaplan` imitate the products and know nothing of each other but `_books`. What
both have is here: serving (`cli`, `_server`, `_part`), the shell around a request
(`_middleware`), the control (`_control`), faults (`_faults` to ask for, `_fault_board` in place,
`_fault_kinds`, `_strikes` and `_spoils` to carry out), switches, clock and counters.
"""
