"""The oracle of the search (row 51): knows what can be found of a receipt from its description alone, and finds it by
looking at everything. Reads one JSON document, writes a line of JSON for each query of one to three characters that
there is in it: the query, how many receipts have it, and SHA-256 over their numbers in order.

Times are seconds; the bank's zone has been eight hours ahead of UTC for all of them.
"""
import datetime, hashlib, json, sys

ZONE = datetime.timezone(datetime.timedelta(hours=8))
given = json.load(sys.stdin)


def parts(receipt):
    """What can be found, each a text of its own."""
    seen = receipt["number"].split("*")[-1][-4:]
    at = datetime.datetime.fromtimestamp(receipt["paid_at"], ZONE)
    yuan, fen = divmod(receipt["total"], 100)
    found = [receipt["payee"], seen, receipt["biller"], receipt["bill"], f"{yuan}.{fen:02}", f"{yuan:,}.{fen:02}", f"{at.year}-{at.month:02}", f"{at.year}年{at.month}月"]
    for account in given["accounts"]:
        if account["biller"] == receipt["biller"] and seen and account["number"].endswith(seen):
            found.append(account["alias"])
    return [text.lower() for text in found]


every = [parts(receipt) for receipt in given["receipts"]]
queries = {"zz", "¥", "。", "Ω", "0000", "电 ", "T C", "Wa"}
for texts in every:
    for text in set(texts):
        for length in (1, 2, 3):
            queries.update(text[at:at + length] for at in range(len(text) - length + 1))
whole = ["\0".join(texts) for texts in every]
for query in sorted(queries):
    wanted = query.strip().lower()
    if not wanted:
        continue
    hits = [number for number, text in enumerate(whole) if wanted in text]
    mark = hashlib.sha256(",".join(map(str, hits)).encode()).hexdigest()
    print(json.dumps([query, len(hits), mark]))
