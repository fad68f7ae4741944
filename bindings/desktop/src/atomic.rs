//! Small files that are whole or not there: written beside, synced, renamed, directory synced.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// Makes a directory that only this user may enter, or makes an existing one so.
pub(crate) fn private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(directory)?.permissions().mode();
        if mode & 0o077 != 0 {
            fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

/// Stores or replaces `directory/name`, readable by this user alone. On an error the old content
/// is still there.
pub(crate) fn replace(directory: &Path, name: &str, parts: &[&[u8]]) -> io::Result<()> {
    // A dot in front: no secret has such a name, so a left-over is never read as one.
    let beside = directory.join(format!(".{name}.new"));
    let written = write(&beside, parts).and_then(|()| fs::rename(&beside, directory.join(name)));
    if written.is_err() {
        // What is left over holds a secret; if even this fails, the next attempt replaces it.
        let _ = fs::remove_file(&beside);
    }
    written?;
    sync(directory)
}

/// Removes `directory/name` if it is there.
pub(crate) fn remove(directory: &Path, name: &str) -> io::Result<()> {
    match fs::remove_file(directory.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => sync(directory),
    }
}

fn write(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    // A left-over of an earlier crash may have other permissions: never written into.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}

/// Makes names durable. Other systems than Unix cannot open a directory, and do this themselves.
fn sync(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}
