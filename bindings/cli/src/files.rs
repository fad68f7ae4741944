//! Files that somebody named. They are read as far as they may go: what is no file is not opened, as a pipe that nobody
//! writes to would be waited for, and what is too large is not read to its end. They are written in one go.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::Path,
};

use billpay_core::model::Language;

use crate::{failure::Failure, shell::Shell};

/// The most that is read of a connection file or a fault script: twenty times what a bank with every biller of
/// a province needs, and as much as an answer of the gateway may have.
const TEXT: u64 = 1 << 20;
/// The most that is read of a calendar, or of bills to remind of: far more than 10,000 of them take.
const LIST: u64 = 64 << 20;
/// The most that is read of a backup: a sandbox keeps two years of busy tests in less.
const BACKUP: u64 = 256 << 20;

/// The most that is read of a font.
const FONT: u64 = 64 << 20;

/// Why a file was not read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// A folder, a device or a pipe: it may have no end, or never begin.
    NotAFile,
    /// More than so many bytes.
    TooLarge(u64),
    /// The system's word.
    Io(io::Error),
}

impl Unreadable {
    pub(crate) fn words(&self, shell: &Shell) -> String {
        match self {
            Self::NotAFile => shell.say("不是普通文件", "it is not a regular file").to_owned(),
            Self::TooLarge(most) => {
                format!("{} {} MiB", shell.say("文件超过", "it has more than"), most >> 20)
            }
            Self::Io(error) => words_of(shell, error),
        }
    }
}

/// What the system said of a file, a folder or a port, in the person's language, without its numbers.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "rare ones: the system's own words say more than a general sentence"
)]
pub(crate) fn words_in(language: Language, error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let (zh, en) = match error.kind() {
        Kind::NotFound => ("没有这个文件或文件夹", "no such file or folder"),
        Kind::PermissionDenied => ("没有权限", "this user may not"),
        Kind::ReadOnlyFilesystem => ("所在磁盘只读", "the disk can only be read"),
        Kind::StorageFull | Kind::QuotaExceeded => ("磁盘空间不足", "the disk is full"),
        Kind::NotADirectory | Kind::AlreadyExists => ("路径中有一项不是文件夹", "a part of the path is no folder"),
        Kind::IsADirectory => ("是文件夹，不是文件", "it is a folder and no file"),
        Kind::InvalidData => ("不是 UTF-8 文本", "it is no text in UTF-8"),
        Kind::AddrInUse => ("端口已被占用", "the port is taken"),
        Kind::InvalidFilename => ("名称不可用", "it cannot have such a name"),
        Kind::BrokenPipe => ("已无人读取", "nobody reads it any more"),
        _ => return error.to_string(),
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
    .to_owned()
}

/// The same in the language of a shell.
pub(crate) fn words_of(shell: &Shell, error: &io::Error) -> String {
    words_in(shell.language, error)
}

/// A connection file or a script.
pub(crate) fn text(path: &Path) -> Result<String, Unreadable> {
    utf8(bounded(path, TEXT)?)
}

fn utf8(bytes: Vec<u8>) -> Result<String, Unreadable> {
    String::from_utf8(bytes).map_err(|error| Unreadable::Io(io::Error::new(io::ErrorKind::InvalidData, error)))
}

/// A calendar, or bills to remind of.
pub(crate) fn list(path: &Path) -> Result<String, Unreadable> {
    utf8(bounded(path, LIST)?)
}

/// A backup of a ledger, or of the billers' books.
pub(crate) fn backup(path: &Path) -> Result<Vec<u8>, Unreadable> {
    bounded(path, BACKUP)
}

/// Documents that somebody gave: one, many, or an archive.
pub(crate) fn documents(path: &Path) -> Result<Vec<u8>, Unreadable> {
    bounded(path, BACKUP)
}

fn bounded(path: &Path, most: u64) -> Result<Vec<u8>, Unreadable> {
    if !fs::metadata(path).map_err(Unreadable::Io)?.is_file() {
        return Err(Unreadable::NotAFile);
    }
    let mut bytes = Vec::new();
    // One more than may be, whatever length the system tells: it may grow meanwhile.
    let file = fs::File::open(path).map_err(Unreadable::Io)?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(Unreadable::Io)?;
    if bytes.len() as u64 > most { Err(Unreadable::TooLarge(most)) } else { Ok(bytes) }
}

/// Writes a file that only this user may read, in the place of the one that is there: whoever reads it meanwhile, or
/// after a power cut, reads the old one or the new one. A link is replaced and not followed.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_as(path, bytes, None)
}

/// The same, of a file that is the person's own: whoever may read the one that is there may read the new one.
pub(crate) fn replace_alike(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file);
    replace_as(path, bytes, file.map(|file| file.permissions()))
}

fn replace_as(path: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A font: as much as the largest of them have.
pub(crate) fn font(path: &Path) -> Result<Vec<u8>, Unreadable> {
    bounded(path, FONT)
}

/// Said before the work: nothing of the person's is overwritten.
pub(crate) fn must_be_new(shell: &Shell, file: &Path) -> Result<(), Failure> {
    // A link that leads nowhere is there, too.
    if file.symlink_metadata().is_ok() {
        let what = shell.say("已经存在，不会覆盖", "it is there already, and is not overwritten");
        return Err(Failure::new("file-exists", format!("{}: {what}", file.display())));
    }
    Ok(())
}

/// A new file that only this user may read.
pub(crate) fn write_new(shell: &Shell, file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut new| {
        new.write_all(bytes)?;
        new.sync_all()
    });
    written.map_err(|error| {
        let what = shell.say("写不了这个文件", "this file cannot be written");
        Failure::new("file-unwritable", format!("{}: {what}{}", file.display(), shell.aside(&words_of(shell, &error))))
    })
}

/// A folder that somebody named cannot be used.
pub(crate) fn no_folder(shell: &Shell, folder: &Path, error: &io::Error) -> Failure {
    let what = shell.say("无法使用这个文件夹", "this folder cannot be used");
    Failure::new("no-folder", format!("{}: {what}{}", folder.display(), shell.aside(&words_of(shell, error))))
}
