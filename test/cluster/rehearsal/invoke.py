"""Runs the kubectl handler in the folder of the first argument with the event on standard input."""
import json
import sys

folder, answer = sys.argv[1:]
sys.dont_write_bytecode = True
sys.path.insert(0, folder)

import index  # noqa: E402

try:
    outcome = {'result': index.handler(json.load(sys.stdin), None)}
except Exception as error:
    [text] = error.args[:1] or [str(error)]
    outcome = {'error': text.decode() if isinstance(text, bytes) else str(error)}
with open(answer, 'w') as file:
    json.dump(outcome, file)
