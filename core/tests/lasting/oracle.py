"""The oracle of the search (row 51): knows what can be found of a receipt from its description alone, and finds it by
looking at everything. Reads one JSON document, writes a line of JSON for each query of one to three characters that
there is in it: the query, how many receipts have it, and SHA-256 over their numbers in order.

Times are seconds; the bank's zone has been eight hours ahead of UTC for all of them.
"""
import datetime, hashlib, json, re, sys

ZONE = datetime.timezone(datetime.timedelta(hours=8))
given = json.load(sys.stdin)


def folded(text):
    """Full and half width are one, and upper and lower case."""
    wide = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    return text.translate({**wide, 0x3000: 0x20, 0xFFE5: 0xA5}).lower()


def parts(receipt):
    """What can be found, each a text of its own."""
    seen = receipt["number"].split("*")[-1][-4:]
    at = datetime.datetime.fromtimestamp(receipt["paid_at"], ZONE)
    yuan, fen = divmod(receipt["total"], 100)
    found = [receipt["payee"], seen, receipt["biller"], receipt["bill"], f"{yuan}.{fen:02}", f"{yuan:,}.{fen:02}", f"{at.year}-{at.month:02}-{at.day:02}", f"{at.year}年{at.month}月{at.day}日"]
    for account in given["accounts"]:
        if account["biller"] == receipt["biller"] and seen and account["number"].endswith(seen):
            found.append(account["alias"])
    return [folded(text) for text in found]


every = [parts(receipt) for receipt in given["receipts"]]
queries = {"zz", "¥12", "２０", "5元", "2月", "2月1", "Ｔ", "¥", "。", "Ω", "0000", "电 ", "T C", "Wa"}
for texts in every:
    for text in set(texts):
        for length in (1, 2, 3):
            queries.update(text[at:at + length] for at in range(len(text) - length + 1))
whole = ["\0".join(texts) for texts in every]
for query in sorted(queries):
    wanted = folded(query.strip())
    if re.match("[1-9]月", wanted):
        # A month, and not the end of another one.
        wanted = "年" + wanted
    elif re.fullmatch("¥?[0-9.,]+元?", wanted):
        wanted = wanted.strip("¥元")
    if not wanted:
        continue
    hits = [number for number, text in enumerate(whole) if wanted in text]
    mark = hashlib.sha256(",".join(map(str, hits)).encode()).hexdigest()
    print(json.dumps([query, len(hits), mark]))
