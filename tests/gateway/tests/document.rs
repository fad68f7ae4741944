//! The contract is a right OpenAPI 3.1 document, complete, with examples that fit (design, section 3).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where the document is not what it should be"
)]

#[path = "world/contract.rs"]
mod contract;

use std::collections::BTreeSet;

use contract::{CONTRACT, check, resolve};
use sandbox_gateway::api::problem::Problem;
use serde_json::{Value, json};

/// Every value below one, with its place in the document.
fn walk<'a>(value: &'a Value, place: &str, visit: &mut dyn FnMut(&str, &'a Value)) {
    visit(place, value);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(member, &format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), visit);
            }
        }
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                walk(item, &format!("{place}/{nth}"), visit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn shape_faults(document: &Value) -> Vec<String> {
    let shape: Value = serde_json::from_str(include_str!("document.json")).unwrap();
    jsonschema::draft202012::meta::validate(&shape).unwrap();
    let shape = jsonschema::options().should_validate_formats(true).build(&shape).unwrap();
    shape.iter_errors(document).map(|error| format!("{error} at {}", error.instance_path())).collect()
}

/// The words of JSON Schema that the contract uses; `x-known` is its own.
const WORDS: [&str; 22] = [
    "$ref",
    "additionalProperties",
    "const",
    "description",
    "enum",
    "examples",
    "format",
    "if",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "then",
    "type",
];

/// Words in a schema that are none: JSON Schema itself takes any.
fn strange_words(schema: &Value, place: &str, found: &mut Vec<String>) {
    for (word, value) in schema.as_object().into_iter().flatten() {
        let place = format!("{place}/{word}");
        match word.as_str() {
            "properties" => {
                for (name, schema) in value.as_object().into_iter().flatten() {
                    strange_words(schema, &format!("{place}/{name}"), found);
                }
            }
            "oneOf" => value.as_array().into_iter().flatten().for_each(|schema| strange_words(schema, &place, found)),
            "items" | "if" | "then" => strange_words(value, &place, found),
            "x-known" => {}
            word if WORDS.contains(&word) => {}
            _ => found.push(place),
        }
    }
}

/// All operations, by name, with their paths.
fn operations() -> Vec<(&'static str, &'static str, &'static Value, &'static Value)> {
    let paths = CONTRACT["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            all.push((path.as_str(), method.as_str(), item, operation));
        }
    }
    all
}

#[test]
fn the_contract_is_a_right_openapi_document() {
    assert_eq!(shape_faults(&CONTRACT), Vec::<String>::new());
    let mut broken = Vec::new();
    walk(&CONTRACT, "", &mut |place, value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str)
            && CONTRACT.pointer(reference.trim_start_matches('#')).is_none()
        {
            broken.push(format!("{place}: {reference}"));
        }
        let component = place.strip_prefix("/components/schemas/").is_some_and(|name| !name.contains('/'));
        if component || place.ends_with("/schema") {
            assert!(jsonschema::draft202012::meta::is_valid(value), "{place} is no JSON Schema");
            strange_words(value, place, &mut broken);
        }
    });
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn an_unquoted_comma_in_the_document_would_be_found() {
    let mut document = CONTRACT.clone();
    document["tags"][3]["confirm"] = Value::Null;
    assert_eq!(shape_faults(&document).len(), 1);
    let mut found = Vec::new();
    let schema = json!({"type": "object", "properties": {"a": {"type": "string", "description": "One", "two": null}}});
    strange_words(&schema, "", &mut found);
    assert_eq!(found, ["/properties/a/two"]);
    let mut document = CONTRACT.clone();
    document["paths"]["/v1/limits"]["post"]["responses"]["200"]["headers"] = json!({});
    assert!(!shape_faults(&document).is_empty(), "an answer without Bank-Time");
    let mut document = CONTRACT.clone();
    document["paths"]["/v1/limits"]["post"]["requestBody"]["content"]["application/json"]["examples"] = json!({});
    assert!(!shape_faults(&document).is_empty(), "a body without an example");
}

#[test]
fn every_operation_states_its_path_tag_headers_and_bodies() {
    let tags: BTreeSet<&str> =
        CONTRACT["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut names = BTreeSet::new();
    for (path, method, item, operation) in operations() {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} twice");
        assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{name}");
        let listed = [&item["parameters"], &operation["parameters"]];
        let stated: Vec<(&str, &str)> = listed
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .map(resolve)
            .map(|parameter| (parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap()))
            .collect();
        assert_eq!(stated.iter().collect::<BTreeSet<_>>().len(), stated.len(), "{name} states one twice");
        let in_path: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}'))).collect();
        let named: BTreeSet<&str> =
            stated.iter().filter(|(place, _)| *place == "path").map(|(_, name)| *name).collect();
        assert_eq!(named, in_path, "{name}");
        let mut wanted = vec!["Billpay-Client", "Billpay-Core", "Accept-Language", "Billpay-Attestation"];
        if operation["security"] != json!([]) {
            wanted.extend(["Signature", "Signature-Input"]);
        }
        if method == "post" {
            wanted.extend(["Idempotency-Key", "Content-Digest"]);
        }
        assert_eq!(method == "post", operation.get("requestBody").is_some(), "{name}");
        for header in wanted {
            assert!(stated.contains(&("header", header)), "{name} does not state {header}");
        }
        let ends_orders = ["confirm", "reverse", "presentEvidence"].contains(&name);
        assert_eq!(stated.contains(&("header", "Billpay-Credential")), ends_orders, "{name}");
    }
    assert_eq!(names.len(), 25);
}

#[test]
fn every_example_fits_its_schema_and_every_payload_has_one() {
    let (mut tried, mut faults) = (0, Vec::new());
    walk(&CONTRACT, "", &mut |place, value| {
        // A media type's, with its own schema.
        if let (Some(schema), Some(examples)) = (value.get("schema"), value.get("examples").and_then(Value::as_object))
        {
            for (name, example) in examples {
                let example = match example["$ref"].as_str() {
                    Some(reference) => CONTRACT.pointer(reference.trim_start_matches('#')).unwrap(),
                    None => example,
                };
                check(schema, &example["value"], &format!("{place} {name}"), &mut faults);
                tried += 1;
            }
        }
        // A schema's own.
        if let (true, Some(examples)) = (value.get("type").is_some(), value.get("examples").and_then(Value::as_array)) {
            for example in examples {
                check(&json!({"$ref": format!("#{place}")}), example, place, &mut faults);
                tried += 1;
            }
        }
    });
    assert_eq!(faults, Vec::<String>::new());
    assert!(tried > 45, "{tried}");
    for (payload, kinds) in [("OutcomePayload", 4), ("CredentialPayload", 1), ("TrustPayload", 1)] {
        assert_eq!(
            CONTRACT["components"]["schemas"][payload]["examples"].as_array().unwrap().len(),
            kinds,
            "{payload}"
        );
    }
    for (name, example) in CONTRACT["components"]["examples"].as_object().unwrap() {
        let mut uses = 0;
        walk(&CONTRACT, "", &mut |_, value| {
            uses += usize::from(value["$ref"] == json!(format!("#/components/examples/{name}")));
        });
        assert!(uses > 0, "nothing shows the example {name}: {example}");
    }
}

#[test]
fn every_problem_of_the_sandbox_is_one_of_the_contract_and_the_other_way_round() {
    let known = &CONTRACT["components"]["schemas"]["Problem"]["properties"]["type"]["x-known"];
    let stated: Vec<&str> = known.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(stated, Problem::KINDS);
}

#[test]
fn row_24_an_amount_in_an_order_holds_nothing_unseen_and_is_one_at_least() {
    let envelope = &CONTRACT["components"]["examples"]["Envelope"]["value"];
    let order = |pointer: &str, value: Value| {
        let mut order = envelope["order"].clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        order.pointer_mut(parent).unwrap()[name] = value;
        let mut faults = Vec::new();
        check(&json!({"$ref": "#/components/schemas/Order"}), &order, "order", &mut faults);
        faults
    };
    assert_eq!(order("/v", json!(1)), Vec::<String>::new());
    for (pointer, value) in [
        ("/amount/note", json!("x")),
        ("/fee/note", json!("x")),
        ("/total/note", json!("x")),
        ("/amount/minor", json!(0)),
        ("/amount/minor", json!(1_u64 << 53)),
        ("/amount/currency", json!("cny")),
        ("/note", json!("x")),
    ] {
        assert!(!order(pointer, value).is_empty(), "{pointer}");
    }
}

#[test]
fn an_outcome_has_the_body_of_its_kind_and_no_other() {
    let schema = json!({"$ref": "#/components/schemas/OutcomePayload"});
    let examples = CONTRACT["components"]["schemas"]["OutcomePayload"]["examples"].as_array().unwrap();
    let faults = |payload: &Value| {
        let mut faults = Vec::new();
        check(&schema, payload, "outcome", &mut faults);
        faults.len()
    };
    let mut both = examples[0].clone();
    both["refusal"] = examples[1]["refusal"].clone();
    assert!(faults(&both) > 0, "settled and refused at once");
    let mut neither = examples[0].clone();
    neither.as_object_mut().unwrap().remove("receipt");
    assert!(faults(&neither) > 0, "no body");
    let mut nothing = examples[3].clone();
    nothing["repayment"]["returned"]["minor"] = json!(0);
    assert!(faults(&nothing) > 0, "a repayment of nothing");
}
