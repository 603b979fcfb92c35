"""Says in one line why a run ended, and whether that is what was expected.

    cause.py STATUS[+LIMIT] REPORT
"""

import json
import sys

want, name = sys.argv[1:]
status, _, limit = want.partition("+")
with open(name, encoding="utf-8") as file:
    report = json.load(file)
text = f"--> {report['status']}"
if report["reason"]:
    text += f": {report['reason']}"
if report["limits_hit"]:
    text += f" (limits hit: {', '.join(report['limits_hit'])})"
as_expected = report["status"] == status and (not limit or limit in report["limits_hit"])
print(text if as_expected else f"{text} (WRONG: expected {want})")
sys.exit(0 if as_expected else 1)
