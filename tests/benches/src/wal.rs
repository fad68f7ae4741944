//! Counts commits where they are durable: in SQLite's write-ahead log, by its published format, and not
//! by what the code that writes says of itself.

use std::path::{Path, PathBuf};

const HEADER: usize = 32;
const FRAME: usize = 24;

/// The log beside a database.
pub struct Wal(PathBuf);

/// Where the log stood.
pub struct Mark {
    /// Drawn anew each time the log begins anew.
    salt: Vec<u8>,
    commits: usize,
}

impl Wal {
    /// The log of the database at `path`.
    #[must_use]
    pub fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        Self(name.into())
    }

    /// Where it stands.
    ///
    /// # Panics
    /// Where it cannot be read.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let log = match std::fs::read(&self.0) {
            Ok(log) => log,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => panic!("the log: {error}"),
        };
        let Some((header, frames)) = log.split_at_checked(HEADER) else {
            return Mark { salt: Vec::new(), commits: 0 };
        };
        let page = u32::from_be_bytes(header[8..12].try_into().expect("four bytes"));
        let salt = header[16..24].to_vec();
        let frames = frames.chunks_exact(FRAME + page as usize);
        // What is left of an earlier life of the log has another salt.
        let of_now = frames.take_while(|frame| frame[8..16] == salt);
        // A frame that ends a commit names the size of the database after it.
        let commits = of_now.filter(|frame| frame[4..8] != [0; 4]).count();
        Mark { salt, commits }
    }

    /// How many commits there were since; `None` where the log began anew meanwhile.
    #[must_use]
    pub fn commits_since(&self, mark: &Mark) -> Option<usize> {
        let now = self.mark();
        (now.salt == mark.salt).then(|| now.commits - mark.commits)
    }
}
