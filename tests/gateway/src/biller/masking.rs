//! What a biller shows of a name and an address: enough to recognise one's own, too little to learn
//! somebody else's.

/// Of a name only the last character (王小明 → **明); of a name in Latin letters the first of each
/// word.
#[must_use]
pub fn holder(name: &str) -> String {
    if name.is_ascii() {
        let word = |word: &str| word.chars().enumerate().map(|(at, c)| if at == 0 { c } else { '*' }).collect();
        let words: Vec<String> = name.split_whitespace().map(word).collect();
        return words.join(" ");
    }
    let last = name.chars().count().saturating_sub(1);
    name.chars().enumerate().map(|(at, c)| if at == last && last > 0 { c } else { '*' }).collect()
}

/// Every digit hidden: the street shows, the door does not.
#[must_use]
pub fn address(address: &str) -> String {
    address.chars().map(|c| if c.is_numeric() { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_10_names_and_addresses_are_masked() {
        let shown = ["王小明", "李娜", "李", "Li Na"].map(holder);
        assert_eq!(shown, ["**明", "*娜", "*", "L* N*"]);
        assert_eq!(address("上海市浦东新区世纪大道100号3栋502室"), "上海市浦东新区世纪大道***号*栋***室");
    }
}
