//! Writes the seeds of all corpora anew, most of them from the published vectors.

use fuzz::{Fault, corpus, seeds};

fn main() -> Result<(), Fault> {
    for ((target, name), seed) in seeds::all()? {
        std::fs::create_dir_all(corpus(&target))?;
        std::fs::write(corpus(&target).join(name), seed)?;
    }
    Ok(())
}
