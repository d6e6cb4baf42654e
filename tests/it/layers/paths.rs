//! Reads the paths that a source names, without a compiler.

use std::iter;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path as it is used somewhere, groups in braces taken apart.
#[derive(Debug)]
pub(super) struct PathUse {
    /// Modules written out in the file around it.
    pub(super) inside: Vec<String>,
    /// Whether one of them is there for tests only.
    pub(super) in_test: bool,
    /// At least one segment.
    pub(super) segments: Vec<String>,
    /// Whether there is a `::` in it; `self` alone is no path to a room.
    pub(super) qualified: bool,
}

/// Every path with a `::` in it, and every path of a `use` or `extern crate`, except those that start at a module
/// declared in the same file.
pub(super) fn paths(source: &str) -> Vec<PathUse> {
    let source: TokenStream = source.parse().expect("it compiles");
    let mut reader = Reader { found: Vec::new(), declared: Vec::new() };
    reader.read(source, &Around { inside: Vec::new(), in_test: false });
    let Reader { mut found, declared } = reader;
    found.retain(|path| !path.inside.is_empty() || !declared.contains(&path.segments[0]));
    found
}

/// The modules around a place.
struct Around {
    inside: Vec<String>,
    in_test: bool,
}

struct Reader {
    found: Vec<PathUse>,
    declared: Vec<String>,
}

impl Reader {
    fn read(&mut self, source: TokenStream, around: &Around) {
        let tokens: Vec<TokenTree> = source.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match (token, word(&tokens, at).as_deref()) {
                (TokenTree::Group(group), _) => self.read(group.stream(), around),
                (_, Some("mod")) => {
                    let name = word(&tokens, at + 1).unwrap_or_default();
                    self.declared.push(name.clone());
                    if let Some(contents) = braces(&tokens, at + 2) {
                        let inside = around.inside.iter().cloned().chain(iter::once(name)).collect();
                        let in_test = around.in_test || is_for_tests(&tokens, at);
                        self.read(contents, &Around { inside, in_test });
                        at += 2;
                    }
                }
                (_, Some("use")) => at = self.tree(&tokens, at + 1, &[], around, true) - 1,
                (_, Some("extern")) if word(&tokens, at + 1).as_deref() == Some("crate") => {
                    at = self.tree(&tokens, at + 2, &[], around, true) - 1;
                }
                // `<T as Trait>::method` goes on from a type.
                _ if is_colons(&tokens, at) && at > 0 && is_mark(&tokens, at - 1, '>') => at += 2,
                (_, Some(_)) => at = self.tree(&tokens, at, &[], around, false) - 1,
                _ if is_colons(&tokens, at) => at = self.tree(&tokens, at, &[], around, false) - 1,
                _ => {}
            }
            at += 1;
        }
    }

    /// Reads one path or one tree of a `use` from `at`, adds its paths, and says where it ends: past its first token.
    fn tree(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        before: &[String],
        around: &Around,
        of_use: bool,
    ) -> usize {
        let mut segments = before.to_vec();
        let mut qualified = !before.is_empty();
        if is_colons(tokens, at) {
            at += 2;
            qualified = true;
        }
        loop {
            if let Some(contents) = braces(tokens, at).filter(|_| of_use) {
                let branches: Vec<TokenTree> = contents.into_iter().collect();
                let mut branch = 0;
                while branch < branches.len() {
                    branch = self.tree(&branches, branch, &segments, around, true);
                    branch += usize::from(is_mark(&branches, branch, ','));
                }
                return at + 1;
            }
            match word(tokens, at) {
                Some(word) => segments.push(word),
                None if of_use && is_mark(tokens, at, '*') => segments.push("*".to_owned()),
                // Something that is no tree, such as a turbofish: the path ends here.
                None => break,
            }
            at += 1;
            if !is_colons(tokens, at) {
                break;
            }
            qualified = true;
            at += 2;
        }
        if of_use && word(tokens, at).as_deref() == Some("as") {
            at += 2;
        }
        if !segments.is_empty() && (of_use || qualified) {
            let Around { inside, in_test } = around;
            self.found.push(PathUse { inside: inside.clone(), in_test: *in_test, segments, qualified });
        }
        at
    }
}

fn word(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at)? {
        TokenTree::Ident(word) => Some(word.to_string().trim_start_matches("r#").to_owned()),
        _ => None,
    }
}

fn is_mark(tokens: &[TokenTree], at: usize, mark: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(found)) if found.as_char() == mark)
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    is_mark(tokens, at, ':') && is_mark(tokens, at + 1, ':')
}

fn braces(tokens: &[TokenTree], at: usize) -> Option<TokenStream> {
    match tokens.get(at)? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    }
}

/// Whether `#[cfg(test)]` stands right before the token.
fn is_for_tests(tokens: &[TokenTree], at: usize) -> bool {
    let attribute = at.checked_sub(1).map(|before| tokens[before].to_string().replace(' ', ""));
    attribute.as_deref() == Some("[cfg(test)]")
}
