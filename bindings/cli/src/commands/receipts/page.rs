//! A document as a page that a person files (row 50): PDF/A-3, for archives. The words are for people; what proves them
//! is the document itself, which is attached as it was signed, and stands in a QR code. It is not compressed, so that
//! `billpay receipts verify` finds it in the file, and so does whoever looks for `eyJ`.
//!
//! The same document gives the same bytes: nothing of the page is of the moment in which it was made.

use billpay_core::{
    Payment, Proof, ReceiptView,
    text::{DocumentText, Label, document_of},
};
use jiff::tz::TimeZone;
use krilla::{
    Data, Document, SerializeSettings,
    color::luma,
    configure::{Archival, ConfigurationBuilder},
    embed::{AssociationKind, EmbeddedFile, MimeType},
    geom::{PathBuilder, Point, Rect, Transform},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
};
use qrcodegen::{QrCode, QrCodeEcc};
use std::path::Path;

use super::{forms::QUIET, not_genuine, typeface::Typeface};
use crate::{failure::Failure, shell::Shell};

// A4, in points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const MARGIN: f32 = 62.0;
/// Where values begin.
const VALUES: f32 = MARGIN + 118.0;
const TITLE: f32 = 22.0;
const TEXT: f32 = 10.5;
const TOTAL: f32 = 15.0;
const SMALL: f32 = 8.0;
const LINE: f32 = 1.75;
/// The longest side of the code.
const CODE: f32 = 240.0;
const BLACK: u8 = 0;
const GREY: u8 = 110;
const RULE: u8 = 190;

/// What stands at a place of a page.
enum Mark {
    Line { x: f32, y: f32, size: f32, grey: u8, text: String },
    Rule { y: f32 },
    Code { x: f32, y: f32, module: f32, code: QrCode },
}

/// Puts marks on pages, from top to bottom.
struct Layout<'a> {
    typeface: &'a Typeface,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

/// The page of a document.
pub(super) fn of(
    shell: &Shell,
    view: &ReceiptView,
    payment: Option<&Payment>,
    font: Option<&Path>,
) -> Result<Vec<u8>, Failure> {
    // A page looks like proof: of what the bank has not signed there is none.
    if view.proof == Proof::Invalid {
        return Err(not_genuine(shell, 1));
    }
    let typeface = Typeface::open(shell, font)?;
    let title = shell.text(Label::of_document(&view.kind));
    // What is not seen as what it is stands as a box: fonts have no other sign for it.
    let fields: Vec<(DocumentText, String, String)> = document_of(view, payment, shell.language)
        .into_iter()
        .map(|(name, value)| (name, shell.text(name), value.replace('\u{FFFD}', "□")))
        .collect();
    let all: String = fields.iter().flat_map(|(_, label, value)| [label.as_str(), value.as_str()]).collect();
    let lacks = typeface.lacks(&all);
    if !lacks.is_empty() {
        let what = shell.say("字体中没有这些字", "no font here has these characters");
        let next = shell.say("请用 --font 指定有它们的字体。", "Name one that has them with --font.");
        let lacks: String = lacks.into_iter().collect();
        return Err(Failure::new("font-lacks", format!("{what}{}{lacks}{}{next}", shell.colon(), shell.stop())));
    }
    let mut layout = Layout { typeface: &typeface, pages: vec![Vec::new()], y: MARGIN + TITLE };
    layout.head(&title);
    for (name, label, value) in &fields {
        layout.field(*name, label, value);
    }
    layout.proof(shell, view);
    drawn(shell, view, &title, layout)
}

impl Layout<'_> {
    fn put(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Room for so much; a new page where there is none.
    fn need(&mut self, height: f32) {
        if self.y + height > HEIGHT - MARGIN {
            self.pages.push(Vec::new());
            self.y = MARGIN + TEXT;
        }
    }

    fn text(&mut self, x: f32, size: f32, grey: u8, text: &str) {
        let (y, text) = (self.y, text.to_owned());
        self.put(Mark::Line { x, y, size, grey, text });
    }

    fn rule(&mut self) {
        let y = self.y;
        self.put(Mark::Rule { y });
    }

    fn head(&mut self, title: &str) {
        self.text(MARGIN, TITLE, BLACK, title);
        self.y += TITLE * 0.7;
        self.rule();
        self.y += TEXT * 2.2;
    }

    fn field(&mut self, name: DocumentText, label: &str, value: &str) {
        let size = if name == DocumentText::Total { TOTAL } else { TEXT };
        let lines = self.folded(value, size, WIDTH - MARGIN - VALUES);
        self.need(size * LINE);
        // A larger type takes its room above the line.
        self.y += (size - TEXT) * 0.9;
        self.text(MARGIN, TEXT, GREY, label);
        for (nth, line) in lines.iter().enumerate() {
            if nth > 0 {
                self.need(size * LINE);
            }
            self.text(VALUES, size, BLACK, line);
            self.y += TEXT * LINE;
        }
        // What names the document stands apart from what it says, and so does the sum.
        if matches!(name, DocumentText::Payment | DocumentText::Total) {
            self.y -= TEXT * 0.6;
            self.rule();
            self.y += TEXT * 1.9;
        }
    }

    fn proof(&mut self, shell: &Shell, view: &ReceiptView) {
        let name = file_name(view);
        let attached = shell.say("银行签名的原文附在本文件中", "What the bank signed is attached to this file");
        let anyone = shell.say(
            "文字供阅读，以所附原文为凭。任何人都可以凭取自银行的公钥核对：",
            "The words are to be read; what is attached proves them. Anyone can check it, with keys that come from the bank:",
        );
        let lines = [
            format!("{attached}{}{name}", shell.colon()),
            anyone.to_owned(),
            "billpay receipts verify FILE --keys JWKS".to_owned(),
            format!("SHA-256 (base64url): {}", view.id),
        ];
        self.y += TEXT * 0.6;
        for line in lines {
            for part in self.folded(&line, SMALL, WIDTH - 2.0 * MARGIN) {
                self.need(SMALL * LINE);
                self.text(MARGIN, SMALL, GREY, &part);
                self.y += SMALL * LINE;
            }
        }
        // One that is too long for a code is attached all the same.
        let Ok(code) = QrCode::encode_binary(view.compact.as_bytes(), QrCodeEcc::Low) else { return };
        let module = CODE / modules(code.size() + 2 * QUIET);
        self.need(CODE);
        let y = self.y;
        // Its quiet margin lies over the page's.
        self.put(Mark::Code { x: MARGIN, y: y + module * modules(QUIET), module, code });
        self.y += CODE;
    }

    /// A text in lines of at most that width, cut between words, or where there are none anywhere.
    fn folded(&self, text: &str, size: f32, most: f32) -> Vec<String> {
        let (mut lines, mut line, mut wide) = (Vec::new(), String::new(), 0.0);
        for character in text.chars() {
            let width = self.typeface.width(character) * size;
            if wide + width > most && !line.is_empty() {
                let at = line.rfind(' ').filter(|at| *at > 0).map_or(line.len(), |at| at + 1);
                let rest = line.split_off(at);
                lines.push(line.trim_end().to_owned());
                wide = rest.chars().map(|of| self.typeface.width(of) * size).sum();
                line = rest;
            }
            line.push(character);
            wide += width;
        }
        lines.push(line);
        lines
    }
}

/// Modules of a code, of which there are at most some hundred.
fn modules(of: i32) -> f32 {
    f32::from(i16::try_from(of).unwrap_or_default())
}

fn file_name(view: &ReceiptView) -> String {
    format!("{}-{}.jws", if view.kind == "receipt" { "receipt" } else { "document" }, view.sequence)
}

fn drawn(shell: &Shell, view: &ReceiptView, title: &str, layout: Layout<'_>) -> Result<Vec<u8>, Failure> {
    let failed = |error: &dyn std::fmt::Debug| Failure::system("page", &format!("{error:?}"));
    let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A3_U).finish();
    let configuration = configuration.map_err(|error| failed(&error))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let issued = date(view);
    let language = shell.say("zh-CN", "en");
    document.set_metadata(
        Metadata::new()
            .title(format!("{title} #{}", view.sequence))
            .language(language.to_owned())
            .creator(format!("billpay {}", env!("CARGO_PKG_VERSION")))
            .document_id(view.id.clone())
            .creation_date(issued),
    );
    let attached = document.embed_file(EmbeddedFile {
        path: file_name(view),
        mime_type: MimeType::new("application/jose"),
        description: Some(shell.say("银行签名的原文（JWS）", "What the bank signed (a compact JWS)").to_owned()),
        // The page is made from it.
        association_kind: AssociationKind::Source,
        data: Data::from(view.compact.clone().into_bytes()),
        modification_date: Some(issued),
        compress: Some(false),
        location: None,
    });
    attached.ok_or_else(|| failed(&"attached twice"))?;
    let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| failed(&"the size of a page"))?;
    for marks in layout.pages {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, layout.typeface, mark);
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| failed(&error))
}

fn draw(surface: &mut Surface<'_>, typeface: &Typeface, mark: Mark) {
    match mark {
        Mark::Line { mut x, y, size, grey, text } => {
            surface.set_fill(Some(filled(grey)));
            for run in typeface.runs(&text) {
                let start = Point::from_xy(x, y);
                surface.draw_glyphs(start, &run.glyphs, run.font, &run.text, size, false);
                x += run.width * size;
            }
        }
        Mark::Rule { y } => {
            surface.set_fill(Some(filled(RULE)));
            rectangles(surface, [Rect::from_xywh(MARGIN, y, WIDTH - 2.0 * MARGIN, 0.7)]);
        }
        Mark::Code { x, y, module, code } => {
            surface.set_fill(Some(filled(BLACK)));
            let places = (0..code.size()).flat_map(|down| (0..code.size()).map(move |right| (right, down)));
            let dark = places.filter(|(right, down)| code.get_module(*right, *down));
            // In modules, which are whole numbers: a tenth of the bytes.
            surface.push_transform(&Transform::from_row(module, 0.0, 0.0, module, x, y));
            rectangles(surface, dark.map(|(right, down)| Rect::from_xywh(modules(right), modules(down), 1.0, 1.0)));
            surface.pop();
        }
    }
}

fn rectangles(surface: &mut Surface<'_>, rectangles: impl IntoIterator<Item = Option<Rect>>) {
    let mut path = PathBuilder::new();
    rectangles.into_iter().flatten().for_each(|rectangle| path.push_rect(rectangle));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn filled(grey: u8) -> Fill {
    Fill { paint: luma::Color::new(grey).into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}

/// When it was issued, in UTC.
fn date(view: &ReceiptView) -> DateTime {
    let at = TimeZone::UTC.to_datetime(view.issued);
    let part = |of: i8| of.unsigned_abs();
    DateTime::new(at.year().unsigned_abs())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
