#!/usr/bin/env python3
"""What should be reminded of and when, by brute force, from docs/reminders.md alone.

    oracle.py ZONES < CASES > ANSWERS

ZONES is a folder of TZif files. A case is a JSON line with `bills`, `policy`, `now` (seconds since 1970), `bank`,
`phone` (names of zones) and `most` (null for no cap). An answer is a JSON line, a list of [id, at, days, late, failed],
where `failed` says that it begins with *the last payment did not go through*.
Shares nothing with the Rust code but the page: zones are read by Python's zoneinfo, quiet hours are left by
walking minute by minute, every stage of every day is looked at.
"""
import json
import re
import sys
import zoneinfo
from datetime import date, datetime, timedelta, timezone

UTC = timezone.utc
TOLD_EARLY = 48 * 3600
TRY_AGAIN = 600
LONG_AGO = 14 * 24 * 3600
SOON = 3600
DEFAULTS = {
    "lead_days": [7, 3, 1, 0], "overdue_days": [1, 3, 7, 14, 30], "overdue_every": 30, "at": "09:00",
    "quiet": {"from": "22:00", "to": "08:00"}, "muted": [], "snoozed": [], "told": [], "told_checking": [], "told_at": {}, "channels": ["phone"],
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


def told_failures(names, told_at, bill):
    """When those payments ended of which was told that they came to nothing, when each was told, as far as that is known,
    and with which due dates."""
    found = {}
    for name in names:
        parts = name.rsplit(".", 2)
        if len(parts) == 3 and parts[0] == bill["id"] and re.fullmatch("f(0|-?[1-9][0-9]*)", parts[2]):
            seen, dates = found.setdefault(int(parts[2][1:]), ([], []))
            seen.extend([told_at[name]] if name in told_at else [])
            dates.append(parts[1])
    return {ended: (min(seen) if seen else None, dates) for ended, (seen, dates) in found.items()}


def moment_of_failure(world, ended, end):
    first, at = (ended // 60 + 1) * 60, world.out_of_quiet(((ended + TRY_AGAIN) // 60 + 1) * 60)
    if first < end <= at:
        at = world.out_of_quiet(first)
        at = first if at >= end else at
    return at


def enough(at, following, end):
    """Whether what comes within an hour is enough: not where the bill has become late in between."""
    return following - at <= SOON and (end <= at or following < end)


def of_its_day(world, at, stage, end):
    """Whether what is said at a moment of a payment that came to nothing speaks for a stage of that day."""
    day = world.begins(wall(world.bank, at).date() + timedelta(days=1))
    return stage[2][0] in "do" and (stage[0] < day or enough(at, stage[0], end))


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
    end = world.begins(due + timedelta(days=1))
    checking = bill["status"] == "checking"
    names = policy["told"] + (policy["told_checking"] if checking else [])
    last = bill.get("failed_at")
    seen = told_failures(names, policy["told_at"], bill)
    failed = {ended: moment_of_failure(world, ended, end) for ended in set(seen) | ({last} if last is not None else set())}
    named = {ended: dates for ended, (_, dates) in seen.items()}
    seen = {ended: failed[ended] if at is None or max(at, ended) > now else max(at, ended)
            for ended, (at, _) in seen.items()}
    told_of = {ended for ended in seen if failed[ended] <= now + TOLD_EARLY}
    failed.update({ended: seen[ended] for ended in told_of})
    failed = {ended: at for ended, at in sorted(failed.items()) if ended in told_of or ended == last}
    # Told, though by the clock (and, where nobody knows when, the quiet hours) of now it is still to come: before now.
    moved = {ended for ended in told_of if failed[ended] > now}
    failed.update({ended: now for ended in moved})
    put_off = None
    snoozes = [s for s in policy["snoozed"] if s["bill"] == bill["id"]]
    if snoozes:
        snooze = max(snoozes, key=lambda s: s["until"])
        asked, until = snooze["from"], snooze["until"]
        at = world.out_of_quiet(until // 60 * 60)
        if wall(world.bank, asked).date() <= due < wall(world.bank, at).date():
            if world.on_day(due, due) > asked:
                at = world.on_day(due, due)
            elif until // 60 * 60 < end:
                at = until // 60 * 60
                if world.before_quiet(at) > asked:
                    at = world.before_quiet(at)
        in_vain = [ended for ended in failed if asked < ended < at and (ended in told_of or failed[ended] > now - LONG_AGO)]
        put_off = asked, min(in_vain + [at])
        said = [s for s in said if not asked <= s[0] < put_off[1]]
        if in_vain:
            pass
        elif wall(world.bank, at).date() > horizon:
            beyond = [wall(world.bank, at).date()]
        else:
            said.append((at, 10**6, "s%d" % until))
    waits = [put_off] if put_off else []
    for ended, at in failed.items():
        if put_off and put_off[0] <= at < put_off[1]:
            continue
        if wall(world.bank, at).date() > horizon:
            beyond = beyond + ([wall(world.bank, at).date()] if ended == last else [])
            continue
        of_this_date = ended not in told_of or bill["due_date"] in named[ended]
        spoken = lambda s: s[0] < at or ended not in moved and of_this_date and of_its_day(world, at, s, end)
        said = [s for s in said if s[0] < ended or not spoken(s)]
        said.append((at, 10**6 + 1, "f%d" % ended))
        if ended <= now + TOLD_EARLY:
            # Whenever that was by this clock.
            waits.append((0, at))
    said.sort()
    said = [s for i, s in enumerate(said) if i + 1 == len(said) or said[i + 1][0] != s[0]]
    prefix = "%s.%s." % (bill["id"], bill["due_date"])
    known = {ended for ended in failed if ended in told_of or checking or failed[ended] <= now - LONG_AGO}
    told = [i for i, s in enumerate(said) if (int(s[2][1:]) in known if s[2][0] == "f"
                                              else prefix + s[2] in names and s[0] <= now + TOLD_EARLY)]
    left = [s for i, s in enumerate(said) if s[0] > now and i not in told]
    past = [i for i, s in enumerate(said) if s[0] <= now]
    of_it = [i for i in told if said[i][2][0] != "f" or int(said[i][2][1:]) not in told_of
             or bill["due_date"] in named[int(said[i][2][1:])]]
    answer = [(at, prefix + name, False) for at, _, name in left]
    if past and (past[-1] not in told and (not of_it or of_it[-1] < past[-1]) or said[past[-1]][2][0] == "f" and past[-1] not in told):
        minute = (now // 60 + 1) * 60
        at = world.out_of_quiet(minute)
        if minute < end <= at:
            at = minute
        quietly = any(start <= at < back for start, back in waits)
        if not quietly and not (left and (left[0][0] <= at or enough(at, left[0][0], end))):
            late = said[past[-1]][2]
            if late[0] == "f":
                spoken = lambda one: int(late[1:]) <= one[0] and of_its_day(world, at, (one[0], 0, one[1][len(prefix):]), end)
                answer = [one for one in answer if not spoken(one)]
            answer.append((at, prefix + late, True))
    words = None
    if last is not None and last not in known and not any(said[i][0] >= failed[last] for i in told):
        words = min((one for one in answer if one[0] >= failed[last]), default=None)
    answer = [(at, name, late, "f" == name.rsplit(".", 1)[1][0] or (at, name, late) == words) for at, name, late in answer]
    days = lambda at: abs((due - wall(world.bank, at).date()).days)
    return [(at, bill["id"], name, days(at), late, failed) for at, name, late, failed in answer], beyond


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
    answer = [[name, at, days, late, failed] for at, _, name, days, late, failed in kept]
    if moments and len(answer) < most:
        answer.append(["open-the-app", min(moments), 0, False, False])
    return answer


def main():
    zoneinfo.reset_tzpath(to=[sys.argv[1]])
    for line in sys.stdin:
        print(json.dumps(plan(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
