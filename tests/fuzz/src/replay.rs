//! Every file of the corpora, at each test run: what was found once is not lost again.

use std::{collections::BTreeMap, fs};

use crate::{TARGETS, corpus, seeds};

#[test]
fn every_file_of_every_corpus_holds_its_targets_property() {
    let mut broken = Vec::new();
    for (target, check) in TARGETS {
        let mut files = 0;
        for entry in fs::read_dir(corpus(target)).unwrap() {
            let path = entry.unwrap().path();
            let input = fs::read(&path).unwrap();
            // All of them are told, and not only the first.
            if std::panic::catch_unwind(|| check(&input)).is_err() {
                broken.push(format!("{target}/{}", path.file_name().unwrap().to_string_lossy()));
            }
            files += 1;
        }
        assert!(files >= 3, "{target} has {files} seeds");
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_seeds_are_what_the_generator_writes() {
    let mut present = BTreeMap::new();
    for (target, _) in TARGETS {
        for entry in fs::read_dir(corpus(target)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // What a fuzzer found is nobody's to write.
            if !name.starts_with("found-") {
                present.insert((target.to_owned(), name), fs::read(path).unwrap());
            }
        }
    }
    let wanted = seeds::all().unwrap();
    let names = |all: &BTreeMap<_, _>| all.keys().cloned().collect::<Vec<(String, String)>>();
    assert_eq!(names(&present), names(&wanted), "write them anew: cargo run -p fuzz --bin seeds");
    for (name, seed) in &wanted {
        assert!(present[name] == *seed, "{name:?}: write it anew: cargo run -p fuzz --bin seeds");
    }
}

/// A target without a program is never fuzzed, and one that the others do not know is never replayed.
#[test]
fn each_target_has_a_program_and_a_corpus_and_no_other() {
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    let manifest = include_str!("../Cargo.toml");
    let programs = manifest.split("[[bin]]").skip(1).map(|bin| bin.split('"').nth(1).unwrap());
    assert_eq!(programs.filter(|name| *name != "seeds").collect::<Vec<_>>(), names);
    let mut corpora: Vec<String> =
        fs::read_dir(corpus("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    corpora.sort();
    assert_eq!(corpora, names);
}
