//! The version of the next trust document. It only rises: a client refuses a lower one, and two
//! documents of one version would be two truths.

use std::{fs, io, path::Path};

use super::keyring::keep;

const FILE: &str = "trust-version";

/// The next one. The minute of the start is the least, so that a folder that lost its count, or never
/// had one, still goes up; where the clock was set back, or two starts fall into one minute, the count
/// in `directory` does.
pub(super) fn next(directory: Option<&Path>, now: i64) -> io::Result<i64> {
    let least = (now / 60_000).max(1);
    let Some(path) = directory.map(|directory| directory.join(FILE)) else { return Ok(least) };
    let last = match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    let next = least.max(last + 1);
    // Kept before anyone sees it.
    keep(&path, next.to_string().as_bytes())?;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_56_the_version_of_the_trust_document_rises_within_a_minute_and_when_the_clock_goes_back() {
        let directory = tempfile::tempdir().unwrap();
        let next = |minute: i64| next(Some(directory.path()), minute * 60_000 + 59_999).unwrap();
        assert_eq!([next(500), next(500), next(500)], [500, 501, 502]);
        assert_eq!([next(7), next(900)], [503, 900]);
        assert_eq!(super::next(None, 0).unwrap(), 1);
    }
}
