//! What keyboards type for the same thing. A Chinese one types letters, figures and signs in full width, and amounts come
//! with the sign or the word of their currency. Pure.

/// In half width, as billers, banks and codes are written; what has none stays as it is.
#[must_use]
pub fn narrow(typed: &str) -> String {
    let narrow = |character: char| match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{3000}' => ' ',
        '\u{ffe5}' => '\u{a5}',
        other => other,
    };
    typed.chars().map(narrow).collect()
}

/// An amount of CNY in half width without its currency: `¥10`, `CNY 10`, `rmb10` and `10元` are `10`. Anything else is as it is.
#[must_use]
pub fn without_currency(typed: &str) -> &str {
    let typed = typed.trim();
    let sign = ["¥", "cny", "rmb"].into_iter().find_map(|sign| {
        let (before, after) = typed.split_at_checked(sign.len())?;
        before.eq_ignore_ascii_case(sign).then_some(after)
    });
    let bare = sign.unwrap_or(typed);
    bare.strip_suffix('元').unwrap_or(bare).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_51_full_width_is_half_width_and_everything_else_is_as_it_was() {
        for (typed, read) in [
            ("１２３．４５", "123.45"),
            ("１，２３４", "1,234"),
            ("＋８６", "+86"),
            ("Ｂ１２－０５０２", "B12-0502"),
            ("￥５", "¥5"),
            ("上海　水务", "上海 水务"),
            ("plain 123 ４五", "plain 123 4五"),
        ] {
            assert_eq!(narrow(typed), read, "{typed}");
        }
    }

    #[test]
    fn row_15_an_amount_is_the_same_with_and_without_its_currency() {
        for typed in ["10", "¥10", "CNY 10", "cny10", "RMB 10", "10元", "10 元", "¥10元", " 10 "] {
            assert_eq!(without_currency(typed), "10", "{typed}");
        }
        for typed in ["USD 10", "10块", "元10", "-10", "¥-10", "c¥10"] {
            assert_ne!(without_currency(typed), "10", "{typed}");
        }
    }
}
