//! Zones by name, out of the database that is compiled in: a phone's own may be of any age.

use jiff::tz::TimeZone;

/// A zone that the database does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the zone {0:?} is unknown")]
pub struct UnknownZone(pub String);

/// The zone of that IANA name.
///
/// # Errors
/// [`UnknownZone`]. Whoever has to go on without it takes the bank's zone, in which bills are due.
pub fn zone(name: &str) -> Result<TimeZone, UnknownZone> {
    // A POSIX string or a fixed offset would be read as something else than its author meant.
    TimeZone::get(name).map_err(|_| UnknownZone(name.chars().take(64).collect()))
}
