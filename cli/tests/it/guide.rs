//! What the documents tell people to type: the guide for testers is followed, everything else is understood.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::tool::run;

/// What is carried out, from the first of these headings of the guide to the second.
const FOLLOWED: (&str, &str) = ("## A look", "## With a Telegram of your own");
/// How the guide says that a command fails.
const EXITS: &str = "# exits with ";

#[test]
fn the_guide_for_testers_does_what_it_says_without_a_server() {
    let guide = document("docs/tester.md");
    let start = guide.find(FOLLOWED.0).expect("the first heading");
    let end = guide.find(FOLLOWED.1).expect("the second heading");
    let place = tempfile::tempdir().expect("a folder");
    let commands = commands(&guide[start..end]);
    assert!(commands.len() > 6, "{commands:?}");
    for line in commands {
        let (typed, said) = line.split_once(EXITS).unwrap_or((&line, "0"));
        let (typed, target) = typed.split_once('>').map_or((typed, None), |(typed, to)| (typed, Some(to)));
        let mut command = Command::new(env!("CARGO_BIN_EXE_tgpassport"));
        let ended = command.current_dir(place.path()).args(words(typed)).output().expect("it starts");
        let told = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), said.trim().parse().ok(), "{line}: {told}");
        if let Some(target) = target {
            fs::write(place.path().join(target.trim()), ended.stdout).expect("a file");
        }
    }
    let there = |name: &str| place.path().join(name);
    let scan = |at: &str| fs::read(there(at)).unwrap_or_else(|error| panic!("{at}: {error}"));
    assert_eq!(scan("opened/passport-front_side.jpg"), scan("alice/passport/front_side.jpg"));
    assert!(there("demo").is_dir() && there("other-share/update.json").is_file());
}

#[test]
fn every_command_in_a_document_is_one() {
    let documents = ["README.md", "cli/README.md", "docs/command-line.md", "docs/tester.md"];
    for name in documents {
        let commands = commands(&document(name));
        assert!(!commands.is_empty(), "{name} has no commands");
        for line in commands {
            let typed = line.split(['>', '#']).next().unwrap_or_default();
            // Words are read from left to right: one that is not understood fails before help is given.
            let mut words = words(typed);
            words.push("--help");
            let ended = run(&words);
            assert_eq!(ended.code, 0, "{name}: {line}: {}", ended.stderr);
        }
    }
}

fn document(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    fs::read_to_string(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What follows the program's name in the lines of shell of a document, whoever its input comes from.
fn commands(document: &str) -> Vec<String> {
    let mut in_shell = false;
    let mut commands = Vec::new();
    for line in document.lines() {
        if line.starts_with("```") {
            in_shell = line == "```sh";
        } else if in_shell {
            let typed = line.rsplit('|').next().unwrap_or(line).trim();
            commands.extend(typed.strip_prefix("tgpassport ").map(str::to_owned));
        }
    }
    commands
}

/// As a shell would, as far as these commands need one.
fn words(typed: &str) -> Vec<&str> {
    typed.split_whitespace().map(|word| word.trim_matches('\'')).collect()
}
