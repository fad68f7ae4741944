//! Answers of a gateway, one of each kind that `wire` reads, as seeds.

use serde_json::{Value, json};

/// By name, with the byte in front that chooses the reader.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    let (time, later) = ("2026-11-22T05:00:00Z", "2026-11-22T05:05:00Z");
    let money = |minor: i64| json!({ "minor": minor, "currency": "CNY" });
    let customer = json!({ "id": "C1001", "name_masked": "王*", "may_pay": true });
    let limits = json!({
        "per_payment": money(500_000), "per_day": money(2_000_000), "used_today": money(0), "step_up_from": money(200_000),
        "ceiling": { "per_payment": money(1), "per_day": money(1), "step_up_from": money(1) }
    });
    let text = json!({ "zh": "上海电力", "en": "Shanghai Power" });
    let biller = json!({
        "id": "power-sh", "version": 1, "state": "open", "kind": "power", "name": text,
        "customer_number": { "label": text, "help": text, "example": "3100123456", "pattern": "[0-9]{10}",
            "min_length": 10, "max_length": 10, "check": "mod11-2" },
        "capabilities": { "partial": false, "top_up": true, "tombstone": true },
        "contact": { "phone": "95598", "hours": text }
    });
    let account = json!({
        "id": "a_1", "biller": "power-sh", "customer_number": "3110001017", "holder_masked": "**明",
        "address_masked": "***号", "alias": "爸妈家", "state": "bound", "version": 1, "echo_digest": "A".repeat(43)
    });
    let bill = json!({
        "account": "a_1", "biller": "power-sh", "bill_number": "E0001", "version": 1, "kind": "bill", "state": "open",
        "amount": money(12_345), "minimum": money(12_345), "maximum": money(12_345), "period": "2026-10",
        "due_date": "2026-11-30", "late_fee": money(100), "items": [{ "label": "阶梯一", "amount": money(12_345) }],
        "updated_at": time
    });
    let method = json!({
        "id": "m_1", "kind": "account", "label": "活期账户", "last4": "6001", "default": true, "state": "active"
    });
    let order = json!({
        "payment_id": "019a9d3e-7c00-7000-8000-000000000001", "order_digest": "A".repeat(43), "state": "open",
        "device": "d", "biller": "power-sh", "bill_number": "E0001", "total": money(1), "valid_until": later,
        "envelope": { "order": {}, "signature": "s", "key": "k" }
    });
    let session = json!({
        "id": "019a9d3e-7c00-7000-8000-0000000000a1", "state": "waiting", "phone_masked": "138****0001",
        "attempts_left": 3, "resend_at": time, "expires_at": later, "retry_at": later
    });
    let feed = json!({
        "cursor": "e.1", "full": true, "more": false, "customer": customer, "limits": limits, "billers": [biller, {}],
        "accounts": [account], "bills": [bill, { "of": "later" }], "outcomes": ["a.b.c"], "orders": [order],
        "methods": [method], "journal": { "highest_sequence": 1 }
    });
    let quote = json!({
        "quote": "q_1", "biller": "power-sh", "payee": "上海电力", "customer_number": "3110001017",
        "bill_number": "E0001", "bill_version": 1, "amount": money(12_345), "fee": money(55), "total": money(12_400),
        "method": "m_1", "balance": money(1), "limits": limits, "step_up": false, "valid_until": later,
        "echo_digest": "A".repeat(43)
    });
    let seed = |reader: char, value: &Value| format!("{reader}{value}");
    vec![
        ("feed", seed('a', &feed)),
        ("bound", seed('b', &json!({ "account": account, "bills": [bill] }))),
        ("bills", seed('c', &json!({ "bills": [bill, 1] }))),
        ("quote", seed('d', &quote)),
        ("methods", seed('e', &json!({ "methods": [method] }))),
        ("activated", seed('f', &json!({ "customer": customer, "device": { "id": "d" }, "credential": "a.b.c" }))),
        ("activation", seed('g', &json!({ "activation": session }))),
        ("ended", seed('h', &json!({ "outcome": "a.b.c" }))),
        ("pending", seed('i', &json!({ "held_until": later }))),
        (
            "step-up",
            seed('j', &json!({ "id": "s", "sent_to_masked": "138****0001", "attempts_left": 3, "expires_at": later })),
        ),
        ("hosted", seed('k', &json!({ "url": "https://bank.example/card", "expires_at": later }))),
        (
            "echo",
            seed(
                'l',
                &json!({ "holder_masked": "**明", "address_masked": "", "echo_token": "e_0123456789", "expires_at": later }),
            ),
        ),
        ("trust", seed('m', &json!({ "trust": "a.b.c" }))),
        ("biller", seed('n', &biller)),
        ("account", seed('o', &account)),
        ("bill", seed('p', &bill)),
        ("method", seed('q', &method)),
        ("nested", format!("a{}{}", "[".repeat(17), "]".repeat(17))),
        ("long", format!("a[{}0]", "0,".repeat(500))),
    ]
}
