//! The fields of a document, each to be changed in turn.

use serde_json::Value;

/// The paths to all values inside, as JSON pointers.
pub fn fields(value: &Value) -> Vec<String> {
    let inner = |name: String, value: &Value| match value {
        Value::Object(_) | Value::Array(_) => fields(value).into_iter().map(|path| format!("/{name}{path}")).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![format!("/{name}")],
    };
    match value {
        Value::Object(members) => members.iter().flat_map(|(name, value)| inner(name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().flat_map(|(at, value)| inner(at.to_string(), value)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// Another value of the same shape: a person would not notice that it is another one.
fn change(value: &mut Value) {
    match value {
        Value::Bool(it) => *it = !*it,
        Value::Number(it) => *value = (it.as_i64().unwrap() + 1).into(),
        // A digit for a digit and a letter for a letter: a number, an id, a moment and a hash stay one.
        Value::String(text) => {
            let at = text.rfind(|letter: char| letter.is_ascii_digit()).or_else(|| text.rfind(|_| true)).unwrap_or(0);
            let other = match text[at..].chars().next() {
                Some(digit @ '0'..='8') => char::from(digit as u8 + 1),
                Some('9') => '0',
                Some('a') => 'b',
                Some(_) | None => 'a',
            };
            let rest = text[at..].chars().next().map_or(0, char::len_utf8);
            text.replace_range(at..at + rest, &other.to_string());
        }
        Value::Null => *value = Value::from(1),
        Value::Object(_) | Value::Array(_) => panic!("not a value"),
    }
}

/// The whole with another value there.
pub fn changed(whole: &Value, field: &str) -> Value {
    let mut other = whole.clone();
    change(other.pointer_mut(field).unwrap());
    assert_ne!(&other, whole, "{field}");
    other
}
