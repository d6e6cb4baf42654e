//! What holds of every error that the library declares, read off its sources: it is told in words for a person, and
//! has no case that only an engine of another build ends in.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::layers::sources_below;

/// What people who write bots read, about the JSON that they look at: it names the members.
const FOR_AUTHORS_OF_BOTS: [&str; 3] = ["src/vault/bot/", "src/request/scope/", "src/request/link.rs"];

/// Units and formats that are written so.
const WRITTEN_SO: [&str; 3] = ["KiB", "MiB", "WebP"];

/// Types whose `Display` is a key, for which there are titles.
const KEYED: [&str; 5] = ["ElementType", "Field", "Part", "PartKind", "Place"];

/// What an implementation of `SecureCloud` answers with: any may, one of an app's own too.
const OF_ANY_CLOUD: [&str; 2] = ["SignedOut::KeyUnknown", "CloudError::Transport"];

#[test]
fn every_error_is_told_in_words_and_leaves_its_cause_to_its_source() {
    let mut told = 0;
    let mut found: Vec<String> = Vec::new();
    for (file, source) in sources_below("src") {
        for case in errors(source.parse().expect("it compiles")).iter().flat_map(|error| &error.cases) {
            told += 1;
            let faults = faults(case);
            let of_keys = FOR_AUTHORS_OF_BOTS.iter().any(|reads| file.starts_with(reads));
            let faults: Vec<&Fault> =
                faults.iter().filter(|fault| !of_keys || matches!(fault, Fault::Repeats(_))).collect();
            found.extend(faults.iter().map(|fault| format!("{file}: {}: {fault:?}", case.name)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(told > 200, "only {told} cases were read");
}

/// An error's own room and those that every build has name no engine; so what only an engine ends in comes with its
/// feature. The room of the login is there with either: what both engines end in needs no more.
#[test]
fn what_only_an_engine_ends_in_comes_with_its_feature() {
    let engines = ["src/tdlib/", "src/mtproto/"];
    let mut made_by = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
    let mut declared = Vec::new();
    for (file, source) in sources_below("src") {
        let source: TokenStream = source.parse().expect("it compiles");
        let engine = engines.iter().position(|engine| file.starts_with(engine));
        made_by[engine.unwrap_or(engines.len())].extend(made(source.clone(), None));
        if engine.is_none() {
            declared.extend(errors(source).into_iter().map(|error| (file.starts_with("src/login/"), error)));
        }
    }
    let [by_tdlib, by_mtproto, by_others] = made_by;
    assert!(by_tdlib.len() > 50 && by_mtproto.len() > 50 && by_others.len() > 100, "nothing was read");
    let mut without: BTreeSet<String> = BTreeSet::new();
    for (of_login, error) in &declared {
        for case in error.cases.iter().filter(|case| !case.has_cfg && !case.is_from) {
            let name = format!("{}::{}", error.name, case.name);
            let makers = [&by_tdlib, &by_mtproto].into_iter().filter(|engine| engine.contains(&name)).count();
            let in_every_build = by_others.contains(&name) || (*of_login && makers == 2);
            if makers > 0 && !in_every_build {
                without.insert(name);
            }
        }
    }
    assert_eq!(without, OF_ANY_CLOUD.map(str::to_owned).into());
}

#[test]
fn the_reader_notices_what_is_wrong() {
    let source = r#"
        /// Why not.
        #[derive(Debug, thiserror::Error)]
        #[non_exhaustive]
        pub enum Why {
            #[error("it failed: {0}")]
            A(#[source] Inner),
            #[error("{reason}")]
            B { #[from] reason: Inner },
            #[error("the {kind} of getPassport and identity_card")]
            C { kind: ElementType },
            #[cfg(feature = "tdlib")]
            #[error("name it in TDLIB_PATH, {} MiB", .0.title())]
            D(PartKind),
        }
        fn f(why: Why) -> Why {
            match why { Why::A(_) | Why::B { .. } => Why::C { kind }, Why::D(part) if true => g(Why::D) }
        }
        impl Why { fn e() -> Self { Self::E } }
    "#;
    let [why] = &errors(source.parse().unwrap())[..] else { panic!("one error") };
    let found: Vec<Vec<Fault>> = why.cases.iter().map(faults).collect();
    let words = ["getPassport", "identity_card"].map(|word| Fault::Word(word.to_owned()));
    assert_eq!(found[0], [Fault::Repeats("0".to_owned())]);
    assert_eq!(found[1], [Fault::Repeats("reason".to_owned())]);
    assert_eq!(found[2], [&[Fault::Key("kind".to_owned())][..], &words].concat());
    assert_eq!(found[3], []);
    assert_eq!(why.cases.iter().map(|case| case.has_cfg).collect::<Vec<_>>(), [false, false, false, true]);
    let made: Vec<String> = made(source.parse().unwrap(), None);
    assert_eq!(made, ["Why::C", "Why::D", "Why::E"]);
}

/// An error as it is declared.
struct Declared {
    name: String,
    cases: Vec<Case>,
}

/// One case of it.
struct Case {
    name: String,
    /// The format of its sentence; none where another error speaks for it.
    sentence: Option<String>,
    has_cfg: bool,
    /// Whether `?` makes it.
    is_from: bool,
    fields: Vec<DeclaredField>,
}

struct DeclaredField {
    /// Or its number.
    name: String,
    /// The last word of its type.
    of: String,
    is_source: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    /// It shows what `source` gives, too.
    Repeats(String),
    /// It shows something by its key.
    Key(String),
    /// It has a word that is none.
    Word(String),
}

fn faults(case: &Case) -> Vec<Fault> {
    let Some(sentence) = &case.sentence else { return Vec::new() };
    let mut faults = Vec::new();
    let mut words = String::new();
    for (index, piece) in sentence.split('{').enumerate() {
        let (shown, text) = piece.split_once('}').filter(|_| index > 0).unwrap_or(("", piece));
        words.push_str(text);
        words.push(' ');
        let shown = shown.split(':').next().unwrap_or_default();
        let Some(field) = case.fields.iter().find(|field| field.name == shown) else { continue };
        if field.is_source {
            faults.push(Fault::Repeats(shown.to_owned()));
        } else if KEYED.contains(&field.of.as_str()) {
            faults.push(Fault::Key(shown.to_owned()));
        }
    }
    for word in words.split(|c: char| !c.is_alphanumeric() && c != '_') {
        let turns = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
        // A variable of the environment is what a person sets.
        let key = word.contains('_') && word.bytes().any(|byte| byte.is_ascii_lowercase());
        if (key || word.as_bytes().windows(2).any(turns)) && !WRITTEN_SO.contains(&word) {
            faults.push(Fault::Word(word.to_owned()));
        }
    }
    faults
}

/// Every enum and structure in a source that is derived to be an error; of one that a macro makes, what stands there.
fn errors(source: TokenStream) -> Vec<Declared> {
    let tokens: Vec<TokenTree> = source.into_iter().collect();
    let mut found = Vec::new();
    let mut attributes: Vec<String> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(attribute) = attribute(&tokens, at) {
            attributes.push(attribute.to_string());
            at += 2;
            continue;
        }
        let is_error = attributes.iter().any(|attribute| attribute.contains("thiserror :: Error"));
        match tokens[at].to_string().as_str() {
            "enum" if is_error => found.push(Declared {
                name: tokens[at + 1].to_string(),
                cases: cases(group(&tokens[at..], Delimiter::Brace).unwrap_or_default()),
            }),
            "struct" if is_error => {
                let all = attributes.iter().map(|attribute| format!("#[{attribute}]")).collect::<String>();
                let rest: TokenStream = tokens[at + 1..].iter().take(2).cloned().collect();
                let one = format!("{all} {rest}").parse().expect("it compiles");
                found.push(Declared { name: tokens[at + 1].to_string(), cases: cases(one) });
            }
            "pub" => {
                at += 1;
                continue;
            }
            _ => {}
        }
        if let TokenTree::Group(group) = &tokens[at] {
            found.extend(errors(group.stream()));
        }
        // `pub(crate)`, and the attributes of what comes next are its own.
        if !matches!(&tokens[at], TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis) {
            attributes.clear();
        }
        at += 1;
    }
    found
}

/// The attribute that begins here.
fn attribute(tokens: &[TokenTree], at: usize) -> Option<TokenStream> {
    match (&tokens[at], tokens.get(at + 1)) {
        (TokenTree::Punct(mark), Some(TokenTree::Group(group)))
            if mark.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
        {
            Some(group.stream())
        }
        _ => None,
    }
}

/// The first group of this kind.
fn group(tokens: &[TokenTree], delimiter: Delimiter) -> Option<TokenStream> {
    tokens.iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == delimiter => Some(group.stream()),
        _ => None,
    })
}

fn cases(body: TokenStream) -> Vec<Case> {
    parted(body)
        .into_iter()
        .filter_map(|tokens| {
            let (attributes, rest) = without_attributes(&tokens);
            let name = rest.first()?.to_string();
            let fields = match rest.get(1) {
                Some(TokenTree::Group(group)) => fields(group.stream()),
                _ => Vec::new(),
            };
            let sentence = attributes.iter().find_map(|attribute| sentence(attribute.clone()));
            let texts: Vec<String> = attributes.iter().map(ToString::to_string).collect();
            Some(Case {
                name,
                sentence,
                has_cfg: texts.iter().any(|text| text.starts_with("cfg")),
                is_from: rest.get(1).is_some_and(|fields| fields.to_string().contains("# [from]")),
                fields,
            })
        })
        .collect()
}

/// What `#[error("…")]` says; none if it is transparent.
fn sentence(attribute: TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    if tokens.first()?.to_string() != "error" {
        return None;
    }
    match group(&tokens, Delimiter::Parenthesis)?.into_iter().next()? {
        TokenTree::Literal(text) => Some(text.to_string().trim_matches('"').to_owned()),
        _ => None,
    }
}

fn fields(body: TokenStream) -> Vec<DeclaredField> {
    parted(body)
        .into_iter()
        .enumerate()
        .map(|(index, tokens)| {
            let (attributes, rest) = without_attributes(&tokens);
            let named = rest.iter().position(|token| token.to_string() == ":");
            let colons = rest.get(named.unwrap_or_default() + 1).map(ToString::to_string);
            let name = named.filter(|_| colons.as_deref() != Some(":")).and_then(|at| rest.get(at - 1));
            let name = name.map_or_else(|| index.to_string(), ToString::to_string);
            let marked = ["source", "from"];
            let is_source = name == "source"
                || attributes.iter().any(|attribute| marked.contains(&attribute.to_string().as_str()));
            DeclaredField { name, of: rest.last().map(ToString::to_string).unwrap_or_default(), is_source }
        })
        .collect()
}

/// What stands between commas.
fn parted(body: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut parts = vec![Vec::new()];
    for token in body {
        match &token {
            TokenTree::Punct(mark) if mark.as_char() == ',' => parts.push(Vec::new()),
            _ => parts.last_mut().expect("there is one").push(token),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn without_attributes(tokens: &[TokenTree]) -> (Vec<TokenStream>, &[TokenTree]) {
    let mut attributes = Vec::new();
    // `$(…)+`, which a macro repeats, is read where it is written out.
    let mut at = if tokens[0].to_string() == "$" { 3 } else { 0 };
    while let Some(attribute) = tokens.get(at).and_then(|_| attribute(tokens, at)) {
        attributes.push(attribute);
        at += 2;
    }
    let rest = tokens.get(at..).unwrap_or_default();
    let is_public = rest.first().is_some_and(|token| token.to_string() == "pub");
    (attributes, &rest[usize::from(is_public)..])
}

/// The cases that a source makes values of, as `Error::Case`: not those that patterns name, nor tests.
fn made(source: TokenStream, own: Option<&str>) -> Vec<String> {
    let tokens: Vec<TokenTree> = source.into_iter().collect();
    let word = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(word)) => Some(word.to_string()),
        _ => None,
    };
    let mark = |at: usize, signs: &str| {
        signs.chars().enumerate().all(|(index, sign)| {
            matches!(tokens.get(at + index), Some(TokenTree::Punct(mark)) if mark.as_char() == sign)
        })
    };
    let mut found = Vec::new();
    let mut own = own.map(str::to_owned);
    let mut for_tests = false;
    for at in 0..tokens.len() {
        if let Some(attribute) = attribute(&tokens, at) {
            for_tests |= attribute.to_string() == "cfg (test)";
        }
        match &tokens[at] {
            TokenTree::Group(group) => {
                let in_braces = group.delimiter() == Delimiter::Brace;
                if !(for_tests && in_braces) {
                    found.extend(made(group.stream(), own.as_deref()));
                }
                for_tests &= !in_braces;
            }
            // `impl X for Error {` and `impl Error {`; the table of codes names every case.
            TokenTree::Ident(impls) if impls == "impl" => {
                let body = (at..tokens.len()).find(
                    |at| matches!(&tokens[*at], TokenTree::Group(g) if g.delimiter() == Delimiter::Brace),
                );
                own = body.and_then(|body| word(body - 1));
            }
            TokenTree::Ident(first) if mark(at + 1, "::") => {
                let name = if first == "Self" { own.clone() } else { Some(first.to_string()) };
                let (Some(name), Some(case)) = (name, word(at + 3)) else { continue };
                let is_case = |word: &str| word.starts_with(|c: char| c.is_ascii_uppercase());
                if !is_case(&name) || !is_case(&case) || mark(at + 4, "::") {
                    continue;
                }
                let after = match tokens.get(at + 4) {
                    Some(TokenTree::Group(group)) if group.delimiter() != Delimiter::Bracket => at + 5,
                    _ => at + 4,
                };
                let in_pattern = mark(after, "=")
                    || (mark(after, "|") && !mark(after, "||"))
                    || word(after).as_deref() == Some("if");
                if !in_pattern {
                    found.push(format!("{name}::{case}"));
                }
            }
            _ => {}
        }
    }
    found
}
