//! `man [COMMAND]`.

use std::fmt;

use clap::CommandFactory;
use serde::Serialize;

use crate::answer::Answer;
use crate::arguments::{Arguments, Man};
use crate::failure::Failure;

#[derive(Serialize)]
struct Page {
    name: String,
    roff: String,
}

pub(crate) fn run(options: &Man) -> Result<Box<dyn Answer>, Failure> {
    let mut root = Arguments::command();
    root.build();
    let mut command = &root;
    for word in &options.command {
        command = command.find_subcommand(word).ok_or_else(|| {
            Failure::usage(format!("there is no command {word:?}")).remedy("See tgpassport --help.")
        })?;
    }
    // Below the top, clap calls a command by its last word; a page is called by all of them.
    let name = [&["tgpassport".to_owned()], &options.command[..]].concat().join("-");
    let mut roff = Vec::new();
    clap_mangen::Man::new(command.clone())
        .title(name.clone())
        .render(&mut roff)
        .map_err(|error| Failure::failed(format!("the page cannot be made: {error}")))?;
    Ok(Box::new(Page { name, roff: String::from_utf8_lossy(&roff).into_owned() }))
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.roff)
    }
}
