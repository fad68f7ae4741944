//! The archive of an export: a ZIP without packing, whose manifest names each file with its size and SHA-256. What
//! proves the documents is the bank's signature in each; the manifest only shows whether the archive is whole.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _, Write as _},
};

use billpay_core::crypto::digest;
use serde::{Deserialize, Serialize};
use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use crate::shell::Shell;

/// A document a line.
pub(crate) const DOCUMENTS: &str = "documents.jws";
const MANIFEST: &str = "manifest.json";
/// Files in an archive, and bytes in one of them.
const MOST_FILES: usize = 64;
const MOST_BYTES: u64 = 512 << 20;

#[derive(Serialize, Deserialize)]
struct Manifest {
    v: u8,
    made_at: String,
    client: String,
    /// How many documents [`DOCUMENTS`] has.
    documents: u64,
    files: Vec<Listed>,
}

#[derive(Serialize, Deserialize)]
struct Listed {
    name: String,
    bytes: u64,
    sha256: String,
}

/// An archive that is whole.
pub(crate) struct Archive {
    manifest: Manifest,
    files: BTreeMap<String, Vec<u8>>,
}

/// Why an archive is none, or not whole.
#[derive(Debug)]
pub(crate) enum NotWhole {
    Broken,
    NoManifest,
    /// It is there and not listed, listed and not there, or not as it is listed.
    File(String),
    /// There is more in it than its list of files has, or something else: other programs may show that.
    Hidden,
    TooLarge,
}

impl NotWhole {
    pub(crate) fn words(&self, shell: &Shell) -> String {
        match self {
            Self::Broken => shell.say("不是完好的 ZIP 文件", "it is no sound ZIP file").to_owned(),
            Self::NoManifest => shell.say("没有可用的清单", "it has no manifest").to_owned(),
            Self::File(name) => format!("{}{}{name}", shell.say("与清单不符", "not as it is listed"), shell.colon()),
            Self::Hidden => shell
                .say("其中有文件目录以外的内容", "it holds something that its list of files does not have")
                .to_owned(),
            Self::TooLarge => shell.say("太大", "it is too large").to_owned(),
        }
    }
}

/// Whether a file says that it is an archive.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Whether there is one behind something else: what is before it was never part of it, and read as a text it would
/// be held against no manifest.
pub(crate) fn is_behind_something(bytes: &[u8]) -> bool {
    let has = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    !is_one(bytes) && has(b"PK\x03\x04") && has(b"PK\x05\x06")
}

fn hex(bytes: &[u8]) -> String {
    digest::sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Packs files with their manifest.
pub(crate) fn pack(made_at: &str, documents: u64, files: &[(&str, Vec<u8>)]) -> Result<Vec<u8>, ZipError> {
    let listed = files.iter().map(|(name, bytes)| Listed {
        name: (*name).to_owned(),
        bytes: bytes.len() as u64,
        sha256: hex(bytes),
    });
    let manifest = Manifest {
        v: 1,
        made_at: made_at.to_owned(),
        client: env!("CARGO_PKG_VERSION").to_owned(),
        documents,
        files: listed.collect(),
    };
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::from)?;
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o600);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [(MANIFEST, &manifest)].into_iter().chain(files.iter().map(|(name, bytes)| (*name, bytes))) {
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Whether a ZIP (APPNOTE.TXT 4.3) is nothing but its files: one behind the other from the first byte on, each with a name of
/// its own that stands before it as it does in the list, behind them the list, behind that its end; no comment, and no room
/// in a header. Another program may go by what stands before the files, by what lies between them, or by the last of two
/// of one name, and show what this one never looks at.
fn is_plain(bytes: &[u8]) -> Option<bool> {
    const LOCAL: usize = 30;
    const LISTED: usize = 46;
    const END: usize = 22;
    let number = |at: usize, of: usize| {
        let bytes = bytes.get(at..at.checked_add(of)?)?;
        Some(bytes.iter().rev().fold(0_usize, |all, byte| all << 8 | usize::from(*byte)))
    };
    let is = |at: usize, mark: &[u8]| Some(bytes.get(at..at.checked_add(mark.len())?)? == mark);
    let end = bytes.len().checked_sub(END)?;
    let (disks, here, files) = (number(end + 4, 4)?, number(end + 8, 2)?, number(end + 10, 2)?);
    let (size, list, comment) = (number(end + 12, 4)?, number(end + 16, 4)?, number(end + 20, 2)?);
    // Where another size stands some programs take it that everything was moved, and read it from other places.
    if (disks, here, comment) != (0, files, 0) || list.checked_add(size) != Some(end) {
        return Some(false);
    }
    let (mut names, mut next, mut at) = (std::collections::BTreeSet::new(), 0, list);
    for _ in 0..files {
        let (packed, name, extra, words) =
            (number(at + 20, 4)?, number(at + 28, 2)?, number(at + 30, 2)?, number(at + 32, 2)?);
        let from = number(at + 42, 4)?;
        let listed = bytes.get(at + LISTED..at + LISTED + name)?;
        let data = from.checked_add(LOCAL + name)?;
        // Version, flags, method, time, sum, sizes and lengths, and the name.
        let same = bytes.get(from + 4..from + LOCAL)? == bytes.get(at + 6..at + 32)?
            && bytes.get(from + LOCAL..data)? == listed;
        let sound = is(at, b"PK\x01\x02")? && is(from, b"PK\x03\x04")? && (extra, words) == (0, 0);
        if !same || !sound || from != next || !names.insert(listed) {
            return Some(false);
        }
        next = data.checked_add(packed)?;
        at += LISTED + name;
    }
    Some(is(end, b"PK\x05\x06")? && next == list && at == end)
}

impl Archive {
    /// Reads an archive, and holds every file against the manifest.
    pub(crate) fn read(bytes: Vec<u8>) -> Result<Self, NotWhole> {
        let plain = is_plain(&bytes).unwrap_or(false);
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| NotWhole::Broken)?;
        if zip.len() > MOST_FILES {
            return Err(NotWhole::TooLarge);
        }
        if !plain {
            return Err(NotWhole::Hidden);
        }
        // Names of one body would be as many copies of it.
        if zip.has_overlapping_files().map_err(|_| NotWhole::Broken)? {
            return Err(NotWhole::Broken);
        }
        let mut files = BTreeMap::new();
        for at in 0..zip.len() {
            let file = zip.by_index(at).map_err(|_| NotWhole::Broken)?;
            let name = file.name().map_err(|_| NotWhole::Broken)?.into_owned();
            let mut content = Vec::new();
            file.take(MOST_BYTES + 1).read_to_end(&mut content).map_err(|_| NotWhole::File(name.clone()))?;
            if content.len() as u64 > MOST_BYTES {
                return Err(NotWhole::TooLarge);
            }
            if files.insert(name.clone(), content).is_some() {
                return Err(NotWhole::File(name));
            }
        }
        let manifest = files.remove(MANIFEST).ok_or(NotWhole::NoManifest)?;
        let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|_| NotWhole::NoManifest)?;
        let mut listed = std::collections::BTreeSet::new();
        for of in &manifest.files {
            let here =
                files.get(&of.name).filter(|content| content.len() as u64 == of.bytes && hex(content) == of.sha256);
            if here.is_none() || !listed.insert(of.name.clone()) {
                return Err(NotWhole::File(of.name.clone()));
            }
        }
        if let Some(name) = files.keys().find(|name| !listed.contains(*name)) {
            return Err(NotWhole::File(name.clone()));
        }
        if manifest.v != 1 || !listed.contains(DOCUMENTS) {
            return Err(NotWhole::NoManifest);
        }
        Ok(Self { manifest, files })
    }

    /// The text of the documents.
    pub(crate) fn documents(&self) -> String {
        let bytes = self.files.get(DOCUMENTS).map(Vec::as_slice).unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// How many there are by the manifest; `None` where none are.
    pub(crate) fn counted(&self) -> Option<u64> {
        Some(self.manifest.documents)
    }
}
