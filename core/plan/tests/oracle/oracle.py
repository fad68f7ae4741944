#!/usr/bin/env python3
"""What should be reminded of and when, by brute force, from docs/reminders.md alone.

    oracle.py ZONES < CASES > ANSWERS

ZONES is a folder of TZif files. A case is a JSON line with `bills`, `policy`, `now` (seconds since 1970), `bank`,
`phone` (names of zones) and `most` (null for no cap). An answer is a JSON line, a list of [id, at, days, late].
Shares nothing with the Rust code but the page: zones are read by Python's zoneinfo, quiet hours are left by
walking minute by minute, every stage of every day is looked at.
"""
import json
import sys
import zoneinfo
from datetime import date, datetime, timedelta, timezone

UTC = timezone.utc
TOLD_EARLY = 48 * 3600
TRY_AGAIN = 600
LONG_AGO = 14 * 24 * 3600
DEFAULTS = {
    "lead_days": [7, 3, 1, 0], "overdue_days": [1, 3, 7, 14, 30], "overdue_every": 30, "at": "09:00",
    "quiet": {"from": "22:00", "to": "08:00"}, "muted": [], "snoozed": [], "told": [], "told_checking": [], "channels": ["phone"],
    "horizon_days": 60,
}


def wall(zone, seconds):
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone)


def epoch(zone, day, hour, minute):
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp())


def clock(text):
    return int(text[:2]), int(text[3:])


class World:
    def __init__(self, case):
        self.policy = {**DEFAULTS, **case["policy"]}
        self.bank, self.phone = zoneinfo.ZoneInfo(case["bank"]), zoneinfo.ZoneInfo(case["phone"])
        self.now = case["now"]
        self.today = wall(self.bank, self.now).date()
        quiet = self.policy["quiet"]
        self.quiet = None
        if quiet and quiet["from"] != quiet["to"]:
            self.quiet = clock(quiet["from"]), clock(quiet["to"])
        self.cache = {}

    def is_quiet(self, at):
        if not self.quiet:
            return False
        (start, end), shown = self.quiet, wall(self.phone, at)
        shown = shown.hour, shown.minute
        return start <= shown < end if start < end else shown >= start or shown < end

    def out_of_quiet(self, at):
        while self.is_quiet(at):
            at += 60
        return at

    def before_quiet(self, at):
        while self.is_quiet(at):
            at -= 60
        return at

    def begins(self, day):
        return epoch(self.bank, day, 0, 0)

    def placed(self, day):
        if day not in self.cache:
            first, last = self.begins(day), self.begins(day + timedelta(days=1))
            shown = [epoch(self.phone, day + timedelta(days=d), *clock(self.policy["at"])) for d in range(-3, 4)]
            inside = [at for at in shown if first <= at < last]
            at = inside[0] if inside else first
            self.cache[day] = at, self.out_of_quiet(at)
        return self.cache[day]

    def on_day(self, day, due):
        at, settled = self.placed(day)
        if day <= due and settled >= self.begins(due + timedelta(days=1)):
            return self.before_quiet(at)
        return settled


def of_bill(world, bill):
    policy, now = world.policy, world.now
    if bill["status"] == "done" or bill["amount"]["minor"] <= 0 or not bill.get("due_date"):
        return [], []
    if bill["biller"] in policy["muted"]:
        return [], []
    due = date.fromisoformat(bill["due_date"])
    stages = [(due - timedelta(days=n), "d%d" % n) for n in set(policy["lead_days"])]
    late = sorted(set(policy["overdue_days"]))
    stages += [(due + timedelta(days=n), "o%d" % n) for n in late]
    horizon = world.today + timedelta(days=policy["horizon_days"])
    if policy["overdue_every"]:
        n = late[-1] if late else 0
        while True:
            n += policy["overdue_every"]
            stages.append((due + timedelta(days=n), "o%d" % n))
            if due + timedelta(days=n) > horizon:
                break
    beyond = [day for day, _ in stages if day > horizon]
    said = [(world.on_day(day, due), (day - due).days, name) for day, name in stages if day <= horizon]
    put_off = None
    snoozes = [s for s in policy["snoozed"] if s["bill"] == bill["id"]]
    if snoozes:
        snooze = max(snoozes, key=lambda s: s["until"])
        asked, until = snooze["from"], snooze["until"]
        at = world.out_of_quiet(until // 60 * 60)
        if wall(world.bank, asked).date() <= due < wall(world.bank, at).date():
            if world.on_day(due, due) > asked:
                at = world.on_day(due, due)
            elif until // 60 * 60 < world.begins(due + timedelta(days=1)):
                at = until // 60 * 60
                if world.before_quiet(at) > asked:
                    at = world.before_quiet(at)
        put_off = asked, at
        said = [s for s in said if not asked <= s[0] < at]
        if wall(world.bank, at).date() > horizon:
            beyond = [wall(world.bank, at).date()]
        else:
            said.append((at, 10**6, "s%d" % until))
    held_back = [put_off] if put_off else []
    if bill.get("failed_at") is not None:
        ended, end = bill["failed_at"], world.begins(due + timedelta(days=1))
        first, at = (ended // 60 + 1) * 60, world.out_of_quiet(((ended + TRY_AGAIN) // 60 + 1) * 60)
        if first < end <= at:
            at = world.out_of_quiet(first)
            at = first if at >= end else at
        if put_off and put_off[0] <= at < put_off[1]:
            pass
        elif wall(world.bank, at).date() > horizon:
            beyond = beyond + [wall(world.bank, at).date()]
        else:
            day = world.begins(wall(world.bank, at).date() + timedelta(days=1))
            said = [s for s in said if not ended <= s[0] < (at if s[2][0] == "s" else day)]
            said.append((at, 10**6 + 1, "f%d" % ended))
            held_back.append((ended, at))
    said.sort()
    said = [s for i, s in enumerate(said) if i + 1 == len(said) or said[i + 1][0] != s[0]]
    prefix = "%s.%s." % (bill["id"], bill["due_date"])
    names = policy["told"] + (policy["told_checking"] if bill["status"] == "checking" else [])
    told = [i for i, s in enumerate(said) if prefix + s[2] in names and s[0] <= now + TOLD_EARLY
            or s[2][0] == "f" and (bill["status"] == "checking" or s[0] <= now - LONG_AGO)]
    left = [s for i, s in enumerate(said) if s[0] > now and i not in told]
    past = [i for i, s in enumerate(said) if s[0] <= now]
    answer = [(at, prefix + name, False) for at, _, name in left]
    if past and (not told or told[-1] < past[-1] or said[past[-1]][2][0] == "f" and past[-1] not in told):
        minute = (now // 60 + 1) * 60
        at, end = world.out_of_quiet(minute), world.begins(due + timedelta(days=1))
        if minute < end <= at:
            at = minute
        quietly = any(start <= at < back for start, back in held_back)
        if not quietly and (not left or at < left[0][0]):
            answer.append((at, prefix + said[past[-1]][2], True))
    days = lambda at: abs((due - wall(world.bank, at).date()).days)
    return [(at, bill["id"], name, days(at), late) for at, name, late in answer], beyond


def plan(case):
    world, said, beyond, seen = World(case), [], [], set()
    if not world.policy["channels"]:
        return []
    for bill in case["bills"]:
        if bill["id"] not in seen:
            seen.add(bill["id"])
            one, far = of_bill(world, bill)
            said += one
            beyond += far
    said.sort()
    most = case["most"] if case["most"] is not None else 10**9
    kept, moments = said, [world.placed(min(beyond))[1]] if beyond else []
    if beyond or len(said) > most:
        room = most - 1 if most > 1 else most
        kept = said[:room]
        moments += [s[0] for s in said[room:room + 1]]
    answer = [[name, at, days, late] for at, _, name, days, late in kept]
    if moments and len(answer) < most:
        answer.append(["open-the-app", min(moments), 0, False])
    return answer


def main():
    zoneinfo.reset_tzpath(to=[sys.argv[1]])
    for line in sys.stdin:
        print(json.dumps(plan(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
