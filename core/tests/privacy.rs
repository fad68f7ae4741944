//! The inventory of every field that is stored on a phone, sent to the bank, or received from it (row 80; MASVS
//! PRIVACY-1 and PRIVACY-3): generated from the schema, from what a lived life has sealed, and from the
//! contract, each with the purpose that docs/security/purposes.json gives it. A field without a purpose fails,
//! and so does a purpose without a field, and an inventory that is not the one in docs/security/privacy.json
//! (`BILLPAY_WRITE=1 cargo test -p billpay-core --test privacy` writes it).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use billpay_core::{
    Armed, Client,
    model::{Language, MethodKind, Money},
    reminders::{Caps, Channel, Held},
    store::Location,
};
use ring::{aead, hkdf};
use rusqlite::{Connection, types::ValueRef};
use serde_json::{Value, json};
use world::{Fate, PHONE, POWER, ends::end, world};

/// Where a field is, and how it stands there.
type Field = (String, &'static str);

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security").join(name)
}

/// The key of a row's seal, stretched from the root as core/src/store/seal.rs says, and written a second time.
fn seal_key(root: &[u8], profile: &str) -> aead::LessSafeKey {
    let source = hkdf::Salt::new(hkdf::HKDF_SHA256, profile.as_bytes()).extract(root);
    let key = source.expand(&[b"billpay store 1: seal"], &aead::AES_256_GCM).unwrap();
    aead::LessSafeKey::new(aead::UnboundKey::from(key))
}

/// A sealed row's JSON.
fn opened(key: &aead::LessSafeKey, profile: &str, table: &str, names: &[String], row: &rusqlite::Row<'_>) -> Value {
    let part = |into: &mut Vec<u8>, bytes: &[u8]| {
        into.extend((bytes.len() as u64).to_be_bytes());
        into.extend(bytes);
    };
    let mut place = Vec::new();
    for bytes in
        [&b"billpay row 1"[..], profile.as_bytes(), table.as_bytes(), row.get::<_, String>("id").unwrap().as_bytes()]
    {
        part(&mut place, bytes);
    }
    place.extend(row.get::<_, i64>("record_version").unwrap().to_be_bytes());
    for (at, name) in
        names.iter().enumerate().filter(|(_, name)| !["id", "record_version", "sealed"].contains(&name.as_str()))
    {
        match row.get_ref(at).unwrap() {
            ValueRef::Null => {}
            ValueRef::Integer(number) => {
                part(&mut place, name.as_bytes());
                place.push(1);
                place.extend(number.to_be_bytes());
            }
            ValueRef::Text(bytes) => {
                part(&mut place, name.as_bytes());
                place.push(3);
                part(&mut place, bytes);
            }
            ValueRef::Blob(bytes) => {
                part(&mut place, name.as_bytes());
                place.push(4);
                part(&mut place, bytes);
            }
            ValueRef::Real(_) => panic!("no table has one"),
        }
    }
    let mut sealed: Vec<u8> = row.get("sealed").unwrap();
    let nonce = aead::Nonce::try_assume_unique_for_key(&sealed[1..13]).unwrap();
    let plain = key.open_in_place(nonce, aead::Aad::from(place), &mut sealed[13..]).expect("a row opens");
    serde_json::from_slice(plain).unwrap()
}

/// The names of all members below a value; lists are one member.
fn members(value: &Value, place: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(all) => all.iter().for_each(|(name, value)| {
            // In a map by id the ids are data.
            let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            let inside = if is_name { format!("{place}.{name}") } else { format!("{place}{{}}") };
            members(value, &inside, into);
        }),
        Value::Array(all) if all.iter().any(|one| one.is_object() || one.is_array()) => {
            all.iter().for_each(|value| members(value, place, into));
        }
        // A document that the bank has signed, or that the phone has: what is in it is stored, too.
        Value::String(text) if text.starts_with('{') => members(&serde_json::from_str(text).unwrap(), place, into),
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            into.insert(place.to_owned());
        }
    }
}

/// What a phone has stored that lived through all that it does.
async fn stored() -> BTreeSet<Field> {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    world.profile = Location::file(folder.path().join("profile.db"));
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    let mut fields = look(&world, folder.path());
    client.finish_activation(&world.code()).await.unwrap();
    client.refresh().await.unwrap();
    let first = world.bind(&client, 0).await;
    for nth in [1, 2] {
        world.bind(&client, nth).await;
    }
    let echo = client.lookup_binding("water-sh", &world.number("water-sh", 0)).await.unwrap();
    client.confirm_binding(&echo, "家").await.unwrap();
    client.refresh().await.unwrap();
    client.add_method(MethodKind::Card).await.unwrap();
    remind(&client).await;
    world.network.only("POST", "/v1/payments", Fate::LoseAnswer);
    let payment = world.pay_of(&client, &first).await;
    fields.extend(look(&world, folder.path()));
    world.network.heal();
    client.network_returned();
    end(&client, &payment.id).await;
    pay_a_part(&client).await;
    fields.extend(look(&world, folder.path()));
    client.suspend().await.unwrap();
    drop(client);
    fields.extend(of_an_old_app().await);
    assert!(fields.iter().any(|(name, _)| name.starts_with("payment.")) && fields.len() > 60, "{}", fields.len());
    assert!(fields.iter().any(|(name, _)| name.starts_with("account.")), "{POWER} was bound");
    fields
}

/// Pays a part of a bill: what is left of it is known before any refresh.
async fn pay_a_part(client: &Client) {
    let bills = client.bills(Language::Zh).await.unwrap().bills;
    let bill = bills.into_iter().find(|bill| bill.biller == "water-sh").unwrap();
    let part = Money::new(2_000, bill.amount.currency()).unwrap();
    let quote = client.quote("water-sh", &bill.bill_number, Some(part), None).await.unwrap();
    let first = quote.first_payment.unwrap();
    client.acknowledge_echo(&first.account, &first.echo_digest).await.unwrap();
    let payment = client.pay(&quote.id).await.unwrap();
    end(client, &payment.id).await;
}

/// Puts a bill off, and reports what was armed.
async fn remind(client: &Client) {
    let planned = client.reminders("Asia/Shanghai", Caps::IOS).await.unwrap().reminders;
    let bill = planned.iter().find(|it| it.bill.is_some()).unwrap();
    let failed = format!("{}.2026-12-02.f1", bill.bill.as_ref().unwrap());
    let (told, told_checking) = (vec![bill.id.clone(), failed.clone()], vec![bill.id.clone()]);
    client.snooze(&bill.id, bill.at + jiff::SignedDuration::from_hours(1)).await.unwrap();
    let mut held: Vec<Held> = planned.into_iter().map(|it| Held { id: it.id, mark: it.mark }).collect();
    held.push(Held { id: failed, mark: "1.0".to_owned() });
    let none = Vec::new;
    let (notifications, permission, battery_saver) = (true, true, false);
    let before =
        Armed { held: held.clone(), told: none(), told_checking: none(), notifications, permission, battery_saver };
    client.report_armed(before).await.unwrap();
    let armed = Armed { held, told, told_checking, notifications: true, permission: true, battery_saver: false };
    client.report_armed(armed).await.unwrap();
    let account = client.accounts().await.unwrap().accounts.remove(0).id;
    client.choose_channels(Some(&account), Some(BTreeSet::from([Channel::Phone, Channel::Sms]))).await.unwrap();
    client.tell_reminders().await.unwrap();
}

/// What an app stores that is older than the bank's key: documents that wait, and then a newer trust document.
async fn of_an_old_app() -> BTreeSet<Field> {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    world.profile = Location::file(folder.path().join("profile.db"));
    world.trust = world.old_trust.clone();
    world.network.rule(|request| if request.url.ends_with("/v1/trust") { Fate::NoNetwork } else { Fate::Pass });
    let client = world.bound().await;
    world.pay(&client).await;
    assert_eq!(client.refresh().await.unwrap().unverifiable, 1);
    let mut fields = look(&world, folder.path());
    world.network.heal();
    client.refresh().await.unwrap();
    fields.extend(look(&world, folder.path()));
    for wanted in ["unverified.compact", "setting trust"] {
        assert!(fields.iter().any(|(name, _)| name == wanted), "nothing was kept as {wanted}");
    }
    fields
}

/// Every column, and every member of what is sealed.
fn look(world: &world::World, folder: &Path) -> BTreeSet<Field> {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    let file = Connection::open(copy.path().join("profile.db")).unwrap();
    let profile: String = file.query_row("SELECT profile FROM profile", [], |row| row.get(0)).unwrap();
    let root = world.keys.kept.lock().unwrap()[&format!("billpay.{profile}.root")].clone();
    let key = seal_key(root.expose(), &profile);
    let mut tables =
        file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut fields = BTreeSet::new();
    for table in tables {
        let mut look = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let names: Vec<String> = look.column_names().map(str::to_owned).collect();
        for name in names.iter().filter(|name| *name != "sealed") {
            fields.insert((format!("{table}.{name}"), "stored in clear"));
        }
        let mut rows = look.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            if !names.contains(&"sealed".to_owned()) {
                continue;
            }
            // Of settings the name is what tells one from the other.
            let place = if table == "setting" {
                format!("setting {}", row.get::<_, String>("id").unwrap())
            } else {
                table.clone()
            };
            let mut sealed = BTreeSet::new();
            members(&opened(&key, &profile, &table, &names, row), &place, &mut sealed);
            fields.extend(sealed.into_iter().map(|name| (name, "stored, sealed")));
        }
    }
    fields
}

fn resolved<'a>(document: &'a Value, mut schema: &'a Value) -> (Option<&'a str>, &'a Value) {
    let mut name = None;
    while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        name = reference.rsplit('/').next();
        schema = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
    }
    (name, schema)
}

/// The members of a schema, by the name of the schema that they are of.
fn described(document: &Value, schema: &Value, owner: &str, seen: &mut BTreeSet<String>, into: &mut BTreeSet<String>) {
    let (name, schema) = resolved(document, schema);
    if name.is_some_and(|name| !seen.insert(name.to_owned())) {
        return;
    }
    let owner = name.unwrap_or(owner);
    for (member, below) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        into.insert(format!("{owner}.{member}"));
        described(document, below, &format!("{owner}.{member}"), seen, into);
    }
    for word in ["items", "additionalProperties", "then", "else"] {
        if let Some(below) = schema.get(word).filter(|below| below.is_object()) {
            described(document, below, owner, seen, into);
        }
    }
    for word in ["oneOf", "anyOf", "allOf"] {
        for below in schema.get(word).and_then(Value::as_array).into_iter().flatten() {
            described(document, below, owner, seen, into);
        }
    }
}

/// What the contract lets be sent and received: bodies, headers, and what stands in addresses.
fn exchanged() -> BTreeSet<Field> {
    let document: Value = serde_norway::from_str(include_str!("../api/gateway.openapi.yaml")).unwrap();
    let mut fields = BTreeSet::new();
    let mut bodies = |place: &Value, owner: &str, how: &'static str| {
        let (_, place) = resolved(&document, place);
        let mut into = BTreeSet::new();
        for media in place.get("content").and_then(Value::as_object).into_iter().flat_map(serde_json::Map::values) {
            described(&document, &media["schema"], owner, &mut BTreeSet::new(), &mut into);
        }
        for name in place.get("headers").and_then(Value::as_object).into_iter().flat_map(serde_json::Map::keys) {
            into.insert(format!("header {name}"));
        }
        fields.extend(into.into_iter().map(|name| (name, how)));
    };
    let mut parameters = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let shared = item.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let operations = item.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters");
        let mut of_all: Vec<&Value> = shared.collect();
        for (_, operation) in operations {
            let owner = operation["operationId"].as_str().unwrap_or(path);
            if let Some(body) = operation.get("requestBody") {
                bodies(body, owner, "sent");
            }
            for answer in operation["responses"].as_object().unwrap().values() {
                bodies(answer, owner, "received");
            }
            of_all.extend(operation.get("parameters").and_then(Value::as_array).into_iter().flatten());
        }
        for parameter in of_all {
            let (_, parameter) = resolved(&document, parameter);
            parameters.insert((
                format!("{} {}", parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap()),
                "sent",
            ));
        }
    }
    fields.extend(parameters);
    fields
}

/// A purpose by what it is said of: a field by its whole name, or by its last part.
fn purposes() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(docs("purposes.json")).unwrap();
    let by_purpose: BTreeMap<String, Vec<String>> = serde_json::from_str(&text).unwrap();
    let mut by_field = BTreeMap::new();
    for (purpose, fields) in by_purpose {
        for field in fields {
            assert!(by_field.insert(field.clone(), purpose.clone()).is_none(), "{field} has two purposes");
        }
    }
    by_field
}

#[tokio::test(flavor = "multi_thread")]
async fn row_80_privacy_3_every_field_that_is_stored_or_sent_has_a_purpose_and_every_purpose_a_field() {
    let written: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(docs("privacy.json")).unwrap()).unwrap();
    let is_seen = |fields: &BTreeSet<Field>| {
        written.iter().all(|line| fields.iter().any(|(name, how)| line["field"] == **name && line["how"] == **how))
    };
    let mut fields: BTreeSet<Field> = exchanged();
    // What a life stores depends a little on who is faster, the phone or the bank: a listed field that one life
    // did not store is looked for in a few more. One that is not listed fails whenever it is seen.
    for life in 0..8 {
        fields.extend(stored().await);
        if life > 0 && is_seen(&fields) {
            break;
        }
    }
    let purposes = purposes();
    let (mut without, mut used, mut inventory) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (field, how) in &fields {
        let last = field.rsplit(['.', ' ']).next().unwrap();
        let Some(named) = [field.as_str(), last].into_iter().find(|name| purposes.contains_key(*name)) else {
            without.push(format!("{field} ({how})"));
            continue;
        };
        used.insert(named.to_owned());
        inventory.push(json!({ "field": field, "how": how, "purpose": purposes[named] }));
    }
    assert_eq!(without, Vec::<String>::new(), "fields without a purpose");
    let idle: Vec<&String> = purposes.keys().filter(|name| !used.contains(*name)).collect();
    assert_eq!(idle, Vec::<&String>::new(), "purposes without a field");
    let lines: Vec<String> = inventory.iter().map(|line| format!("  {line}")).collect();
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    if std::env::var_os("BILLPAY_WRITE").is_some() {
        std::fs::write(docs("privacy.json"), &text).unwrap();
    }
    let there = std::fs::read_to_string(docs("privacy.json")).unwrap();
    for (one, other, how) in [(&text, &there, "not listed"), (&there, &text, "listed, and nowhere")] {
        one.lines()
            .filter(|line| !other.lines().any(|known| known == *line))
            .for_each(|line| println!("{how}: {line}"));
    }
    assert!(there == text, "docs/security/privacy.json is not the inventory; BILLPAY_WRITE=1 writes it");
}
