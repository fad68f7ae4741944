//! The letters of a page: those of a font that the person named, and below them the program's own, which has the
//! characters of GB 2312 (bindings/cli/fonts). What no font has is said: a name that lost a character is another name.

use std::path::Path;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{FontRef, MetadataProvider as _, instance::LocationRef, prelude::Size};

use crate::{failure::Failure, files, shell::Shell};

const OWN: &[u8] = include_bytes!("../../../fonts/NotoSansSC-GB2312.otf");

/// The fonts of a page, the first that has a character gives it.
pub(super) struct Typeface(Vec<Face>);

struct Face {
    font: Font,
    bytes: Vec<u8>,
}

/// A piece of a line, all of one font.
pub(super) struct Run {
    pub font: Font,
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
    /// Of a type of one point.
    pub width: f32,
}

impl Face {
    fn new(bytes: Vec<u8>) -> Option<Self> {
        let font = Font::new(bytes.clone().into(), 0)?;
        FontRef::from_index(&bytes, 0).ok()?;
        Some(Self { font, bytes })
    }

    /// The glyph, and how wide it is in a type of one point.
    fn glyph(&self, character: char) -> Option<(GlyphId, f32)> {
        let font = FontRef::from_index(&self.bytes, 0).ok()?;
        let glyph = font.charmap().map(character)?;
        let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        Some((GlyphId::new(glyph.to_u32()), metrics.advance_width(glyph)?))
    }
}

impl Typeface {
    pub(super) fn open(shell: &Shell, named: Option<&Path>) -> Result<Self, Failure> {
        let mut faces = Vec::new();
        if let Some(path) = named {
            let bytes = files::font(path).map_err(|why| {
                let what = shell.say("读不了这个文件", "this file cannot be read");
                Failure::new("file-unreadable", format!("{}: {what}{}", path.display(), shell.aside(&why.words(shell))))
            })?;
            faces.push(Face::new(bytes).ok_or_else(|| {
                let what = shell.say("不是 TTF 或 OTF 字体", "it is no font (TTF, OTF)");
                Failure::new("no-font", format!("{}: {what}", path.display()))
            })?);
        }
        faces.extend(Face::new(OWN.to_vec()));
        Ok(Self(faces))
    }

    /// Where in the fonts a character is.
    fn find(&self, character: char) -> Option<(usize, GlyphId, f32)> {
        let found = self.0.iter().enumerate().find_map(|(at, face)| Some((at, face.glyph(character)?)));
        found.map(|(at, (glyph, width))| (at, glyph, width))
    }

    /// Those of a text that no font has.
    pub(super) fn lacks(&self, text: &str) -> Vec<char> {
        text.chars().filter(|character| self.find(*character).is_none()).collect()
    }

    /// How wide it is in a type of one point.
    pub(super) fn width(&self, character: char) -> f32 {
        self.find(character).map_or(0.0, |(_, _, width)| width)
    }

    /// A line, a run for each change of font.
    pub(super) fn runs(&self, line: &str) -> Vec<Run> {
        let mut runs: Vec<(usize, Run)> = Vec::new();
        for character in line.chars() {
            let Some((at, glyph, width)) = self.find(character) else { continue };
            let Some(face) = self.0.get(at) else { continue };
            if runs.last().is_none_or(|(of, _)| *of != at) {
                let run = Run { font: face.font.clone(), text: String::new(), glyphs: Vec::new(), width: 0.0 };
                runs.push((at, run));
            }
            if let Some((_, run)) = runs.last_mut() {
                let from = run.text.len();
                run.text.push(character);
                run.glyphs.push(KrillaGlyph::new(glyph, width, 0.0, 0.0, 0.0, from..run.text.len(), None));
                run.width += width;
            }
        }
        runs.into_iter().map(|(_, run)| run).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn row_50_the_own_font_has_what_names_are_written_with_and_says_what_it_lacks() {
        let own = Typeface(Face::new(OWN.to_vec()).into_iter().collect());
        assert!(own.lacks("上海城投水务（集团）有限公司 No. 7 ¥1,234.50 □ Ä é ·").is_empty());
        assert_eq!(own.lacks("𠮷野家㐂"), ['𠮷', '㐂']);
        let runs = own.runs("上A");
        assert_eq!((runs.len(), runs[0].glyphs.len(), runs[0].text.as_str()), (1, 2, "上A"));
        assert!((own.width('上') - 1.0).abs() < 0.01 && own.width('A') < 0.8, "in a type of one point");
        assert!(Face::new(b"no font".to_vec()).is_none());
    }
}
