//! What documents and sources say of one another: cited sections are there, and links lead somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where sources may cite `docs/protocol.md`, by sections alone once it was named.
const SOURCES: [&str; 6] = ["src", "tests", "sandbox/src", "sandbox/tests", "cli/src", "cli/tests"];
const PROTOCOL: &str = "docs/protocol.md";

#[test]
fn every_section_that_is_cited_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let protocol = fs::read_to_string(root.join(PROTOCOL)).unwrap();
    let sections: BTreeSet<&str> = headings(&protocol).filter_map(|title| title.split(' ').next()).collect();
    let mut cited = 0;
    for file in SOURCES.iter().flat_map(|folder| below(&root.join(folder), "rs")) {
        if file == root.join("tests/it/documents.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let shown = file.strip_prefix(root).unwrap().display();
        for section in text.split('§').skip(1).map(number) {
            cited += 1;
            assert!(text.contains(PROTOCOL), "{shown} cites §{section} without saying of what");
            assert!(sections.contains(section), "{shown} cites §{section} of {PROTOCOL}, which is not there");
        }
    }
    assert!(cited > 20, "only {cited} citations were found");
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = below(&root.join("docs"), "md");
    documents.extend(["sandbox/README.md", "cli/README.md", "tdlib/README.md"].map(|file| root.join(file)));
    let ours = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "md");
    documents.extend(fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(ours));
    assert!(documents.len() > 6, "only {} documents were found", documents.len());
    for file in documents {
        let text = fs::read_to_string(&file).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("http") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let led_to = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            assert!(led_to.exists(), "{} links to {target}", file.display());
            if !anchor.is_empty() {
                let page = fs::read_to_string(&led_to).unwrap();
                let found = headings(&page).any(|title| slug(title) == anchor);
                assert!(found, "{} links to {target}", file.display());
            }
        }
    }
}

/// The number at the start, `7.1` of `7.1)` and `9` of `9.`.
fn number(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].trim_end_matches('.')
}

/// The headings below a document's title.
fn headings(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter_map(move |line| {
        fenced ^= line.starts_with("```");
        let title = line.trim_start_matches('#');
        (!fenced && line.len() >= title.len() + 2 && title.starts_with(' ')).then(|| title.trim())
    })
}

/// The anchor by which a heading is linked to.
fn slug(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path, extension));
        } else if path.extension().is_some_and(|is| is == extension) {
            found.push(path);
        }
    }
    found
}
