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
    /// There is more in it than its list of files has: other programs may show that.
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

/// The last record of a ZIP (APPNOTE.TXT 4.3.16) that has nothing behind it.
struct End {
    files: usize,
    /// Where the list of files begins, and where it ends.
    list: (usize, usize),
}

impl End {
    const BYTES: usize = 22;

    /// `None` where there is none, or a comment behind it: this program writes none.
    fn of(bytes: &[u8]) -> Option<Self> {
        let at = bytes.len().checked_sub(Self::BYTES)?;
        let end = bytes.get(at..)?.strip_prefix(b"PK\x05\x06")?;
        let number = |from: usize, of: usize| {
            let bytes = end.get(from..from + of)?;
            Some(bytes.iter().rev().fold(0_usize, |all, byte| all << 8 | usize::from(*byte)))
        };
        let (files, size, list, comment) = (number(6, 2)?, number(8, 4)?, number(12, 4)?, number(16, 2)?);
        (comment == 0 && list.checked_add(size) == Some(at)).then_some(Self { files, list: (list, at) })
    }

    /// Whether the files that a program finds by name are all that is there: each name once, one behind the other from the
    /// first byte to the list. What lies between or has a name a second time another program would show in its place.
    fn lists(&self, zip: &mut ZipArchive<Cursor<Vec<u8>>>) -> Result<bool, NotWhole> {
        let mut places = Vec::new();
        for at in 0..zip.len() {
            let file = zip.by_index_raw(at).map_err(|_| NotWhole::Broken)?;
            let from = file.data_start().ok_or(NotWhole::Broken)?;
            places.push((file.header_start(), from.saturating_add(file.compressed_size())));
        }
        places.sort_unstable();
        let mut next = 0;
        for (from, to) in places {
            if from != next {
                return Ok(false);
            }
            next = to;
        }
        Ok(zip.len() == self.files && usize::try_from(next).is_ok_and(|next| next == self.list.0))
    }
}

impl Archive {
    /// Reads an archive, and holds every file against the manifest.
    pub(crate) fn read(bytes: Vec<u8>) -> Result<Self, NotWhole> {
        let end = End::of(&bytes).ok_or(NotWhole::Broken)?;
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| NotWhole::Broken)?;
        if zip.len() > MOST_FILES {
            return Err(NotWhole::TooLarge);
        }
        if !end.lists(&mut zip)? {
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
