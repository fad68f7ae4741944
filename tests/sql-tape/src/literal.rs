//! The values of a statement, out of its text with the values written in: SQLite's literals, as
//! <https://www.sqlite.org/lang_expr.html#literal_values_constants_> describes them.

use std::collections::BTreeMap;

use rusqlite::types::Value;

/// The values in the order in which they stand in the text, each with the number that it has as a parameter.
/// `None` if the two are not of one statement.
pub(crate) fn values(sql: &str, expanded: &str) -> Option<Vec<(usize, Value)>> {
    let (mut template, mut written) = (sql, expanded);
    let mut found = Vec::new();
    let (mut last, mut names) = (0, BTreeMap::new());
    while let Some(at) = parameter(template) {
        let (before, rest) = template.split_at_checked(at)?;
        written = written.strip_prefix(before)?;
        let length = rest.get(1..)?.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').count();
        let (parameter, tail) = rest.split_at_checked(1 + length)?;
        // A name, or nothing after the question mark, has the number after the highest so far; the same name
        // has the same.
        let number = match parameter.strip_prefix('?') {
            Some("") => last + 1,
            Some(number) => number.parse().ok()?,
            None => *names.entry(parameter).or_insert(last + 1),
        };
        last = last.max(number);
        template = tail;
        let (value, tail) = literal(written)?;
        written = tail;
        found.push((number, value));
    }
    (template == written).then_some(found)
}

/// Where the next parameter stands that is in no quotes and no comment.
fn parameter(sql: &str) -> Option<usize> {
    let mut until = None;
    let mut before = ' ';
    for (at, c) in sql.char_indices() {
        match (until, c) {
            (None, '?' | ':' | '@' | '$') => return Some(at),
            (None, '\'' | '"' | '`') => until = Some(c),
            (None, '-') if before == '-' => until = Some('\n'),
            (Some(end), c) if end == c => until = None,
            _ => {}
        }
        before = c;
    }
    None
}

fn literal(text: &str) -> Option<(Value, &str)> {
    if let Some(rest) = text.strip_prefix("NULL") {
        return Some((Value::Null, rest));
    }
    if let Some(rest) = text.strip_prefix("x'") {
        let (hex, rest) = rest.split_once('\'')?;
        let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok());
        return Some((Value::Blob(bytes.collect::<Option<_>>()?), rest));
    }
    // A blob without bytes is written as one of a length.
    if let Some(rest) = text.strip_prefix("zeroblob(") {
        let (length, rest) = rest.split_once(')')?;
        return Some((Value::Blob(vec![0; length.parse().ok()?]), rest));
    }
    if let Some(mut rest) = text.strip_prefix('\'') {
        let mut all = String::new();
        loop {
            let (piece, tail) = rest.split_once('\'')?;
            all.push_str(piece);
            rest = tail;
            match rest.strip_prefix('\'') {
                Some(more) => {
                    all.push('\'');
                    rest = more;
                }
                None => return Some((Value::Text(all), rest)),
            }
        }
    }
    let length = text.chars().take_while(|c| c.is_ascii_digit() || "+-.e".contains(*c)).count();
    let (number, rest) = text.split_at_checked(length)?;
    let whole = number.parse().map(Value::Integer);
    Some((whole.or_else(|_| number.parse().map(Value::Real)).ok()?, rest))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_comes_back() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let all = [
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Integer(0),
            Value::Real(-1.5),
            Value::Text("it's 'so' ? 水".to_owned()),
            Value::Text(String::new()),
            Value::Blob(vec![0, 255, 39]),
            Value::Blob(Vec::new()),
        ];
        let sql = "SELECT '?', ?2, ?1, \"?1\" FROM (SELECT 1 AS \"?1\") WHERE ?3 IS NOT ?1";
        for (one, other) in all.iter().zip(all.iter().rev()) {
            let mut statement = connection.prepare(sql).unwrap();
            statement.raw_bind_parameter(1, one).unwrap();
            statement.raw_bind_parameter(2, other).unwrap();
            statement.raw_bind_parameter(3, 7).unwrap();
            let expanded = statement.expanded_sql().unwrap();
            let expected = vec![(2, other.clone()), (1, one.clone()), (3, Value::Integer(7)), (1, one.clone())];
            assert_eq!(values(sql, &expanded), Some(expected), "{expanded}");
        }
    }

    #[test]
    fn names_have_numbers_in_the_order_in_which_they_first_come() {
        let found = values("SELECT ?, :a, ?3, :b_2, :a", "SELECT 7, 8, 9, 10, 8").unwrap();
        let numbers: Vec<usize> = found.into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 2]);
    }

    #[test]
    fn two_texts_that_are_not_of_one_statement_give_nothing() {
        assert_eq!(values("SELECT ?1", "SELECT 1 FROM t"), None);
        assert_eq!(values("-- why? 'so\nSELECT ?1", "-- why? 'so\nSELECT 1"), Some(vec![(1, Value::Integer(1))]));
        assert_eq!(values("SELECT ?1", "DELETE 1"), None);
        assert_eq!(values("SELECT ?1", "SELECT 'no end"), None);
        assert_eq!(values("SELECT ?1", "SELECT "), None);
    }
}
