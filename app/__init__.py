"""Kratom Evidence: what studies say about kratom, sleep and opioid withdrawal.

Data rises through the house; imports only point down.

==============  ==============================================================
room            what is in it
==============  ==============================================================
main            ``create_app()``: the rooms being connected
api, web, cli   the doors: REST, pages, ``evidence …``; doors commit
importing       passage in: a source's bytes become citations and studies
export          passage out: one column list, every format
synthesis       passage out: evidence answers, badges, claims
search          what is asked, in words and in SQL
curation        change by proposal
screening       include and exclude
findings        what a report says about an outcome, and the quotes that show it
studies         an investigation, its reports and its exposures
citations       one bibliographic record: matching, storing, standing, text index
accounts        people, roles, tokens
history         data revisions, changes, versions
vocabulary      the agreed words
jobs            leases and runs
schema          the schema of a store and the way forward
models          all tables; nothing that decides
statements      statements of every request, made once
database        engines and sessions
write_turn      who may write to an embedded database now
logs            how the service logs
config          settings
kit             pure functions: identifiers, dates, paging, the tokeniser
errors          every foreseen failure, as one tree
==============  ==============================================================

A room imports only rooms below it; ``pyproject.toml`` holds the contract and
the build fails when it is broken.
"""
