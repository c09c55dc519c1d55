"""The command line: demo, web, worker, clock, diagnose, doctor, iam-policy, migrate."""

from __future__ import annotations

import sys

from bot.cli import main

sys.exit(main())
