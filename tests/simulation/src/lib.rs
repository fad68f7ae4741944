//! simulation
pub mod exhaust;
pub mod life;
