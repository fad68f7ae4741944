//! Holds exchanges against core/api/gateway.openapi.yaml: method and path, headers, and both bodies
//! by their schemas (OpenAPI 3.1 schemas are JSON Schema 2020-12).

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};

use jsonschema::Validator;
use sandbox_gateway::api::http::{Request, Response};
use serde_json::{Value, json};

use super::HOST;

static CONTRACT: LazyLock<Value> = LazyLock::new(|| {
    serde_norway::from_str(include_str!("../../../../core/api/gateway.openapi.yaml")).expect("the contract is YAML")
});

/// Compiled schemas by their JSON pointer's text.
static COMPILED: LazyLock<Mutex<BTreeMap<String, &'static Validator>>> = LazyLock::new(Mutex::default);

fn validator(schema: &Value) -> &'static Validator {
    let mut compiled = COMPILED.lock().unwrap();
    compiled.entry(schema.to_string()).or_insert_with(|| {
        let mut whole = schema.as_object().cloned().expect("a schema");
        whole.insert("components".into(), CONTRACT["components"].clone());
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .build(&Value::Object(whole))
            .expect("a schema of the contract");
        Box::leak(Box::new(validator))
    })
}

fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => resolve(CONTRACT.pointer(reference.trim_start_matches('#')).expect("a reference")),
        None => value,
    }
}

/// The operation that a request is, if it is one.
fn operation(request: &Request) -> Option<&'static Value> {
    let path = request.url.strip_prefix(HOST)?.split('?').next()?;
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
    fitting.into_iter().find_map(|(_, item)| item.get(method.as_str()))
}

/// What is wrong with an exchange, by the contract; empty when nothing is.
pub fn faults(request: &Request, response: &Response) -> Vec<String> {
    let mut faults = Vec::new();
    let mut time = response.header("bank-time").map(|time| json!(time)).unwrap_or_default();
    let mut epoch = response.header("billpay-epoch").map(|epoch| json!(epoch)).unwrap_or_default();
    check(&json!({"$ref": "#/components/schemas/Time"}), time.take(), "Bank-Time", &mut faults);
    check(&json!({"$ref": "#/components/schemas/Uuid"}), epoch.take(), "Billpay-Epoch", &mut faults);
    let Some(operation) = operation(request) else {
        if response.status != 404 {
            faults.push(format!("{} {} is no operation", request.method, request.url));
        }
        return faults;
    };
    // A request that was refused may be as wrong as it likes.
    if response.status < 300 && !request.body.is_empty() {
        let schema = &resolve(&operation["requestBody"])["content"]["application/json"]["schema"];
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        check(schema, body, "request", &mut faults);
    }
    let responses = &operation["responses"];
    let stated =
        responses.get(response.status.to_string()).or_else(|| (response.status >= 400).then(|| &responses["default"]));
    let Some(stated) = stated else {
        faults.push(format!("{} has no answer {}", operation["operationId"], response.status));
        return faults;
    };
    let kind = response.header("content-type").unwrap_or_default();
    match resolve(stated)["content"].get(kind) {
        Some(content) => {
            let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            if response.status >= 400 && body["status"] != json!(response.status) {
                faults.push("a problem of another status".into());
            }
            check(&content["schema"], body, "answer", &mut faults);
        }
        None => faults.push(format!("{} answers no {kind}", operation["operationId"])),
    }
    faults
}

/// What is wrong with a value, by a schema of the contract.
pub fn check(schema: &Value, value: Value, what: &str, faults: &mut Vec<String>) {
    for error in validator(schema).iter_errors(&value) {
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
