"""Types at a terminal before it is asked (row 25): runs a command on one, types at once, and once more after the question
if told to.

    typed_ahead.py EARLY LATER COMMAND…

Prints what the terminal showed, and ends as the command did; 99 where it asked nothing for a minute.
"""
import os
import pty
import select
import sys
import time

early, later, command = sys.argv[1], sys.argv[2], sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
os.write(terminal, early.encode() + b"\n")
shown, asked, end = b"", False, time.monotonic() + 60
while time.monotonic() < end:
    if not select.select([terminal], [], [], 0.2)[0]:
        continue
    try:
        read = os.read(terminal, 65536)
    except OSError:
        # The other side is closed.
        read = b""
    if not read:
        break
    shown += read
    if not asked and b"[y/N]" in shown:
        asked = True
        # The question stands; what is typed from here on is an answer.
        time.sleep(0.5)
        os.write(terminal, later.encode() + b"\n")
else:
    os.kill(child, 9)
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.exit(99 if not asked else os.waitstatus_to_exitcode(status))
