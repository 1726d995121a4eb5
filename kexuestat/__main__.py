"""``python -m kexuestat`` is the command line."""

from kexuestat.cli import main

main()
