//! What no compiler holds of the sandbox's structure.

use std::fs;
use std::path::Path;

/// The whole, and the handle by which it is reached.
const WHOLE: [&str; 2] = ["World", "State"];

/// The servers' data knows nothing of the value that it is part of, nor of the calls that use it.
#[test]
fn the_model_does_not_know_the_whole() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/state/model");
    let mut read = 0;
    for file in fs::read_dir(&model).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(names_of_the_whole(&fs::read_to_string(&path).unwrap()), [""; 0], "{}", path.display());
        read += 1;
    }
    // An empty reading would know nothing either.
    assert!(read > 10, "{read} files");
    assert_eq!(names_of_the_whole("use crate::state::{State, world::World}; // World"), ["State", "World"]);
    assert_eq!(
        names_of_the_whole("/// [`World`](super::world)\npub(in crate::state) struct WorldBot;"),
        [""; 0]
    );
}

fn names_of_the_whole(text: &str) -> Vec<&str> {
    let code = text.lines().map(|line| line.split("//").next().unwrap());
    let names = code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
    names.filter(|name| WHOLE.contains(name)).collect()
}
