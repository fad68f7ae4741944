//! The files are what the generator writes, so that nobody edits one by hand.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, fs};

use vectors::files;

#[test]
fn row_83_the_published_files_are_the_generated_ones() {
    let generated = files::generate().unwrap();
    let names: BTreeSet<String> = generated.keys().filter(|path| path.contains('/')).cloned().collect();
    assert_eq!(names, files::present().unwrap(), "run: cargo run -p vectors -- generate");
    for (path, text) in generated {
        let stored = fs::read_to_string(files::root().join(&path)).unwrap();
        assert_eq!(stored, text, "{path}: run: cargo run -p vectors -- generate");
    }
}
