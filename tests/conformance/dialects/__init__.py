"""The acceptance spec: numbered requirements that every dialect meets as far as its PBX's capabilities go.

Who brings a fourth PBX writes its dialect, adds it to `subjects.SUBJECTS` with the spellings of its device numbers, and
reads `docs/acceptance.md` beside the report of this folder: what passes, what is skipped and why.
"""
