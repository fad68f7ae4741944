//! How things look: colour and symbols on a terminal, plain words elsewhere; columns by the width
//! that characters really have, Chinese ones being two wide.

use std::io::IsTerminal as _;

use unicode_width::UnicodeWidthStr as _;

/// Colour and symbols, or neither.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    rich: bool,
    /// How wide the terminal is; `None` where there is none, as what reads a pipe wants whole lines.
    columns: Option<usize>,
}

/// A column's alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

impl Paint {
    /// Rich only on a terminal, and only if nobody asked for less (no-color.org).
    pub(crate) fn of_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = std::io::stdout().is_terminal();
        let columns = terminal_size::terminal_size_of(std::io::stdout()).map(|(columns, _)| usize::from(columns.0));
        // One that does not know its width says 0.
        let columns = columns.filter(|columns| terminal && *columns > 0);
        Self { rich: terminal && !unwanted && !dumb, columns }
    }

    pub(crate) fn is_rich(self) -> bool {
        self.rich
    }

    /// How wide the terminal is, if there is one.
    pub(crate) fn columns(self) -> Option<usize> {
        self.columns
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.rich { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The same without colours and symbols, and as wide as need be: for what goes into a file.
    pub(crate) fn plain(self) -> Self {
        Self { rich: false, columns: None }
    }

    /// For what has to be light and dark, whatever the person has chosen.
    pub(crate) fn white_on_black(self, text: &str) -> String {
        self.wrap("97;40", text)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.wrap("32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    pub(crate) fn doubt(self, text: &str) -> String {
        self.wrap("33", text)
    }

    pub(crate) fn accent(self, text: &str) -> String {
        self.wrap("36", text)
    }

    /// A symbol where symbols are wanted, else a word.
    pub(crate) fn sign(self, symbol: &'static str, word: &'static str) -> &'static str {
        if self.rich { symbol } else { word }
    }

    /// What is too wide for the terminal: each row as a block of its own, with nothing cut off or folded,
    /// so that an id or a number can still be copied in one piece.
    fn stacked(
        self,
        head: &[(&str, Align)],
        rows: &[Vec<String>],
        style: impl Fn(usize, usize, &str) -> String,
    ) -> Vec<String> {
        let widest = head.iter().map(|(title, _)| width(title)).max().unwrap_or(0);
        let mut lines = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                lines.push(String::new());
            }
            for (column, (cell, (title, _))) in
                row.iter().zip(head).enumerate().filter(|(_, (cell, _))| !cell.is_empty())
            {
                let title = self.dim(&pad(title, widest, Align::Left));
                lines.push(format!("{title}  {}", style(at, column, cell)));
            }
        }
        // What follows is not of the last block.
        if rows.len() > 1 {
            lines.push(String::new());
        }
        lines
    }

    /// A table: a dim heading, then rows; blocks where that is too wide for the terminal. The widths are those of the text before it is coloured;
    /// `style` colours a cell by its column.
    pub(crate) fn table(
        self,
        head: &[(&str, Align)],
        rows: &[Vec<String>],
        style: impl Fn(usize, usize, &str) -> String,
    ) -> Vec<String> {
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell));
            let title = head.get(column).map_or(0, |(title, _)| width(title));
            cells.chain([title]).max().unwrap_or(0)
        };
        let line = |at: Option<usize>, cells: &[String]| {
            let mut out = String::new();
            for (column, cell) in cells.iter().enumerate() {
                let align = head.get(column).map_or(Align::Left, |(_, align)| *align);
                let padded = pad(cell, width(column), align);
                let last = column + 1 == cells.len() && align == Align::Left;
                let padded = if last { padded.trim_end().to_owned() } else { padded };
                out.push_str(&match at {
                    None => self.dim(&padded),
                    Some(row) => style(row, column, &padded),
                });
                if column + 1 < cells.len() {
                    out.push_str("  ");
                }
            }
            out
        };
        let total = (0..head.len()).map(width).sum::<usize>() + 2 * head.len().saturating_sub(1);
        if self.columns.is_some_and(|columns| total > columns) {
            return self.stacked(head, rows, style);
        }
        let titles: Vec<String> = head.iter().map(|(title, _)| (*title).to_owned()).collect();
        let heading = (!rows.is_empty()).then(|| line(None, &titles));
        heading.into_iter().chain(rows.iter().enumerate().map(|(at, row)| line(Some(at), row))).collect()
    }
}

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Fills up with spaces to `columns`.
pub(crate) fn pad(text: &str, columns: usize, align: Align) -> String {
    let gap = " ".repeat(columns.saturating_sub(width(text)));
    match align {
        Align::Left => format!("{text}{gap}"),
        Align::Right => format!("{gap}{text}"),
    }
}

/// Cuts a text into lines of at most so many columns, about equally long: between words, or between
/// Chinese characters, and never before a closing mark.
pub(crate) fn fold(text: &str, columns: usize) -> Vec<String> {
    let lines = fold_at(text, columns);
    let longest_word = text.split(' ').map(|word| if word.is_ascii() { width(word) } else { 2 }).max().unwrap_or(1);
    let narrower = (longest_word.max(columns / 2)..columns).map(|columns| fold_at(text, columns));
    narrower.into_iter().find(|folded| folded.len() == lines.len()).unwrap_or(lines)
}

fn fold_at(text: &str, columns: usize) -> Vec<String> {
    const CLOSING: &str = "，。；：！？、）」』,.;:!?)";
    let mut lines = Vec::new();
    let mut line = String::new();
    // The last place where the line may end, in bytes.
    let mut cut = None;
    for character in text.chars() {
        let mut one = [0; 4];
        let one = character.encode_utf8(&mut one);
        if width(&line) + width(one) > columns && !line.is_empty() && !CLOSING.contains(character) {
            let rest = match cut {
                Some(at) if at > 0 && character != ' ' => line.split_off(at),
                _ => String::new(),
            };
            lines.push(line.trim_end().to_owned());
            line = rest.trim_start().to_owned();
            cut = None;
        }
        if !(line.is_empty() && character == ' ') {
            line.push(character);
        }
        if character == ' ' || width(one) > 1 {
            cut = Some(line.len());
        }
    }
    if !line.trim_end().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_characters_take_two_columns() {
        assert_eq!(pad("电费", 6, Align::Left), "电费  ");
        assert_eq!(pad("¥1.00", 8, Align::Right), "   ¥1.00");
    }

    #[test]
    fn amounts_stand_under_each_other_whatever_stands_before_them() {
        let rows = vec![vec!["上海电力".to_owned(), "¥123.45".to_owned()], vec!["ab".to_owned(), "¥1.00".to_owned()]];
        let head = [("收费单位", Align::Left), ("金额", Align::Right)];
        let lines = Paint { rich: false, columns: None }.table(&head, &rows, |_, _, cell| cell.to_owned());
        assert_eq!(lines, ["收费单位     金额", "上海电力  ¥123.45", "ab          ¥1.00"]);
    }

    #[test]
    fn a_table_that_is_too_wide_for_the_terminal_becomes_blocks_and_loses_nothing() {
        let rows = vec![vec!["上海电力".to_owned(), "¥1.00".to_owned()], vec![String::new(), "¥2.00".to_owned()]];
        let head = [("收费单位", Align::Left), ("金额", Align::Right)];
        let table = |columns| Paint { rich: false, columns }.table(&head, &rows, |_, _, cell| cell.to_owned());
        assert_eq!(table(Some(14)), ["收费单位  上海电力", "金额      ¥1.00", "", "金额      ¥2.00", ""]);
        assert_eq!(table(Some(15)), table(None), "what fits stays a table, and so does all that is no terminal");
    }

    #[test]
    fn long_texts_fold_between_words_or_characters() {
        assert_eq!(fold("one two three", 8), ["one two", "three"]);
        assert_eq!(fold("正在核实，请勿", 8), ["正在核实，", "请勿"]);
        assert_eq!(fold("", 8), Vec::<String>::new());
        assert_eq!(fold("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(fold("没有款项留在收费单位，已扣的款项已退回", 36), ["没有款项留在收费单位，", "已扣的款项已退回"]);
    }
}
