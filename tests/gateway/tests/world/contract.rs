//! Holds exchanges against core/api/gateway.openapi.yaml: path and query, headers, both bodies, and
//! what the signed documents in an answer say (OpenAPI 3.1 schemas are JSON Schema 2020-12).
//!
//! Strictly: what the contract leaves open for later versions (further members, further values) is
//! closed here, for both sides are ours and of this version. So a member that is renamed on either
//! side is found, an optional one too. Also included by tests of other crates.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test takes what it needs, and stops where the contract is not what it should be"
)]

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};

use jsonschema::Validator;
use sandbox_gateway::{
    api::http::{Request, Response},
    encoding::from_base64url,
};
use serde_json::{Map, Value, json};

/// The document as it is published.
pub static CONTRACT: LazyLock<Value> = LazyLock::new(|| {
    serde_norway::from_str(include_str!("../../../../core/api/gateway.openapi.yaml")).expect("the contract is YAML")
});

/// Its components, with every object and every list of known values closed.
static CLOSED: LazyLock<Value> = LazyLock::new(|| {
    let mut components = CONTRACT["components"].clone();
    close(&mut components);
    components
});

/// Compiled schemas by their text.
static COMPILED: LazyLock<Mutex<BTreeMap<String, &'static Validator>>> = LazyLock::new(Mutex::default);

/// Problems that say that the request was not one of the contract, or not built for: it may be as
/// wrong as it likes. Behind every other answer stands a request that was read, and has to be right.
const UNREAD: [&str; 7] = [
    "bad-request",
    "too-large",
    "not-found",
    "idempotency-key-missing",
    "signature-missing",
    "signature-invalid",
    "order-malformed",
];

/// Header names beside those of the contract: of HTTP, and of the connection.
const OF_HTTP: [&str; 9] = [
    "accept",
    "accept-encoding",
    "content-type",
    "content-length",
    "host",
    "user-agent",
    "cache-control",
    "date",
    "connection",
];

/// The body of each kind of outcome.
const KINDS: [(&str, &str); 4] = [
    ("billpay-receipt+jws", "receipt"),
    ("billpay-refusal+jws", "refusal"),
    ("billpay-reversal+jws", "reversal"),
    ("billpay-repayment+jws", "repayment"),
];

/// Closes every object below a value, but not what only stands there as an example.
fn close(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let is_object = members.get("type").is_some_and(|kind| kind == "object");
            let is_closed = members.contains_key("additionalProperties");
            if is_object && !is_closed {
                members.insert("unevaluatedProperties".into(), json!(false));
            }
            if let Some(known) = members.get("x-known").cloned() {
                members.insert("enum".into(), known);
            }
            for (name, member) in members.iter_mut().filter(|(name, _)| *name != "examples") {
                if !(name == "example" || name == "const" || name == "enum") {
                    close(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn validator(schema: &Value) -> &'static Validator {
    let mut compiled = COMPILED.lock().unwrap();
    compiled.entry(schema.to_string()).or_insert_with(|| {
        let mut whole = schema.clone();
        close(&mut whole);
        whole["components"] = CLOSED.clone();
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .build(&whole)
            .expect("a schema of the contract");
        Box::leak(Box::new(validator))
    })
}

/// What a reference stands for.
pub fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => resolve(CONTRACT.pointer(reference.trim_start_matches('#')).expect("a reference")),
        None => value,
    }
}

/// An operation of the contract, with what stands at its path.
struct Operation {
    stated: &'static Value,
    parameters: Vec<&'static Value>,
    /// What the path names.
    path: Map<String, Value>,
}

fn operation(request: &Request) -> Option<Operation> {
    let (path, _) = parts(&request.url)?;
    let given: Vec<&str> = path.split('/').collect();
    let paths = CONTRACT["paths"].as_object()?;
    // A path without parameters goes before one with.
    let mut fitting: Vec<_> = paths
        .iter()
        .filter(|(template, _)| {
            let parts: Vec<&str> = template.split('/').collect();
            parts.len() == given.len()
                && parts.iter().zip(&given).all(|(part, given)| part.starts_with('{') || part == given)
        })
        .collect();
    fitting.sort_by_key(|(template, _)| template.matches('{').count());
    let method = request.method.to_lowercase();
    let (template, item) = fitting.into_iter().find(|(_, item)| item.get(method.as_str()).is_some())?;
    let stated = &item[method.as_str()];
    let listed = [&item["parameters"], &stated["parameters"]];
    let parameters = listed.into_iter().filter_map(Value::as_array).flatten().map(resolve).collect();
    let named = template.split('/').zip(given).filter_map(|(part, given)| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some((name.to_owned(), json!(given)))
    });
    Some(Operation { stated, parameters, path: named.collect() })
}

/// Path and query of an absolute URL.
fn parts(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    let target = rest.get(rest.find('/')?..)?;
    Some(target.split_once('?').unwrap_or((target, "")))
}

/// What is wrong with an exchange, by the contract; empty when nothing is.
pub fn faults(request: &Request, response: &Response) -> Vec<String> {
    let mut faults = Vec::new();
    let Some(operation) = operation(request) else {
        if response.status != 404 {
            faults.push(format!("{} {} is no operation", request.method, request.url));
        }
        headers_of(response, &CONTRACT["components"]["responses"]["Problem"]["headers"], &mut faults);
        return faults;
    };
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let problem = body["type"].as_str().and_then(|kind| kind.strip_prefix("urn:billpay:problem:")).unwrap_or_default();
    if response.status < 400 || !UNREAD.contains(&problem) {
        request_faults(request, &operation, &mut faults);
    }
    let responses = &operation.stated["responses"];
    let stated =
        responses.get(response.status.to_string()).or_else(|| (response.status >= 400).then(|| &responses["default"]));
    let Some(stated) = stated.map(resolve) else {
        faults.push(format!("{} has no answer {}", operation.stated["operationId"], response.status));
        return faults;
    };
    headers_of(response, &stated["headers"], &mut faults);
    let kind = response.header("content-type").unwrap_or_default();
    match stated["content"].get(kind) {
        Some(content) => {
            if response.status >= 400 && body["status"] != json!(response.status) {
                faults.push("a problem of another status".into());
            }
            documents(&body, &mut faults);
            check(&content["schema"], &body, "answer", &mut faults);
        }
        None => faults.push(format!("{} answers no {kind}", operation.stated["operationId"])),
    }
    faults
}

fn request_faults(request: &Request, operation: &Operation, faults: &mut Vec<String>) {
    let query = parts(&request.url).map(|(_, query)| query).unwrap_or_default();
    let query: Map<String, Value> = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let mut given = BTreeMap::from([("path", operation.path.clone()), ("query", query), ("header", Map::new())]);
    for (name, value) in &request.headers {
        let twice = given.get_mut("header").unwrap().insert(name.to_lowercase(), json!(value));
        if twice.is_some() {
            faults.push(format!("header {name} twice"));
        }
    }
    for parameter in &operation.parameters {
        let (place, name) = (parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
        let key = if place == "header" { name.to_lowercase() } else { name.to_owned() };
        match given.get_mut(place).unwrap().remove(&key) {
            Some(value) => check(&parameter["schema"], &value, &format!("{place} {name}"), faults),
            // A request without a body has no digest of it.
            None if name == "Content-Digest" && request.body.is_empty() => {}
            None if parameter["required"] == json!(true) => faults.push(format!("{place} {name} is missing")),
            None => {}
        }
    }
    for (place, left) in given {
        for name in left.keys().filter(|name| !OF_HTTP.contains(&name.as_str())) {
            faults.push(format!("{place} {name} is not of the contract"));
        }
    }
    let stated = resolve(&operation.stated["requestBody"]);
    if stated.is_null() {
        if !request.body.is_empty() {
            faults.push("a body where there is none".into());
        }
        return;
    }
    if request.header("content-type") != Some("application/json") {
        faults.push("a body that is not called application/json".into());
    }
    match serde_json::from_slice(&request.body) {
        Ok(body) => check(&stated["content"]["application/json"]["schema"], &body, "request", faults),
        Err(error) => faults.push(format!("request: {error}")),
    }
}

fn headers_of(response: &Response, stated: &'static Value, faults: &mut Vec<String>) {
    for (name, header) in stated.as_object().into_iter().flatten() {
        let header = resolve(header);
        match response.header(&name.to_lowercase()) {
            Some(value) => check(&header["schema"], &json!(value), name, faults),
            None if header["required"] == json!(true) => faults.push(format!("header {name} is missing")),
            None => {}
        }
    }
    for (name, _) in &response.headers {
        let of_contract =
            stated.as_object().is_some_and(|stated| stated.keys().any(|known| known.to_lowercase() == *name));
        if !of_contract && !OF_HTTP.contains(&name.as_str()) {
            faults.push(format!("header {name} is not of the contract"));
        }
    }
}

/// The signed documents that an answer holds.
fn documents(body: &Value, faults: &mut Vec<String>) {
    let lists = body["outcomes"].as_array().into_iter().flatten();
    let single = ["outcome", "credential", "trust"].into_iter().map(|name| &body[name]);
    for compact in lists.chain(single).filter_map(Value::as_str) {
        document(compact, faults);
    }
}

/// What is wrong with what a signed document says. Nobody looks at its signature here.
pub fn document(compact: &str, faults: &mut Vec<String>) {
    let part = |nth| -> Option<Value> { serde_json::from_slice(&from_base64url(compact.split('.').nth(nth)?)?).ok() };
    let (Some(header), Some(payload)) = (part(0), part(1)) else {
        faults.push(format!("no compact JWS: {compact}"));
        return;
    };
    let mut names: Vec<&String> = header.as_object().into_iter().flat_map(Map::keys).collect();
    names.sort();
    if names != ["alg", "kid", "typ"] {
        faults.push(format!("a header of {names:?}"));
    }
    let typ = header["typ"].as_str().unwrap_or_default();
    let schema = match typ {
        "billpay-credential+jws" => "CredentialPayload",
        "billpay-trust+jws" => "TrustPayload",
        _ => "OutcomePayload",
    };
    if schema == "OutcomePayload" {
        let body = KINDS.iter().find(|(known, _)| *known == typ).map(|(_, body)| *body);
        if body.is_none_or(|body| payload.get(body).is_none()) {
            faults.push(format!("{typ} without its body"));
        }
    }
    check(&json!({"$ref": format!("#/components/schemas/{schema}")}), &payload, typ, faults);
}

/// What is wrong with a value, by a schema of the contract.
pub fn check(schema: &Value, value: &Value, what: &str, faults: &mut Vec<String>) {
    for error in validator(schema).iter_errors(value) {
        faults.push(format!("{what}: {error} at {}", error.instance_path()));
    }
}

/// Panics at an exchange that is not of the contract.
pub fn hold(request: &Request, response: &Response) {
    let faults = faults(request, response);
    assert!(
        faults.is_empty(),
        "{} {} -> {} {}\n{}",
        request.method,
        request.url,
        response.status,
        String::from_utf8_lossy(&response.body),
        faults.join("\n")
    );
}

/// The value with the member at `pointer` under another name.
pub fn renamed(value: &Value, pointer: &str) -> Value {
    let mut renamed = value.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let members = renamed.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    let value = members.remove(name).unwrap();
    members.insert(format!("{name}_"), value);
    renamed
}

/// The places of all members.
pub fn members(value: &Value, place: &str, found: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(named) => named.iter().map(|(name, member)| (format!("{place}/{name}"), member)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (format!("{place}/{at}"), item)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (place, member) in inside {
        found.extend(value.is_object().then(|| place.clone()));
        members(member, &place, found);
    }
}
